//! The namespaces of the run, and the label by which it knows what it has made: only what carries it is used, and taken away.

use std::path::Path;

use anyhow::{Result, bail};
use serde_json::{Value, json};

use super::kubectl::{Kubectl, items, name};

/// What the run makes, and takes away again.
pub(super) const ALL: [&str; 5] =
    ["realtime-calls", "realtime-calls-media", "keycloak", "observability", "realtime-calls-test"];

/// Kubernetes' own label for the tool that something belongs to.
const KEY: &str = "app.kubernetes.io/managed-by";
const VALUE: &str = "realtime-calls-test";

/// Selects what the run has made.
pub(super) const OURS: &str = "app.kubernetes.io/managed-by=realtime-calls-test";

/// Says of an object, which is not there yet, that the run has made it.
pub(super) fn mark(object: &mut Value) {
    object["metadata"]["labels"][KEY] = VALUE.into();
}

/// None of the names may be somebody else's. One that carries our label is left by an earlier run, or in use by one that is not over: it is only taken where that was
/// `kept` on purpose.
pub(super) async fn must_be_free(kubectl: &Kubectl, kept: bool) -> Result<()> {
    let missing = missing(&kubectl.get(&["namespaces"]).await?)?;
    if !kept && missing.len() < ALL.len() {
        bail!(
            "another run of this test is at work in the cluster, or was told to keep what it made: go on with that by `--keep`, or delete it first (`kubectl delete namespaces -l {OURS}`)"
        );
    }
    Ok(())
}

/// Makes those that are not there, with the label; it comes with them, so that none is ever ours and does not say so.
pub(super) async fn make(kubectl: &Kubectl, scratch: &Path) -> Result<()> {
    let missing = missing(&kubectl.get(&["namespaces"]).await?)?;
    let objects: Vec<Value> = missing.into_iter().map(namespace).collect();
    // If somebody else was faster, this is refused, as it should be.
    kubectl.create_objects(scratch, &objects).await
}

/// Deletes those of `among` that carry the label, and waits until they are gone.
pub(super) async fn remove(kubectl: &Kubectl, among: &[&str]) -> Result<()> {
    let list = kubectl.get(&["namespaces", "-l", OURS]).await?;
    let ours: Vec<&str> = items(&list).iter().map(name).filter(|name| among.contains(name)).collect();
    if ours.is_empty() {
        return Ok(());
    }
    kubectl.run(&[&["delete", "namespace", "--ignore-not-found", "--timeout=300s"], &ours[..]].concat()).await
}

/// Those that are to be made, of a list of all that are there.
fn missing(list: &Value) -> Result<Vec<&'static str>> {
    let mut missing = Vec::new();
    for wanted in ALL {
        match items(list).iter().find(|namespace| name(namespace) == wanted) {
            None => missing.push(wanted),
            Some(namespace) if namespace["metadata"]["labels"][KEY] == VALUE => {}
            Some(_) => bail!(
                "the namespace {wanted} is in the cluster already and does not carry the label {OURS}: it is somebody else's, and this run would use it and take it away"
            ),
        }
    }
    Ok(missing)
}

fn namespace(name: &str) -> Value {
    let mut namespace = json!({ "apiVersion": "v1", "kind": "Namespace", "metadata": { "name": name } });
    mark(&mut namespace);
    namespace
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_an_earlier_run_has_left_is_ours_and_not_made_again() {
        let list = json!({ "items": [namespace("keycloak"), { "metadata": { "name": "default" } }] });
        let missing = missing(&list).unwrap();
        assert_eq!(
            missing,
            ["realtime-calls", "realtime-calls-media", "observability", "realtime-calls-test"]
        );
    }

    #[test]
    fn a_namespace_of_the_same_name_without_our_label_is_refused() {
        for labels in [json!(null), json!({ KEY: "Helm" }), json!({ "app.kubernetes.io/part-of": VALUE })] {
            let list = json!({ "items": [{ "metadata": { "name": "observability", "labels": labels } }] });
            let fault = missing(&list).unwrap_err().to_string();
            assert!(fault.contains("the namespace observability"), "{fault}");
        }
    }

    #[test]
    fn the_mark_is_what_the_selector_asks_for_and_spares_other_labels() {
        assert_eq!(OURS, format!("{KEY}={VALUE}"));
        let mut object = json!({ "metadata": { "labels": { "a": "b" } } });
        mark(&mut object);
        assert_eq!(object["metadata"]["labels"], json!({ "a": "b", KEY: VALUE }));
    }
}
