//! Every variable that our services are given is a setting that they have.

use crate::file::{environment, read, services};
use crate::none;

#[test]
fn every_variable_of_a_service_is_one_of_its_settings() {
    let mut broken = Vec::new();
    for (service, prefix, reference) in [
        ("realtime-service", "REALTIME__", "docs/configuration.md"),
        ("call-state-service", "CALL_STATE__", "docs/configuration-call-state.md"),
    ] {
        let reference = read(reference);
        for (name, _) in environment(&services()[service]) {
            let known = name.starts_with(prefix) && reference.contains(&format!("| `{name}` |"));
            if !known {
                broken.push(format!("{service} has no setting {name}"));
            }
        }
    }
    none("settings are those of the code", &broken);
}

#[test]
fn every_variable_of_the_gateway_is_read_by_it() {
    let caddyfile = read("deploy/gateway/Caddyfile");
    for (name, _) in environment(&services()["gateway"]) {
        let is_read = caddyfile.contains(&format!("{{${name}")) || name.starts_with("OTEL_");
        assert!(is_read, "the Caddyfile does not read {name}");
    }
}

#[test]
fn both_services_take_the_tokens_that_browsers_are_given() {
    let of =
        |service: &str, name: &str| services()[service]["environment"][name].as_str().unwrap().to_owned();
    let issuers = of("realtime-service", "REALTIME__IDENTITY__ISSUERS");
    assert_eq!(issuers, of("call-state-service", "CALL_STATE__IDENTITY__ISSUERS"));
    let issuers: serde_json::Value = serde_json::from_str(&issuers).expect("lists of tables are JSON");
    let keycloak = &services()["keycloak"];
    let public = keycloak["environment"]["KC_HOSTNAME"].as_str().unwrap();
    assert_eq!(issuers[0]["issuer"], format!("{public}/realms/realtime"));
    let port = public.rsplit(':').next().unwrap();
    assert_eq!(keycloak["ports"][0], format!("127.0.0.1:{port}:8080"));
    let asked = "http://keycloak:8080/realms/realtime/.well-known/openid-configuration";
    assert_eq!(issuers[0]["discovery_url"], asked);
    // The service account calls call-state-service.
    assert_eq!(of("call-state-service", "CALL_STATE__IDENTITY__AUTHORIZED_PARTIES"), "web,realtime-service");
}
