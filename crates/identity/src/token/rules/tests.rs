//! One row for each sentence of the rules: a token that is in order, with one thing changed.

use ::settings::Environment;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use super::*;
use crate::IssuerSettings;

const NOW: i64 = 1_800_000_000;

fn settings() -> IdentitySettings {
    IdentitySettings {
        issuers: vec![IssuerSettings::from("https://id.example.org/realms/acme")],
        ..IdentitySettings::default()
    }
}

fn check_with(settings: &IdentitySettings, claims: &Value) -> Result<Caller, TokenRefused> {
    let issuers = settings.resolve(Environment::Production, &mut |path, problem| panic!("{path} {problem}"));
    let now = DateTime::from_timestamp(NOW, 0).unwrap();
    let signed = claims.to_string();
    caller(&token(claims), Signed::for_rules(&signed), &issuers[0], Limits::from(settings), now)
}

/// Claims as a token that nobody signed.
fn token(claims: &Value) -> String {
    format!("e30.{}.", URL_SAFE_NO_PAD.encode(claims.to_string()))
}

fn check(claims: &Value) -> Result<Caller, TokenRefused> {
    check_with(&settings(), claims)
}

fn good() -> Value {
    json!({
        "exp": NOW + 300, "iat": NOW, "iss": "https://id.example.org/realms/acme", "aud": ["realtime", "account"],
        "sub": "f:ldap:alice@example.org", "typ": "Bearer", "azp": "web", "sid": "s-1",
    })
}

/// A good token with these claims instead; `null` leaves one out.
fn but(changes: &Value) -> Value {
    let mut claims = good();
    for (name, value) in changes.as_object().unwrap() {
        claims[name] = value.clone();
    }
    claims.as_object_mut().unwrap().retain(|_, value| !value.is_null());
    claims
}

#[test]
fn a_token_that_is_in_order_makes_its_caller() {
    let caller = check(&good()).unwrap();
    assert_eq!(caller.user.as_str(), "f:ldap:alice@example.org");
    assert_eq!(caller.tenant.as_str(), "acme");
    assert_eq!(caller.session.as_deref(), Some("s-1"));
    assert_eq!(caller.expires_at.timestamp(), NOW + 300);
    assert!(!caller.administrator);
    assert_eq!(caller.token(), token(&good()));
}

