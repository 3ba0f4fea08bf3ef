//! What the lists of the real programs hold.

use std::collections::BTreeSet;

use serde::Deserialize;
use serde_json::Value;
use spdx::{Expression, Licensee};

use super::parts::Parts;
use super::{cyclonedx, licences};

const PROGRAMS: [&str; 2] = ["realtime-service", "call-state-service"];

#[derive(Deserialize)]
struct DenyToml {
    licenses: Licenses,
}

#[derive(Deserialize)]
struct Licenses {
    allow: Vec<String>,
}

fn allowed() -> Vec<Licensee> {
    let text = std::fs::read_to_string(crate::tree::root().join("deny.toml")).unwrap();
    let deny: DenyToml = toml::from_str(&text).unwrap();
    deny.licenses.allow.iter().map(|name| Licensee::parse(name).unwrap()).collect()
}

fn texts<'a>(document: &'a Value, list: &str, field: &str) -> Vec<&'a str> {
    let list = document[list].as_array().unwrap().iter();
    list.map(|entry| entry[field].as_str().unwrap_or_default()).collect()
}

#[tokio::test]
async fn everything_in_a_program_may_be_shipped_under_its_licence() {
    let allowed = allowed();
    for program in PROGRAMS {
        let document = cyclonedx::document(&Parts::of(program).await.unwrap()).unwrap();
        for component in document["components"].as_array().unwrap() {
            let licence = component["licenses"][0]["expression"].as_str().unwrap();
            let expression =
                Expression::parse(licence).unwrap_or_else(|error| panic!("{component}: {error}"));
            let may = expression.evaluate(|needed| allowed.iter().any(|licensee| licensee.satisfies(needed)));
            assert!(may, "{program}: {component}");
        }
    }
}

#[tokio::test]
async fn the_list_names_what_is_linked_and_nothing_that_only_tests_or_builds() {
    let parts = Parts::of("realtime-service").await.unwrap();
    let document = cyclonedx::document(&parts).unwrap();
    let names: BTreeSet<&str> = texts(&document, "components", "name").into_iter().collect();
    for linked in ["actix-web", "livekit-api", "redis", "store", "tokio"] {
        assert!(names.contains(linked), "{linked} is linked");
    }
    for other in ["realtime-service", "testkit", "xtask", "proptest", "serde_derive", "cc"] {
        assert!(!names.contains(other), "{other} is not in the program");
    }
}

#[tokio::test]
async fn every_reference_of_the_list_is_to_something_in_it() {
    let document = cyclonedx::document(&Parts::of("call-state-service").await.unwrap()).unwrap();
    let mut known: BTreeSet<&str> = texts(&document, "components", "bom-ref").into_iter().collect();
    assert_eq!(known.len(), document["components"].as_array().unwrap().len(), "each is there once");
    known.insert(document["metadata"]["component"]["bom-ref"].as_str().unwrap());
    assert_eq!(texts(&document, "dependencies", "ref").into_iter().collect::<BTreeSet<_>>(), known);
    for dependency in document["dependencies"].as_array().unwrap() {
        for needed in dependency["dependsOn"].as_array().unwrap() {
            assert!(known.contains(needed.as_str().unwrap()), "{needed}");
        }
    }
}

#[tokio::test]
async fn every_crate_of_others_can_be_told_apart_and_brings_its_licence() {
    let parts = Parts::of("call-state-service").await.unwrap();
    let text = licences::text(&parts).unwrap();
    for package in parts.of_others() {
        assert!(parts.checksum(package).is_some_and(|sum| sum.len() == 64), "{}", package.name);
        assert!(text.contains(&format!("{} {} ", package.name, package.version)), "{}", package.name);
    }
    assert!(text.contains("Permission is hereby granted, free of charge"), "the texts are there");
    assert!(parts.of_ours().any(|ours| ours.name.as_str() == "store"));
}
