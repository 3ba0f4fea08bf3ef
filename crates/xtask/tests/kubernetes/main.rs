//! The manifests of `k8s/`, put together in every way that there is and held against what they promise.
//!
//! Nothing here asks a cluster: what the manifests say is read, by kustomize, by the schemas of Kubernetes, and by the rules in these files. That
//! the fields are right is `schemas`; everything else is about what they mean.

mod availability;
#[path = "../../src/kubernetes/combination.rs"]
mod combination;
mod components;
mod disruption;
mod flows;
mod network;
mod object;
mod pods;
#[path = "../../src/kubernetes/rendering.rs"]
mod rendered;
mod rendering;
mod schemas;
mod secrets;
mod settings;
mod wiring;

use std::collections::BTreeMap;

use rendering::{Rendering, all};

/// Fails with every sentence that breaks the rule, and the first rendering that it was found in.
#[track_caller]
fn hold(rule: &str, broken: impl Fn(&Rendering) -> Vec<String>) {
    let mut found: BTreeMap<String, &str> = BTreeMap::new();
    for rendering in all() {
        for sentence in broken(rendering) {
            found.entry(sentence).or_insert(&rendering.name);
        }
    }
    let sentences: Vec<String> =
        found.into_iter().map(|(sentence, name)| format!("{sentence} ({name})")).collect();
    assert!(sentences.is_empty(), "{rule}:\n- {}", sentences.join("\n- "));
}