#[test]
fn each_sentence_about_claims_is_kept() {
    let refused = [
        // Required claims, and what each must be.
        ("exp is required", json!({ "exp": null }), Invalid(reason::EXPIRY)),
        ("exp is a whole number", json!({ "exp": "1800000300" }), Invalid(reason::EXPIRY)),
        ("exp is a time that exists", json!({ "exp": i64::MAX }), Invalid(reason::EXPIRY)),
        ("exp is no fraction", json!({ "exp": 1_800_000_300.5 }), Invalid(reason::EXPIRY)),
        ("iat is required", json!({ "iat": null }), Invalid(reason::ISSUED_AT)),
        ("iat is a whole number", json!({ "iat": true }), Invalid(reason::ISSUED_AT)),
        ("iss is required", json!({ "iss": null }), Invalid(reason::ISSUER)),
        ("aud is required", json!({ "aud": null }), Invalid(reason::AUDIENCE)),
        ("sub is required", json!({ "sub": null }), Invalid(reason::SUBJECT)),
        // The issuer, byte for byte.
        (
            "iss has no slash more",
            json!({ "iss": "https://id.example.org/realms/acme/" }),
            Invalid(reason::ISSUER),
        ),
        (
            "iss is compared by case",
            json!({ "iss": "https://ID.example.org/realms/acme" }),
            Invalid(reason::ISSUER),
        ),
        ("iss is no list", json!({ "iss": ["https://id.example.org/realms/acme"] }), Invalid(reason::ISSUER)),
        // The kind of token.
        ("typ is required", json!({ "typ": null }), Invalid(reason::TYPE)),
        ("an ID token is refused", json!({ "typ": "ID" }), Invalid(reason::TYPE)),
        ("a refresh token is refused", json!({ "typ": "Refresh" }), Invalid(reason::TYPE)),
        ("an offline token is refused", json!({ "typ": "Offline" }), Invalid(reason::TYPE)),
        ("a logout token is refused", json!({ "typ": "Logout" }), Invalid(reason::TYPE)),
        ("typ is compared by case", json!({ "typ": "bearer" }), Invalid(reason::TYPE)),
        ("typ is no list", json!({ "typ": ["Bearer"] }), Invalid(reason::TYPE)),
        // The audience.
        ("aud names us", json!({ "aud": "account" }), Invalid(reason::AUDIENCE)),
        ("aud names us whole", json!({ "aud": ["realtime-2", "real"] }), Invalid(reason::AUDIENCE)),
        ("aud holds texts only", json!({ "aud": ["realtime", 7] }), Invalid(reason::AUDIENCE)),
        ("aud is not empty", json!({ "aud": [] }), Invalid(reason::AUDIENCE)),
        ("aud is no table", json!({ "aud": { "realtime": true } }), Invalid(reason::AUDIENCE)),
        // The subject and the session.
        ("sub is a user id", json!({ "sub": "al/ice" }), Invalid(reason::SUBJECT)),
        ("sub is not empty", json!({ "sub": "" }), Invalid(reason::SUBJECT)),
        ("sub is a text", json!({ "sub": 7 }), Invalid(reason::SUBJECT)),
        ("sid is a text", json!({ "sid": 7 }), Invalid(reason::SESSION)),
        ("sid is not empty", json!({ "sid": "" }), Invalid(reason::SESSION)),
        // Times.
        ("iat is at most 10 s ahead", json!({ "iat": NOW + 11 }), Invalid(reason::ISSUED_AT)),
        ("nbf is at most 10 s ahead", json!({ "nbf": NOW + 11 }), Invalid(reason::NOT_BEFORE)),
        ("nbf is a whole number", json!({ "nbf": "0" }), Invalid(reason::NOT_BEFORE)),
        ("a token lives an hour", json!({ "iat": NOW - 3_400, "exp": NOW + 201 }), Invalid(reason::LIFETIME)),
        ("iat cannot be so old as to overflow", json!({ "iat": i64::MIN }), Invalid(reason::LIFETIME)),
        ("after exp and its leeway it is expired", json!({ "exp": NOW - 5, "iat": NOW - 300 }), Expired),
        (
            "an expired one of a wrong kind is invalid",
            json!({ "exp": NOW - 5, "typ": "ID" }),
            Invalid(reason::TYPE),
        ),
    ];
    for (sentence, changes, refusal) in refused {
        assert_eq!(check(&but(&changes)).unwrap_err(), refusal, "{sentence}: {changes}");
    }
}

#[test]
fn what_is_allowed_is_accepted_to_its_very_edge() {
    let accepted = [
        ("a single audience stands alone", json!({ "aud": "realtime" })),
        ("iat may be 10 s ahead", json!({ "iat": NOW + 10 })),
        ("nbf may be 10 s ahead", json!({ "nbf": NOW + 10 })),
        ("an old Keycloak writes nbf 0", json!({ "nbf": 0 })),
        ("a token may live an hour", json!({ "iat": NOW - 3_400, "exp": NOW + 200 })),
        ("the leeway ends 5 s after exp", json!({ "exp": NOW - 4, "iat": NOW - 300 })),
        ("sid may be missing", json!({ "sid": null })),
        ("azp does not matter where none is listed", json!({ "azp": null })),
    ];
    for (sentence, changes) in accepted {
        assert!(check(&but(&changes)).is_ok(), "{sentence}: {changes}");
    }
}

#[test]
fn where_parties_are_listed_azp_must_be_one_of_them() {
    let settings = IdentitySettings { authorized_parties: vec!["web".into(), "app".into()], ..settings() };
    for (azp, is_allowed) in [(json!("web"), true), (json!("app"), true), (json!("we"), false)] {
        assert_eq!(check_with(&settings, &but(&json!({ "azp": azp }))).is_ok(), is_allowed, "{azp}");
    }
    for azp in [json!(null), json!(["web"])] {
        let refused = check_with(&settings, &but(&json!({ "azp": azp }))).unwrap_err();
        assert_eq!(refused, Invalid(reason::AUTHORIZED_PARTY), "{azp}");
    }
}

