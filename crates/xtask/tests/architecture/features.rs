//! The development issuer signs whatever it is given, so no production binary may hold it.

use cargo_metadata::DependencyKind;

use crate::none;
use crate::workspace::ours;

const FEATURE: &str = "development-issuer";

/// Who may hold it: the dev server, which listens on loopback only, and what serves tests, benchmarks and developers.
const MAY: [&str; 3] = ["dev-server", "testkit", "xtask"];

#[test]
fn the_development_issuer_is_in_no_production_binary() {
    let mut broken = Vec::new();
    for package in ours() {
        for dependency in package.dependencies.iter().filter(|dependency| dependency.name == "identity") {
            let asks = dependency.features.iter().any(|feature| feature == FEATURE);
            let ships = dependency.kind != DependencyKind::Development;
            if asks && ships && !MAY.contains(&package.name.as_str()) {
                broken.push(format!(
                    "{} asks for `identity/{FEATURE}`: make it a dev-dependency, or do without",
                    package.name
                ));
            }
        }
        let passes_on = package.features.iter().filter(|(_, enables)| {
            enables.iter().any(|enabled| {
                enabled == &format!("identity/{FEATURE}") || enabled == &format!("identity?/{FEATURE}")
            })
        });
        for (feature, _) in passes_on {
            broken.push(format!(
                "feature `{feature}` of {} enables `identity/{FEATURE}`: remove it",
                package.name
            ));
        }
    }
    none("only the dev server and tests hold the development issuer", &broken);
}

#[test]
fn the_development_issuer_is_off_by_default() {
    let identity = ours()
        .into_iter()
        .find(|package| package.name.as_str() == "identity")
        .expect("identity is a crate of ours");
    let default = identity.features.get("default").cloned().unwrap_or_default();
    assert!(
        identity.features.contains_key(FEATURE),
        "identity has no feature `{FEATURE}`; has it another name now?"
    );
    assert!(
        !default.iter().any(|feature| feature == FEATURE),
        "`{FEATURE}` is a default feature of identity; take it out"
    );
}
