//! Where keys are read, given what the discovery document says.

use ::settings::Environment;

use super::*;
use crate::IssuerSettings;

const ISSUER: &str = "https://id.example.org/auth/realms/acme";

fn locate_from(discovery_url: Option<&str>, published: &str, keys: &str) -> Result<String, FetchFailure> {
    let mut issuer = IssuerSettings::from(ISSUER);
    issuer.discovery_url = discovery_url.map(str::to_owned);
    let settings = IdentitySettings { issuers: vec![issuer], ..IdentitySettings::default() };
    let issuers = settings.resolve(Environment::Production, &mut |path, problem| panic!("{path} {problem}"));
    let document = Discovery { issuer: published.to_owned(), jwks_uri: keys.to_owned() };
    locate(&document, &issuers[0]).map(String::from)
}

#[test]
fn the_document_must_be_that_of_the_issuer_byte_for_byte() {
    for other in ["https://id.example.org/auth/realms/acme/", "https://id.example.org/auth/realms/Acme", ""] {
        let located = locate_from(None, other, "https://id.example.org/certs");
        assert!(matches!(located, Err(FetchFailure::OtherIssuer)), "{other}");
    }
}

#[test]
fn keys_are_where_the_document_says() {
    for keys in ["https://id.example.org/auth/realms/acme/certs", "https://keys.example.net/acme?v=1"] {
        assert_eq!(locate_from(None, ISSUER, keys).unwrap(), keys);
    }
    for keys in
        ["", "certs", "file:///etc/passwd", "https://a:b@id.example.org/", "http://id.example.org/certs"]
    {
        assert!(matches!(locate_from(None, ISSUER, keys), Err(FetchFailure::NoKeysUrl)), "{keys}");
    }
}

#[test]
fn an_issuer_found_at_another_address_has_its_keys_there_too() {
    let inside = "http://keycloak:8080/realms/acme/.well-known/openid-configuration";
    let rows = [
        // Below the issuer's own URL, which may not be reachable from here.
        ("https://id.example.org/auth/realms/acme/certs", "http://keycloak:8080/realms/acme/certs"),
        // Not below it, however alike: used as it is.
        ("https://id.example.org/auth/realms/acme2/certs", "https://id.example.org/auth/realms/acme2/certs"),
        // Keycloak with a dynamic back channel names the address it was asked at.
        ("http://keycloak:8080/realms/acme/certs", "http://keycloak:8080/realms/acme/certs"),
    ];
    for (published, expected) in rows {
        assert_eq!(locate_from(Some(inside), ISSUER, published).unwrap(), expected);
    }
    let elsewhere = "https://mirror.example.org/acme.json";
    let keys = "https://id.example.org/auth/realms/acme/certs";
    assert_eq!(locate_from(Some(elsewhere), ISSUER, keys).unwrap(), keys);
}