#[test]
fn the_issuers_own_audience_and_parties_replace_the_common_ones() {
    let mut settings = settings();
    settings.issuers[0].audience = Some("acme.app".into());
    settings.issuers[0].authorized_parties = Some(vec!["kiosk".into()]);
    assert_eq!(check_with(&settings, &good()).unwrap_err(), Invalid(reason::AUDIENCE));
    let own = but(&json!({ "aud": "acme.app", "azp": "kiosk" }));
    assert!(check_with(&settings, &own).is_ok());
    let role = json!({ "acme.app": { "roles": ["realtime-admin"] } });
    let administrator = but(&json!({ "aud": "acme.app", "azp": "kiosk", "resource_access": role }));
    assert!(check_with(&settings, &administrator).unwrap().administrator);
}

#[test]
fn the_administrators_role_is_the_realms_or_our_clients() {
    let rows = [
        (json!({ "realm_access": { "roles": ["x", "realtime-admin"] } }), true),
        (json!({ "resource_access": { "realtime": { "roles": ["realtime-admin"] } } }), true),
        (json!({ "resource_access": { "account": { "roles": ["realtime-admin"] } } }), false),
        (json!({ "realm_access": { "roles": ["realtime-admins", "REALTIME-ADMIN"] } }), false),
        (json!({ "realm_access": { "roles": "realtime-admin" } }), false),
        (json!({ "realm_access": ["realtime-admin"], "roles": ["realtime-admin"] }), false),
    ];
    for (changes, expected) in rows {
        assert_eq!(check(&but(&changes)).unwrap().administrator, expected, "{changes}");
    }
}

#[test]
fn the_role_of_our_service_account_is_our_clients_alone() {
    let rows = [
        (json!({ "resource_access": { "realtime": { "roles": ["x", "act-on-calls"] } } }), true),
        (json!({ "resource_access": { "account": { "roles": ["act-on-calls"] } } }), false),
        (json!({ "realm_access": { "roles": ["act-on-calls"] } }), false),
        (json!({ "resource_access": { "realtime": { "roles": ["realtime-admin"] } } }), false),
        (json!({}), false),
    ];
    for (changes, expected) in rows {
        assert_eq!(check(&but(&changes)).unwrap().acts_on_calls, expected, "{changes}");
    }
}

#[test]
fn other_claims_are_reached_by_dotted_paths() {
    let changes = json!({ "groups": ["/rooms/standup"], "org": { "unit": { "id": 7 } }, "https://x.y/z": "whole", "org.unit": "own" });
    let caller = check(&but(&changes)).unwrap();
    assert_eq!(caller.claim("groups"), Some(json!(["/rooms/standup"])));
    assert_eq!(caller.claim("org.unit.id"), Some(json!(7)));
    assert_eq!(caller.claim("https://x.y/z"), Some(json!("whole")));
    assert_eq!(caller.claim("org.unit"), Some(json!("own")), "a name of its own comes first");
    assert_eq!(caller.claim("org"), Some(json!({ "unit": { "id": 7 } })));
    for absent in ["", ".", "org.", "org..id", "org.unit.id.more", "groups.0", "nothing"] {
        assert_eq!(caller.claim(absent), None, "{absent}");
    }
}

#[test]
fn a_caller_shows_neither_its_token_nor_what_it_says_about_the_person() {
    let claims = but(&json!({ "name": "Alice Canary" }));
    let shown = format!("{:?}", check(&claims).unwrap());
    assert!(shown.contains("f:ldap:alice") && shown.contains("acme"), "{shown}");
    assert!(
        !shown.contains("Canary") && !shown.contains(&token(&claims)[4..24]) && !shown.contains("s-1"),
        "{shown}"
    );
}
