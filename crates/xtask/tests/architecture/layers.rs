//! Imports point one way.

use std::collections::BTreeMap;

use serde::Deserialize;
use toml::Spanned;

use crate::files::sources;
use crate::none;
use crate::workspace::{edges, folder, is_ours, ours, toml};

#[derive(Deserialize)]
struct Root {
    workspace: Workspace,
}

#[derive(Deserialize)]
struct Workspace {
    dependencies: BTreeMap<String, Spanned<toml::Value>>,
}

/// Our crates in the order in which the root manifest lists them: users before what they use.
fn order() -> Vec<String> {
    let dependencies = toml::<Root>("Cargo.toml").workspace.dependencies;
    let mut listed: Vec<(usize, String)> = dependencies
        .into_iter()
        .filter(|(_, value)| value.get_ref().get("path").is_some())
        .map(|(name, value)| (value.span().start, name))
        .collect();
    listed.sort();
    listed.into_iter().map(|(_, name)| name).collect()
}

#[test]
fn a_crate_depends_only_on_crates_below_it() {
    let order = order();
    let place = |name: &str| order.iter().position(|listed| listed == name);
    let mut broken = Vec::new();
    for edge in edges().iter().filter(|edge| edge.ships && is_ours(edge.from) && is_ours(edge.to)) {
        let (from, to) = (edge.from.name.as_str(), edge.to.name.as_str());
        match (place(from), place(to)) {
            (_, None) => broken.push(format!(
                "{from} depends on {to}, which [workspace.dependencies] of the root Cargo.toml does not list: nothing may depend on it"
            )),
            (Some(from_place), Some(to_place)) if from_place >= to_place => broken.push(format!(
                "{from} depends on {to}, which stands above it in [workspace.dependencies] of the root Cargo.toml: turn the dependency \
                 around, or move what both need into a crate below them"
            )),
            // A program, which nobody depends on, stands above everything.
            (Some(_) | None, Some(_)) => {}
        }
    }
    none("imports point one way", &broken);
}

#[test]
fn every_library_of_ours_has_its_place_in_the_order() {
    let order = order();
    let mut broken = Vec::new();
    for package in ours().into_iter().filter(|package| folder(package).starts_with("crates/")) {
        let is_library = package.targets.iter().any(cargo_metadata::Target::is_lib);
        if is_library && !order.contains(&package.name.to_string()) {
            broken.push(format!(
                "{} is not listed in [workspace.dependencies] of the root Cargo.toml; put it between its users and what it uses",
                package.name
            ));
        }
    }
    none("the order of the crates is written in one place", &broken);
}

#[test]
fn services_never_depend_on_services() {
    let is_service = |package| folder(package).starts_with("services/");
    let mut broken = Vec::new();
    for edge in edges().iter().filter(|edge| edge.ships && is_ours(edge.from) && is_ours(edge.to)) {
        if is_service(edge.from) && is_service(edge.to) && edge.from.name.as_str() != "dev-server" {
            broken.push(format!(
                "{} depends on {}: let them talk through an API crate; only dev-server puts services into one process",
                edge.from.name, edge.to.name
            ));
        }
    }
    none("a service knows no other service", &broken);
}

#[test]
fn call_state_service_alone_has_a_desk() {
    // `Desk` as a whole word, in a `use` or a path.
    let names_it = |line: &str| {
        line.contains("call_desk") && line.split(|c: char| !c.is_alphanumeric()).any(|word| word == "Desk")
    };
    let broken: Vec<String> = sources(&["rs"])
        .into_iter()
        .filter(|(name, text)| {
            name.starts_with("services/realtime-service/src/") && text.lines().any(names_it)
        })
        .map(|(name, _)| {
            format!("{name} uses `call_desk::Desk`: ask call-state-service, which alone writes calls")
        })
        .collect();
    none("calls are written by one service", &broken);
}

#[test]
fn what_serves_tests_and_developers_never_ships() {
    const TOOLS: [&str; 2] = ["testkit", "xtask"];
    let mut broken = Vec::new();
    for edge in edges().iter().filter(|edge| edge.ships && TOOLS.contains(&edge.to.name.as_str())) {
        if !TOOLS.contains(&edge.from.name.as_str()) {
            broken.push(format!("{} depends on {}: make it a dev-dependency", edge.from.name, edge.to.name));
        }
    }
    none("tools of tests and developers are no part of the product", &broken);
}
