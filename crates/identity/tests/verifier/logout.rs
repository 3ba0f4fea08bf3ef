//! Logout tokens, and what comes of them.

use identity::TokenRefused::{Expired, Invalid, Missing};
use identity::{Logins, LogoutVerifier, Revocation};
use serde_json::{Value, json};
use signal_protocol::UserId;

use crate::world::World;

const EVENT: &str = "http://schemas.openid.net/event/backchannel-logout";

/// What Keycloak says when somebody logs out of the client `web`.
fn claims(world: &World) -> Value {
    let now = world.clock.now().timestamp();
    json!({
        "iss": world.issuer.url(), "aud": "web", "sub": "6f1c1b5e-alice", "sid": "s-1", "iat": now, "exp": now + 120,
        "jti": "j-1", "typ": "Logout", "events": { EVENT: {} },
    })
}

/// The same with these claims instead; `null` leaves one out.
fn but(world: &World, changes: &Value) -> String {
    let mut claims = claims(world);
    for (name, value) in changes.as_object().unwrap() {
        claims[name] = value.clone();
    }
    claims.as_object_mut().unwrap().retain(|_, value| !value.is_null());
    world.issuer.sign(&claims)
}

fn verifier(world: &World) -> LogoutVerifier {
    LogoutVerifier::new(world.verifier.clone(), vec!["web".to_owned(), "app".to_owned()])
}

#[tokio::test]
async fn a_logout_token_says_which_login_was_ended() {
    let world = World::start().await;
    let logout = verifier(&world).verify(&but(&world, &json!({}))).await.unwrap();
    assert_eq!(logout.tenant.as_str(), "realtime");
    assert_eq!(logout.token_id, "j-1");
    let alice = UserId::parse("6f1c1b5e-alice").unwrap();
    let logins = Logins::One { session: "s-1".to_owned(), user: Some(alice.clone()) };
    assert_eq!(logout.revocation, Revocation { logins, at: world.clock.now() });
    for (changes, logins) in [
        (json!({ "sid": null }), Logins::AllOf(alice.clone())),
        (json!({ "sub": null }), Logins::One { session: "s-1".to_owned(), user: None }),
    ] {
        let logout = verifier(&world).verify(&but(&world, &changes)).await.unwrap();
        assert_eq!(logout.revocation.logins, logins, "{changes}");
    }
}

#[tokio::test]
async fn each_sentence_of_the_rules_is_kept() {
    let world = World::start().await;
    let verifier = verifier(&world);
    let now = world.clock.now().timestamp();
    for (changes, refused) in [
        (json!({ "exp": null, "typ": null }), None),
        (json!({ "aud": ["other", "app"] }), None),
        (json!({ "iat": now - 300, "exp": null }), None),
        (json!({ "iat": now + 10 }), None),
        (json!({ "exp": now - 4 }), None),
        (json!({ "events": { EVENT: {}, "urn:other": {} } }), None),
        (json!({ "iss": "https://id.example.org/realms/other" }), Some(Invalid("issuer"))),
        (json!({ "iss": null }), Some(Invalid("issuer"))),
        (json!({ "aud": "other" }), Some(Invalid("audience"))),
        (json!({ "aud": "realtime" }), Some(Invalid("audience"))),
        (json!({ "aud": null }), Some(Invalid("audience"))),
        (json!({ "aud": ["web", 1] }), Some(Invalid("audience"))),
        (json!({ "typ": "Bearer" }), Some(Invalid("type"))),
        (json!({ "typ": "ID" }), Some(Invalid("type"))),
        (json!({ "typ": 1 }), Some(Invalid("type"))),
        (json!({ "events": null }), Some(Invalid("event"))),
        (json!({ "events": {} }), Some(Invalid("event"))),
        (json!({ "events": { EVENT: true } }), Some(Invalid("event"))),
        (json!({ "events": [EVENT] }), Some(Invalid("event"))),
        (json!({ "nonce": "n" }), Some(Invalid("nonce"))),
        (json!({ "nonce": 1 }), Some(Invalid("nonce"))),
        (json!({ "jti": null }), Some(Invalid("token_id"))),
        (json!({ "jti": "" }), Some(Invalid("token_id"))),
        (json!({ "jti": "j".repeat(256) }), Some(Invalid("token_id"))),
        (json!({ "sid": null, "sub": null }), Some(Invalid("subject"))),
        (json!({ "sub": 1 }), Some(Invalid("subject"))),
        (json!({ "sub": "not a user" }), Some(Invalid("subject"))),
        (json!({ "sid": "" }), Some(Invalid("session"))),
        (json!({ "iat": null }), Some(Invalid("issued_at"))),
        (json!({ "iat": "now" }), Some(Invalid("issued_at"))),
        (json!({ "iat": i64::MAX }), Some(Invalid("issued_at"))),
        (json!({ "iat": now + 11 }), Some(Invalid("issued_at"))),
        (json!({ "iat": now - 301, "exp": null }), Some(Expired)),
        (json!({ "exp": now - 5 }), Some(Expired)),
        (json!({ "exp": "soon" }), Some(Invalid("expiry"))),
    ] {
        assert_eq!(verifier.verify(&but(&world, &changes)).await.err(), refused, "{changes}");
    }
}

