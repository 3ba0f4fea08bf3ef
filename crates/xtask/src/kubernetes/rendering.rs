//! What kustomize makes of the overlays and of every combination of components.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};

use tempfile::TempDir;

use super::combination::{self, Combination};

/// Both are what people apply as it is.
pub(crate) const OVERLAYS: [&str; 2] = ["dev", "production"];

/// Rendering waits for the disk and for other programs as much as for a processor.
const AT_ONCE: usize = 4;

/// What would be applied.
pub(crate) struct Rendered {
    pub(crate) name: String,
    pub(crate) documents: Vec<String>,
}

/// Every overlay, then every combination, of the workspace at `root`.
///
/// # Panics
/// There is no kustomize, or it refuses one of them; its words are told.
pub(crate) fn all(root: &Path) -> Vec<Rendered> {
    let kustomize = testkit::components::locate("kustomize").unwrap_or_else(|error| panic!("{error}"));
    let scratch = TempDir::new().expect("a folder can be made");
    let overlays = OVERLAYS.map(|name| (name.to_owned(), root.join("k8s/overlays").join(name)));
    let combinations = combination::all().into_iter().enumerate().map(|(number, combination)| {
        let folder = scratch.path().join(number.to_string());
        write(root, &combination, &folder);
        (combination.name, folder)
    });
    let folders: Vec<(String, PathBuf)> = overlays.into_iter().chain(combinations).collect();
    let next = AtomicUsize::new(0);
    let worker = || {
        let mut done = Vec::new();
        loop {
            let place = next.fetch_add(1, Ordering::Relaxed);
            let Some((name, folder)) = folders.get(place) else { return done };
            done.push((place, render(&kustomize, name, folder)));
        }
    };
    let mut rendered: Vec<(usize, Rendered)> = std::thread::scope(|scope| {
        let workers: Vec<_> = (0..AT_ONCE).map(|_| scope.spawn(worker)).collect();
        workers.into_iter().flat_map(|worker| worker.join().expect("kustomize's words are above")).collect()
    });
    rendered.sort_by_key(|(place, _)| *place);
    rendered.into_iter().map(|(_, rendered)| rendered).collect()
}

fn render(kustomize: &Path, name: &str, folder: &Path) -> Rendered {
    let output = Command::new(kustomize).arg("build").arg(folder).output().expect("kustomize starts");
    assert!(output.status.success(), "{name}: {}", String::from_utf8_lossy(&output.stderr));
    let yaml = String::from_utf8(output.stdout).expect("kustomize writes UTF-8");
    // Lines of a text within are indented, so only the end of a document looks like one.
    let documents = yaml.split("\n---\n").map(str::to_owned).collect();
    Rendered { name: name.to_owned(), documents }
}

/// An overlay as somebody would write it. There are no absolute paths in one, so each folder climbs to the top and down again.
fn write(root: &Path, combination: &Combination, folder: &Path) {
    put(folder, "");
    let depth = folder.canonicalize().expect("it was just made").components().count();
    let k8s = |below: usize| {
        format!("{}{}", "../".repeat(depth - 1 + below).trim_end_matches('/'), root.join("k8s").display())
    };
    let mut parts = format!("resources:\n- {}/namespaces\n", k8s(0));
    for (namespace, base, components) in [
        ("realtime-calls", "base", &combination.application),
        ("realtime-calls-media", "base/isolation", &combination.media),
    ] {
        if components.is_empty() {
            continue;
        }
        let k8s = k8s(1);
        let mut text = format!("namespace: {namespace}\nresources:\n- {k8s}/{base}\ncomponents:\n");
        for component in components {
            writeln!(text, "- {k8s}/components/{component}").expect("a String takes everything");
        }
        put(&folder.join(namespace), &text);
        writeln!(parts, "- {namespace}").expect("a String takes everything");
    }
    put(folder, &parts);
}

fn put(folder: &Path, text: &str) {
    std::fs::create_dir_all(folder).expect("a folder can be made");
    std::fs::write(folder.join("kustomization.yaml"), text).expect("a file can be written");
}
