//! Every field is one that Kubernetes knows, and holds what it may hold.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

use tempfile::TempDir;
use testkit::components;

use crate::rendering::all;

fn kubeconform(folder: &Path) -> (bool, String) {
    let mut command =
        Command::new(components::locate("kubeconform").unwrap_or_else(|error| panic!("{error}")));
    command.args(["-strict", "-summary"]);
    for (name, _) in components::all().iter().filter(|(_, pin)| !pin.schemas.is_empty()) {
        let file = components::locate(name).unwrap_or_else(|error| panic!("{error}"));
        let schemas = file.parent().expect("a schema is in a folder");
        let template = "{{.ResourceKind}}_{{.Group}}_{{.ResourceAPIVersion}}.json";
        command.arg("-schema-location").arg(format!("{}/{template}", schemas.display()));
    }
    let output = command.arg(folder).output().expect("kubeconform starts");
    let said = [output.stdout, output.stderr].concat();
    (output.status.success(), String::from_utf8_lossy(&said).into_owned())
}

#[test]
fn every_object_is_one_that_kubernetes_takes() {
    let folder = TempDir::new().expect("a folder can be made");
    // Most are in many renderings, and are looked at once.
    let documents: BTreeSet<&str> =
        all().iter().flat_map(|rendering| &rendering.documents).map(String::as_str).collect();
    let objects = documents.len();
    let together: Vec<&str> = documents.into_iter().collect();
    std::fs::write(folder.path().join("all.yaml"), together.join("\n---\n")).expect("a file can be written");
    let (good, said) = kubeconform(folder.path());
    assert!(good, "{said}");
    // Nothing was skipped: what has no schema is an error.
    assert!(said.contains(&format!("{objects} resources found")) && said.contains("Skipped: 0"), "{said}");
}

#[test]
fn a_misspelt_field_and_an_unknown_kind_are_found() {
    for fault in [
        "apiVersion: v1\nkind: Service\nmetadata:\n  name: a\nspec:\n  port: []\n",
        "apiVersion: gateway.networking.k8s.io/v1\nkind: HTTPRoute\nmetadata:\n  name: a\nspec:\n  rules:\n  - matchs: []\n",
        "apiVersion: example.com/v1\nkind: Teapot\nmetadata:\n  name: a\n",
    ] {
        let folder = TempDir::new().expect("a folder can be made");
        std::fs::write(folder.path().join("fault.yaml"), fault).expect("a file can be written");
        let (good, said) = kubeconform(folder.path());
        assert!(!good, "{fault} is taken: {said}");
    }
}