#[tokio::test]
async fn the_signature_and_the_header_are_looked_at_first() {
    let world = World::start().await;
    let verifier = verifier(&world);
    let signed = |header: &Value| world.issuer.issuer().sign_with(header, &claims(&world));
    for (header, refused) in [
        (json!({ "typ": "logout+jwt" }), None),
        (json!({ "typ": "JWT" }), None),
        (json!({ "typ": null }), None),
        (json!({ "typ": "at+jwt" }), Some(Invalid("header_type"))),
        (json!({ "typ": "dpop+jwt" }), Some(Invalid("header_type"))),
        (json!({ "alg": "none" }), Some(Invalid("algorithm"))),
        (json!({ "crit": ["exp"] }), Some(Invalid("critical_header"))),
        (json!({ "kid": "unpublished" }), Some(Invalid("unknown_key"))),
    ] {
        assert_eq!(verifier.verify(&signed(&header)).await.err(), refused, "{header}");
    }
    let token = but(&world, &json!({}));
    let other = but(&world, &json!({ "jti": "j-2" }));
    let (message, _) = token.rsplit_once('.').unwrap();
    let (_, signature) = other.rsplit_once('.').unwrap();
    let forged = format!("{message}.{signature}");
    assert_eq!(verifier.verify(&forged).await.err(), Some(Invalid("signature")));
    assert_eq!(verifier.verify("").await.err(), Some(Missing));
    assert_eq!(verifier.verify("a.b").await.err(), Some(Invalid("malformed")));
    assert_eq!(verifier.verify(&"x".repeat(9_000)).await.err(), Some(Invalid("too_long")));
}

#[tokio::test]
async fn neither_kind_of_token_is_good_for_the_other() {
    let world = World::start().await;
    assert_eq!(verifier(&world).verify(&world.token()).await.err(), Some(Invalid("type")));
    let mut dressed_up = world.claims();
    dressed_up["typ"] = Value::Null;
    dressed_up.as_object_mut().unwrap().remove("typ");
    dressed_up["aud"] = json!("web");
    assert_eq!(verifier(&world).verify(&world.issuer.sign(&dressed_up)).await.err(), Some(Invalid("event")));
    assert_eq!(world.refusal(&but(&world, &json!({}))).await, Invalid("type"));
    let logout = world.issuer.issuer().sign_with(&json!({ "typ": "logout+jwt" }), &claims(&world));
    assert_eq!(world.refusal(&logout).await, Invalid("header_type"));
}

#[tokio::test]
async fn without_a_list_it_is_for_the_clients_whose_tokens_are_accepted_and_for_the_audience() {
    let world = World::start_with(|settings| settings.authorized_parties = vec!["web".to_owned()]).await;
    let verifier = LogoutVerifier::new(world.verifier.clone(), Vec::new());
    for (aud, refused) in [("web", None), ("realtime", None), ("other", Some(Invalid("audience")))] {
        assert_eq!(verifier.verify(&but(&world, &json!({ "aud": aud }))).await.err(), refused, "{aud}");
    }
}

#[tokio::test]
async fn the_tokens_of_a_login_that_was_ended_are_refused_remembered_or_not() {
    let world = World::start().await;
    let (remembered, fresh, other) = (world.claims(), world.claims(), world.token());
    let sign = |claims: &Value| world.issuer.sign(claims);
    let token = sign(&remembered);
    world.verify(&token).await.unwrap();
    world.verify(&other).await.unwrap();
    for claims in [&remembered, &fresh] {
        let session = claims["sid"].as_str().unwrap().to_owned();
        let logins = Logins::One { session, user: None };
        let revocation = Revocation { logins, at: world.clock.now() };
        let tenant = world.verify(&other).await.unwrap().tenant.clone();
        assert!(world.verifier.revocations().revoke(&tenant, &revocation));
        for _ in 0..2 {
            assert_eq!(world.refusal(&sign(claims)).await, Invalid("session_revoked"));
        }
    }
    assert_eq!(world.refusal(&token).await, Invalid("session_revoked"));
    assert!(world.verify(&other).await.is_ok());
    let alice = world.verify(&other).await.unwrap();
    let revocation = Revocation { logins: Logins::AllOf(alice.user.clone()), at: world.clock.now() };
    world.verifier.revocations().revoke(&alice.tenant, &revocation);
    assert_eq!(world.refusal(&other).await, Invalid("session_revoked"));
    world.clock.advance(clock::Duration::seconds(1));
    assert!(world.verify(&world.token()).await.is_ok(), "a login from after that is good");
}
