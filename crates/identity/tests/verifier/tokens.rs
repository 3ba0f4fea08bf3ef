//! What a token must look like, sentence by sentence, with real signatures.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use identity::TokenRefused::{self, Expired, Invalid, Missing};
use identity::{Algorithm, MAX_TOKEN_BYTES, development_issuer::SigningKey};
use serde_json::{Value, json};

use crate::world::World;

#[tokio::test]
async fn a_token_in_order_tells_who_is_calling() {
    let world = World::start().await;
    let token = world.token();
    let caller = world.verify(&token).await.unwrap();
    assert_eq!(caller.user.as_str(), "6f1c1b5e-alice");
    assert_eq!(caller.tenant.as_str(), "realtime");
    assert_eq!(caller.name.as_deref(), Some("Alice A."));
    assert!(caller.session.is_some());
    assert!(caller.administrator);
    assert_eq!(caller.expires_at, world.clock.now() + clock::Duration::seconds(300));
    assert_eq!(caller.token(), token);
    assert_eq!(caller.claim("groups"), Some(json!(["/rooms/standup/moderator"])));
}

#[tokio::test]
async fn text_that_is_no_token_is_refused() {
    let world = World::start().await;
    let token = world.token();
    let [header, payload, signature] = token.split('.').collect::<Vec<_>>()[..] else {
        panic!("three parts")
    };
    let not_json = URL_SAFE_NO_PAD.encode("{\"iss\": ");
    let list = URL_SAFE_NO_PAD.encode("[1]");
    let broken_utf8 = URL_SAFE_NO_PAD.encode(b"{\"iss\": \"\xff\"}");
    let deep = URL_SAFE_NO_PAD.encode(format!("{{\"x\": {}1{}}}", "[".repeat(2_000), "]".repeat(2_000)));
    let texts = [
        "x".to_owned(),
        ".".to_owned(),
        "..".to_owned(),
        "...".to_owned(),
        "é.ü.ß".to_owned(),
        format!("{header}.{payload}"),
        format!("{token}."),
        format!(".{token}"),
        format!("{token}.{signature}"),
        format!("{header}=.{payload}.{signature}"),
        format!(" {token}"),
        format!("{token}\n").replace(header, &format!("{header}\r\n")),
        format!("{header}.{not_json}.{signature}"),
        format!("{header}.{list}.{signature}"),
        format!("{header}.{broken_utf8}.{signature}"),
        format!("{header}.{deep}.{signature}"),
        format!("{not_json}.{payload}.{signature}"),
        format!("{list}.{payload}.{signature}"),
    ];
    for text in texts {
        assert_eq!(world.refusal(&text).await, Invalid("malformed"), "{text:?}");
    }
    assert_eq!(world.refusal("").await, Missing);
    for text in [format!("{header}.{payload}."), format!("{token}\n"), format!("{token}=")] {
        assert_eq!(world.refusal(&text).await, Invalid("signature"), "{text:?}");
    }
}

#[tokio::test]
async fn a_token_of_more_than_8_kib_is_refused_and_one_of_8_kib_is_not() {
    let world = World::start().await;
    let padded = |length: usize| {
        let mut claims = world.claims();
        claims["padding"] = json!("p".repeat(length));
        world.issuer.sign(&claims)
    };
    let short =
        (1..1_000).map(|less| padded(5_600 - less)).find(|token| token.len() <= MAX_TOKEN_BYTES).unwrap();
    assert!(short.len() > MAX_TOKEN_BYTES - 4, "{}", short.len());
    assert!(world.verify(&short).await.is_ok());
    let long =
        (0..1_000).map(|more| padded(5_000 + more)).find(|token| token.len() > MAX_TOKEN_BYTES).unwrap();
    assert_eq!(world.refusal(&long).await, Invalid("too_long"));
    // Not even looked at: what would be malformed is too long.
    assert_eq!(world.refusal(&"\0".repeat(MAX_TOKEN_BYTES + 1)).await, Invalid("too_long"));
}

