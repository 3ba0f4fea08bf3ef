//! Everything that we link against may be shipped under our licence.

use serde::Deserialize;
use spdx::{Expression, Licensee, ParseMode};

use crate::none;
use crate::workspace::{is_ours, reachable, toml};

#[derive(Deserialize)]
struct DenyToml {
    licenses: Licenses,
}

#[derive(Deserialize)]
struct Licenses {
    allow: Vec<String>,
}

fn allowed() -> Vec<Licensee> {
    let allow = toml::<DenyToml>("deny.toml").licenses.allow;
    allow
        .iter()
        .map(|name| Licensee::parse(name).unwrap_or_else(|error| panic!("deny.toml allows {name}: {error}")))
        .collect()
}

/// Older manifests separate alternatives with a slash.
fn expression(text: &str) -> Option<Expression> {
    Expression::parse_mode(text, ParseMode::LAX).ok()
}

fn may_ship(text: &str, allowed: &[Licensee]) -> bool {
    expression(text).is_some_and(|licence| {
        licence.evaluate(|needed| allowed.iter().any(|licensee| licensee.satisfies(needed)))
    })
}

#[test]
fn every_third_party_crate_has_an_allowed_licence() {
    let allowed = allowed();
    let mut broken = Vec::new();
    for package in reachable().into_iter().filter(|package| !is_ours(package)) {
        let licence = package.license.as_deref().unwrap_or("no licence");
        if !may_ship(licence, &allowed) {
            broken.push(format!(
                "{} {} is under {licence}, which [licenses] of deny.toml does not allow: use another crate, or, if it may be shipped \
                 without giving away our source, allow it there",
                package.name, package.version
            ));
        }
    }
    none("every licence is one that may be shipped", &broken);
}

#[test]
fn no_allowed_licence_asks_for_our_source() {
    let copyleft: Vec<String> = toml::<DenyToml>("deny.toml")
        .licenses
        .allow
        .into_iter()
        .filter(|name| name.contains("GPL"))
        .map(|name| format!("deny.toml allows {name}: take it out"))
        .collect();
    none("nothing under a GPL or AGPL", &copyleft);
}

#[test]
fn every_licence_of_ours_is_the_one_of_the_repository() {
    let other: Vec<String> = crate::workspace::ours()
        .into_iter()
        .filter(|package| package.license.as_deref() != Some("Apache-2.0"))
        .map(|package| format!("{}: write `license.workspace = true`", package.name))
        .collect();
    none("our crates are under Apache-2.0", &other);
}

#[test]
fn alternatives_and_conditions_are_understood() {
    let allowed = [Licensee::parse("MIT").unwrap(), Licensee::parse("ISC").unwrap()];
    for (licence, expected) in [
        ("MIT", true),
        ("GPL-3.0-only OR MIT", true),
        ("GPL-3.0-only/MIT", true),
        ("MIT AND ISC", true),
        ("MIT AND GPL-3.0-only", false),
        ("(GPL-2.0-only OR ISC) AND MIT", true),
        ("AGPL-3.0-only", false),
        ("no licence", false),
    ] {
        assert_eq!(may_ship(licence, &allowed), expected, "{licence}");
    }
}
