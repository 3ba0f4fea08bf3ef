//! What kustomize makes of the overlays and of every combination of components, made once for all tests.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{LazyLock, Mutex};

use serde_json::Value;
use tempfile::TempDir;

use crate::combination::{self, Combination};

/// Both are what people apply as it is.
pub(crate) const OVERLAYS: [&str; 2] = ["dev", "production"];

/// Rendering waits for the disk and for other programs as much as for a processor.
const AT_ONCE: usize = 4;

static ALL: LazyLock<Vec<Rendering>> = LazyLock::new(render_all);

/// What would be applied.
pub(crate) struct Rendering {
    pub(crate) name: String,
    pub(crate) documents: Vec<String>,
    /// The same, read.
    pub(crate) objects: Vec<Value>,
}

/// Every overlay, then every combination.
pub(crate) fn all() -> &'static [Rendering] {
    &ALL
}

/// One of [`OVERLAYS`].
pub(crate) fn overlay(name: &str) -> &'static Rendering {
    all().iter().find(|rendering| rendering.name == name).expect("the overlay is rendered")
}

pub(crate) fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("../..")
        .canonicalize()
        .expect("the workspace is where it was built")
}

/// A text of the workspace.
pub(crate) fn text(path: &str) -> String {
    std::fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

fn render_all() -> Vec<Rendering> {
    let kustomize = testkit::components::locate("kustomize").unwrap_or_else(|error| panic!("{error}"));
    let scratch = TempDir::new_in(env!("CARGO_TARGET_TMPDIR")).expect("a folder can be made");
    let overlays = OVERLAYS.map(|name| (name.to_owned(), root().join("k8s/overlays").join(name)));
    let combinations = combination::all().into_iter().enumerate().map(|(number, combination)| {
        let folder = scratch.path().join(number.to_string());
        write(&combination, &folder);
        (combination.name, folder)
    });
    let folders: Vec<(String, PathBuf)> = overlays.into_iter().chain(combinations).collect();
    let next = AtomicUsize::new(0);
    let worker = || {
        let mut done = Vec::new();
        while let Some((name, folder)) = folders.get(next.fetch_add(1, Ordering::Relaxed)) {
            done.push((name, render(&kustomize, name, folder)));
        }
        done
    };
    let mut rendered: Vec<Rendering> = std::thread::scope(|scope| {
        let workers: Vec<_> = (0..AT_ONCE).map(|_| scope.spawn(worker)).collect();
        workers
            .into_iter()
            .flat_map(|worker| worker.join().expect("kustomize's words are above"))
            .map(|(_, rendering)| rendering)
            .collect()
    });
    let place = |rendering: &Rendering| folders.iter().position(|(name, _)| *name == rendering.name);
    rendered.sort_by_key(place);
    rendered
}

fn render(kustomize: &Path, name: &str, folder: &Path) -> Rendering {
    let output = Command::new(kustomize).arg("build").arg(folder).output().expect("kustomize starts");
    assert!(output.status.success(), "{name}: {}", String::from_utf8_lossy(&output.stderr));
    let yaml = String::from_utf8(output.stdout).expect("kustomize writes UTF-8");
    // Lines of a text within are indented, so only the end of a document looks like one.
    let documents: Vec<String> = yaml.split("\n---\n").map(str::to_owned).collect();
    let objects = documents.iter().map(|document| read(name, document)).collect();
    Rendering { name: name.to_owned(), documents, objects }
}

/// Most documents are in many renderings, and are read once.
fn read(name: &str, document: &str) -> Value {
    static READ: Mutex<BTreeMap<String, Value>> = Mutex::new(BTreeMap::new());
    let known = READ.lock().expect("nobody panics with it").get(document).cloned();
    known.unwrap_or_else(|| {
        let object: Value =
            serde_saphyr::from_str(document).unwrap_or_else(|error| panic!("{name}: {error}"));
        READ.lock().expect("nobody panics with it").insert(document.to_owned(), object.clone());
        object
    })
}

/// An overlay as somebody would write it. There are no absolute paths in one, so each folder climbs to the top and down again.
fn write(combination: &Combination, folder: &Path) {
    put(folder, "");
    let depth = folder.canonicalize().expect("it was just made").components().count();
    let k8s = |below: usize| {
        format!("{}{}", "../".repeat(depth - 1 + below).trim_end_matches('/'), root().join("k8s").display())
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

#[test]
fn overlays_and_combinations_render() {
    assert!(all().len() > OVERLAYS.len());
    for rendering in all() {
        assert!(!rendering.objects.is_empty(), "{} is empty", rendering.name);
    }
}
