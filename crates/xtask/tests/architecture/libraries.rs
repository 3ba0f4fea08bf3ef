//! "Only X sees library Y", as `deny.toml` says it.

use std::collections::BTreeSet;

use serde::Deserialize;

use crate::none;
use crate::workspace::{edges, is_ours, ours, reachable, toml};

#[derive(Deserialize)]
struct DenyToml {
    bans: Bans,
}

#[derive(Deserialize)]
struct Bans {
    deny: Vec<Ban>,
}

#[derive(Deserialize)]
struct Ban {
    #[serde(rename = "crate")]
    name: String,
    #[serde(default)]
    wrappers: Vec<String>,
    reason: String,
}

fn bans() -> Vec<Ban> {
    toml::<DenyToml>("deny.toml").bans.deny
}

#[test]
fn a_library_is_seen_only_by_those_that_may_see_it() {
    let mut broken = Vec::new();
    for ban in bans() {
        for edge in edges().iter().filter(|edge| edge.ships && edge.to.name.as_str() == ban.name) {
            if !ban.wrappers.iter().any(|wrapper| wrapper == edge.from.name.as_str()) {
                broken.push(format!("{} depends on {}: {}", edge.from.name, ban.name, ban.reason));
            }
        }
    }
    none("deny.toml says who may see which library", &broken);
}

#[test]
fn every_permission_is_used() {
    let seen: BTreeSet<(String, String)> =
        edges().iter().map(|edge| (edge.from.name.to_string(), edge.to.name.to_string())).collect();
    let ours: BTreeSet<&str> = ours().iter().map(|package| package.name.as_str()).collect();
    let mut broken = Vec::new();
    for ban in bans() {
        for wrapper in ban.wrappers.iter().filter(|wrapper| ours.contains(wrapper.as_str())) {
            if !seen.contains(&(wrapper.clone(), ban.name.clone())) {
                broken.push(format!(
                    "{wrapper} may see {} but does not: take it out of the wrappers in deny.toml",
                    ban.name
                ));
            }
        }
    }
    none("a permission that nobody uses is one too many", &broken);
}

#[test]
fn there_is_one_jsonwebtoken() {
    let versions: Vec<String> = reachable()
        .into_iter()
        .filter(|package| package.name.as_str() == "jsonwebtoken")
        .map(|package| package.version.to_string())
        .collect();
    assert!(
        versions.len() == 1,
        "jsonwebtoken is there as {versions:?}: its crypto provider is process-global, so there must be exactly one copy; use the major \
         version that livekit-api uses"
    );
}

#[test]
fn everything_from_outside_comes_from_crates_io() {
    let foreign: Vec<String> = reachable()
        .into_iter()
        .filter(|package| !is_ours(package))
        .filter(|package| !package.source.as_ref().is_some_and(cargo_metadata::Source::is_crates_io))
        .map(|package| {
            format!("{} {} is from elsewhere; a build must not depend on it", package.name, package.version)
        })
        .collect();
    none("third-party crates come from the one public registry", &foreign);
}