#[tokio::test]
async fn the_header_must_say_nothing_that_we_do_not_understand() {
    let world = World::start().await;
    let rows: [(Value, Result<(), TokenRefused>); 24] = [
        (json!({ "typ": "JWT" }), Ok(())),
        (json!({ "typ": "jwt" }), Ok(())),
        (json!({ "typ": "at+jwt" }), Ok(())),
        (json!({ "typ": "AT+JWT" }), Ok(())),
        (json!({ "typ": null }), Ok(())),
        (json!({ "typ": "logout+jwt" }), Err(Invalid("header_type"))),
        (json!({ "typ": "application/at+jwt" }), Err(Invalid("header_type"))),
        (json!({ "typ": "" }), Err(Invalid("header_type"))),
        (json!({ "typ": ["JWT"] }), Err(Invalid("header_type"))),
        (json!({ "crit": [] }), Err(Invalid("critical_header"))),
        (json!({ "crit": ["exp"], "exp": 1 }), Err(Invalid("critical_header"))),
        (json!({ "alg": null }), Err(Invalid("algorithm"))),
        (json!({ "alg": "none" }), Err(Invalid("algorithm"))),
        (json!({ "alg": "HS256" }), Err(Invalid("algorithm"))),
        (json!({ "alg": "rs256" }), Err(Invalid("algorithm"))),
        (json!({ "alg": ["RS256"] }), Err(Invalid("algorithm"))),
        // One of ours, but not the key's.
        (json!({ "alg": "PS256" }), Err(Invalid("algorithm"))),
        (json!({ "alg": "ES256" }), Err(Invalid("algorithm"))),
        (json!({ "kid": null }), Err(Invalid("key_id"))),
        (json!({ "kid": "" }), Err(Invalid("key_id"))),
        (json!({ "kid": 7 }), Err(Invalid("key_id"))),
        (json!({ "kid": "another" }), Err(Invalid("unknown_key"))),
        // Never looked at.
        (
            json!({ "jku": "http://127.0.0.1:1/keys", "x5u": "http://127.0.0.1:1/chain", "jwk": { "kty": "oct" } }),
            Ok(()),
        ),
        (json!({ "x5c": ["AAAA"], "cty": "anything", "b64": true }), Ok(())),
    ];
    for (header, expected) in rows {
        let token = world.issuer.issuer().sign_with(&header, &world.claims());
        assert_eq!(world.verify(&token).await.map(|_| ()), expected, "{header}");
    }
}

#[tokio::test]
async fn a_key_in_the_header_is_no_key() {
    let world = World::start().await;
    let attacker = SigningKey::generate(Algorithm::Rs256).named(world.issuer.issuer().signing_key().kid());
    let token = attacker.sign(&json!({ "jwk": attacker.jwk() }), &world.claims());
    assert_eq!(world.refusal(&token).await, Invalid("signature"));
}

#[tokio::test]
async fn a_name_that_occurs_twice_is_refused_in_header_and_payload() {
    let world = World::start().await;
    let kid = world.issuer.issuer().signing_key().kid().to_owned();
    let header = format!(r#""alg":"RS256","kid":"{kid}""#);
    let claims = world.claims().to_string();
    let claims = claims.strip_prefix('{').unwrap();
    let rows = [
        (format!("{{{header}}}"), format!("{{{claims}"), None),
        (format!("{{{header},\"alg\":\"RS256\"}}"), format!("{{{claims}"), Some("duplicate_claim")),
        (format!("{{{header},\"x\":1,\"x\":1}}"), format!("{{{claims}"), Some("duplicate_claim")),
        (format!("{{{header}}}"), format!("{{\"sub\":\"mallory\",{claims}"), Some("duplicate_claim")),
        (format!("{{{header}}}"), format!("{{\"s\\u0075b\":\"mallory\",{claims}"), Some("duplicate_claim")),
        (format!("{{{header}}}"), format!("{{\"x\":null,\"x\":null,{claims}"), Some("duplicate_claim")),
    ];
    for (header, payload, refusal) in rows {
        let token = world.issuer.issuer().signing_key().sign_text(&header, &payload);
        let refused = world.verify(&token).await.err();
        assert_eq!(refused, refusal.map(Invalid), "{header} {payload}");
    }
}

#[tokio::test]
async fn the_issuer_is_found_by_its_exact_text() {
    let world = World::start().await;
    let url = world.issuer.url();
    let others = [
        json!(format!("{url}/")),
        json!(url.replace("http://", "HTTP://")),
        json!("https://id.example.org/realms/realtime"),
        json!([url]),
        json!({ "url": url }),
        json!(7),
        json!(null),
    ];
    for issuer in others {
        let mut claims = world.claims();
        claims["iss"] = issuer;
        assert_eq!(world.refusal(&world.issuer.sign(&claims)).await, Invalid("issuer"), "{}", claims["iss"]);
    }
}

#[tokio::test]
async fn only_the_whole_signature_of_the_key_counts() {
    let world = World::start().await;
    let token = world.token();
    let (message, signature) = token.rsplit_once('.').unwrap();
    let other = world.token();
    let (_, of_other) = other.rsplit_once('.').unwrap();
    for signature in ["", "AAAA", &signature[4..], &signature[..338], of_other, &format!("{signature}AAAA")] {
        let forged = format!("{message}.{signature}");
        assert_eq!(world.refusal(&forged).await, Invalid("signature"), "{signature}");
    }
}

#[tokio::test]
async fn a_token_that_was_in_order_is_refused_as_expired() {
    let world = World::start().await;
    let (remembered, fresh) = (world.token(), world.token());
    world.verify(&remembered).await.unwrap();
    world.clock.advance(clock::Duration::seconds(304));
    assert!(world.verify(&remembered).await.is_ok(), "within the leeway");
    world.clock.advance(clock::Duration::seconds(1));
    assert_eq!(world.refusal(&remembered).await, Expired);
    assert_eq!(world.refusal(&fresh).await, Expired);
    // Forged and expired is forged: nobody learns from us whether a guess was close.
    let forged = format!("{}AAAA", &fresh[..fresh.len() - 4]);
    assert_eq!(world.refusal(&forged).await, Invalid("signature"));
}
