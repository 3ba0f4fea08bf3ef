//! Settings of issuers, right and wrong.

use ::settings::Environment::{self, Development, Production};
use ::settings::{Faults, Service, Settings, load};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value, json};

use super::*;

fn settings(issuers: &Value) -> IdentitySettings {
    serde_json::from_value(json!({ "issuers": issuers })).unwrap()
}

fn faults_of(settings: &IdentitySettings, environment: Environment) -> Vec<String> {
    let mut faults = Vec::new();
    settings.resolve(environment, &mut |path, problem| faults.push(format!("{path} {problem}")));
    faults
}

#[test]
fn an_issuer_is_a_url_or_a_table_that_says_more() {
    let settings = settings(&json!([
        "https://id.example.org/realms/acme",
        {
            "issuer": "https://id.example.org/realms/two.words",
            "tenant": "two-words",
            "discovery_url": "http://keycloak:8080/realms/two.words/.well-known/openid-configuration",
            "audience": "app",
            "authorized_parties": ["web"],
        },
    ]));
    assert_eq!(faults_of(&settings, Production), [""; 0]);
    let issuers = settings.resolve(Production, &mut |_, _| {});
    assert_eq!(issuers[0].tenant.as_str(), "acme");
    assert_eq!(issuers[0].audience, "realtime");
    assert_eq!(
        issuers[0].discovery_url.as_str(),
        "https://id.example.org/realms/acme/.well-known/openid-configuration"
    );
    assert_eq!(issuers[1].tenant.as_str(), "two-words");
    assert_eq!(issuers[1].audience, "app");
    assert_eq!(issuers[1].authorized_parties, ["web"]);
    assert_eq!(issuers[1].discovery_url.host_str(), Some("keycloak"));
}

#[test]
fn a_table_with_a_name_that_is_no_setting_is_refused() {
    let typo =
        serde_json::from_value::<IdentitySettings>(json!({ "issuers": [{ "issuer": "x", "tenat": "y" }] }));
    assert!(typo.unwrap_err().to_string().contains("unknown field `tenat`"));
    let number = serde_json::from_value::<IdentitySettings>(json!({ "issuers": [7] }));
    assert!(number.unwrap_err().to_string().contains("an issuer's URL, or a table with `issuer`"));
}

#[test]
fn plain_http_is_for_development_alone() {
    let settings = settings(&json!(["http://127.0.0.1:8180/realms/acme"]));
    assert_eq!(faults_of(&settings, Development), [""; 0]);
    assert_eq!(
        faults_of(&settings, Production),
        ["issuers[0] uses plain HTTP, which only development permits; it must use https"]
    );
}

#[test]
fn every_fault_is_told_and_where_it_is() {
    let rows = [
        (json!([]), vec!["issuers is empty"]),
        (json!([""]), vec!["issuers[0] must be a URL"]),
        (json!(["ftp://x/realms/a"]), vec!["issuers[0] must be a URL"]),
        (json!(["https://user:pw@x/realms/a"]), vec!["issuers[0] must be a URL"]),
        (json!(["https://x/realms/a?b"]), vec!["issuers[0] must be a URL"]),
        (json!(["https://x/realms/a#b"]), vec!["issuers[0] must be a URL"]),
        (json!(["https://x"]), vec!["issuers[0].tenant is required here"]),
        (json!(["https://x/realms/a.b"]), vec!["issuers[0].tenant is required here"]),
        (
            json!([{ "issuer": "https://x/realms/a", "tenant": "a/b" }]),
            vec!["issuers[0].tenant must be 1 to 64"],
        ),
        (
            json!([{ "issuer": "https://x/a", "discovery_url": "x" }]),
            vec!["issuers[0].discovery_url must be a URL"],
        ),
        (json!([{ "issuer": "https://x/a", "audience": "" }]), vec!["issuers[0].audience is empty"]),
        (json!(["https://x/a", "https://x/a"]), vec!["issuers[1] is given twice"]),
        (json!(["https://x/a", "https://y/a"]), vec!["issuers[1].tenant is a, as that of another issuer"]),
        (
            json!(["", "https://x/a", "http://x/b"]),
            vec!["issuers[0] must be a URL", "issuers[2] uses plain HTTP"],
        ),
    ];
    for (issuers, expected) in rows {
        let faults = faults_of(&settings(&issuers), Production);
        assert_eq!(faults.len(), expected.len(), "{issuers}: {faults:?}");
        for (fault, start) in faults.iter().zip(expected) {
            assert!(fault.starts_with(start), "{issuers}: {fault}");
        }
    }
}

#[test]
fn no_algorithm_at_all_is_a_fault() {
    let settings = IdentitySettings { algorithms: Vec::new(), ..settings(&json!(["https://x/a"])) };
    assert_eq!(
        faults_of(&settings, Production),
        ["algorithms is empty; it must name at least one, usually RS256"]
    );
}

/// A service that has this section.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
struct Sample {
    environment: Environment,
    identity: IdentitySettings,
}

impl Settings for Sample {
    fn check(&self, faults: &mut Faults) {
        faults.section("identity", |faults| self.identity.check(self.environment, faults));
    }
}

fn loaded(variables: &[(&str, &str)]) -> Result<Sample, String> {
    let service = Service { name: "sample", version: "0", prefix: "SAMPLE", about: "Tests." };
    let variables = variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    load(&service, None, variables).map_err(|faults| {
        let told: Vec<String> = faults.iter().map(|(name, problem)| format!("{name} {problem}")).collect();
        told.join("; ")
    })
}

#[test]
fn the_environment_gives_issuers_as_a_list_or_as_json() {
    let list = "https://x/realms/a,https://x/realms/b";
    let sample =
        loaded(&[("SAMPLE__IDENTITY__ISSUERS", list), ("SAMPLE__IDENTITY__ALGORITHMS", "RS256,EdDSA")]);
    let identity = sample.unwrap().identity;
    assert_eq!(identity.issuers, ["https://x/realms/a", "https://x/realms/b"].map(IssuerSettings::from));
    assert_eq!(identity.algorithms, [crate::Algorithm::Rs256, crate::Algorithm::EdDsa]);
    let json =
        r#"[{"issuer": "https://x/realms/a", "tenant": "b", "authorized_parties": ["web"]}, "https://x/c"]"#;
    let identity = loaded(&[("SAMPLE__IDENTITY__ISSUERS", json)]).unwrap().identity;
    assert_eq!(identity.issuers[0].tenant.as_deref(), Some("b"));
    assert_eq!(identity.issuers[1].issuer, "https://x/c");
}

#[test]
fn faults_name_the_variable() {
    let told = loaded(&[]).unwrap_err();
    assert!(told.contains("SAMPLE__IDENTITY__ISSUERS is empty"), "{told}");
    let told = loaded(&[("SAMPLE__IDENTITY__ISSUERS", "https://x/realms/a,http://x/realms/b")]).unwrap_err();
    assert!(told.contains("SAMPLE__IDENTITY__ISSUERS[1] uses plain HTTP"), "{told}");
    let told = loaded(&[("SAMPLE__IDENTITY__LEEWAY_SECONDS", "11")]).unwrap_err();
    assert!(told.contains("SAMPLE__IDENTITY__LEEWAY_SECONDS"), "{told}");
}
