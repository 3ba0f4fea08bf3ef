//! The layout that `docs/architecture.md` draws, held against the workspace as it is.
//!
//! Every rule fails with a sentence for each place that breaks it, naming the rule and what to do. What may see which library and which
//! licences may be shipped is read from `deny.toml`, the order of our crates from the root `Cargo.toml`: neither stands here a second time.

mod features;
mod files;
mod layers;
mod libraries;
mod licences;
mod logging;
mod manifests;
mod workspace;

/// Fails with every sentence, so that one run tells all that is wrong.
#[track_caller]
fn none(rule: &str, broken: &[String]) {
    assert!(broken.is_empty(), "{rule}:\n- {}", broken.join("\n- "));
}
