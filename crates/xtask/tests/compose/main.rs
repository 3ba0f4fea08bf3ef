//! The images and `docker-compose.dev.yml`, held against the rules that they are made by. Reads files, starts no container.
//!
//! That they build and run is tried with `deploy/docker/standin`; what is here fails within a second when a rule is broken.

mod builds;
mod dockerfile;
mod file;
mod images;
mod order;
mod probe;
mod secrets;
mod services;
mod settings;

/// Fails with every sentence, so that one run tells all that is wrong.
#[track_caller]
fn none(rule: &str, broken: &[String]) {
    assert!(broken.is_empty(), "{rule}:\n- {}", broken.join("\n- "));
}
