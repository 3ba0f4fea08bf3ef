//! Who is calling, and how often somebody may be wrong about it.

use std::num::NonZeroU32;
use std::time::Duration;

use clock::Clock;
use identity::{IdentitySettings, Verifier};
use serde_json::{Value, json};
use settings::Environment;
use testkit::{Issuer, IssuerMode};

use crate::fixture::Fixture;
use crate::raw::{Answer, Connection, request};

/// A server, and the issuer of the tokens that it believes.
pub(crate) struct Realm {
    issuer: Issuer,
    pub(crate) server: Fixture,
}

impl Realm {
    pub(crate) async fn with_failures_per_minute(failures: u32, proxies: &[&str]) -> Self {
        let issuer = Issuer::start().await.expect("an issuer");
        let settings = IdentitySettings {
            issuers: vec![serde_json::from_value(json!(issuer.url())).expect("an issuer's URL")],
            // Longer than an issuer that is slow, on a machine that is slow too.
            jwks_wait_ms: 10_000,
            ..IdentitySettings::default()
        };
        let verifier =
            Verifier::start(&settings, Environment::Development, Clock::system()).expect("a verifier");
        verifier.ready().await;
        let server = Fixture::with(|setup| {
            setup.verifier = Some(verifier);
            setup.limits.failed_authentications_per_minute = NonZeroU32::new(failures).expect("some");
            setup.settings.trusted_proxies =
                proxies.iter().map(|network| network.parse().expect("a network")).collect();
        });
        Self { issuer, server }
    }

    fn claims(&self, expires_in: i64) -> Value {
        let now = Clock::system().now().timestamp();
        json!({
            "iss": self.issuer.url(), "aud": "realtime", "sub": "alice", "typ": "Bearer", "azp": "web",
            "iat": now - 100, "exp": now + expires_in,
        })
    }

    pub(crate) fn token(&self) -> String {
        self.issuer.sign(&self.claims(300))
    }

    async fn ask(&self, headers: &[(&str, &str)]) -> Answer {
        self.server.exchange(request("GET", "/who", headers)).await
    }
}

#[tokio::test]
async fn a_good_token_names_the_caller_and_any_other_is_refused_with_a_challenge() {
    let realm = Realm::with_failures_per_minute(1_000, &[]).await;
    let good = format!("Bearer {}", realm.token());
    let answer = realm.ask(&[("Authorization", &good)]).await;
    answer.check_common_headers();
    assert_eq!(answer.json()["user"], "alice");

    let expired = format!("Bearer {}", realm.issuer.sign(&realm.claims(-60)));
    let long = format!("Bearer {}", "x".repeat(9 * 1024));
    let authorization = |value| vec![("Authorization", value)];
    for (what, headers, code, challenge) in [
        ("none", vec![], "token_missing", r#"Bearer realm="realtime""#),
        ("another scheme", authorization("Basic YTpi"), "token_missing", r#"Bearer realm="realtime""#),
        (
            "nonsense",
            authorization("Bearer nonsense"),
            "token_invalid",
            r#"Bearer realm="realtime", error="invalid_token""#,
        ),
        (
            "too long",
            authorization(&long),
            "token_invalid",
            r#"Bearer realm="realtime", error="invalid_token""#,
        ),
        (
            "two headers",
            vec![("Authorization", good.as_str()), ("authorization", good.as_str())],
            "token_invalid",
            r#"Bearer realm="realtime", error="invalid_token""#,
        ),
        (
            "expired",
            authorization(&expired),
            "token_expired",
            r#"Bearer realm="realtime", error="invalid_token", error_description="The access token expired""#,
        ),
    ] {
        let answer = realm.ask(&headers).await;
        assert_eq!(answer.refusal(), (401, code.to_owned()), "{what}");
        assert_eq!(answer.header("www-authenticate"), Some(challenge), "{what}");
    }
}

#[tokio::test]
async fn beyond_the_limit_a_bad_token_gets_429_and_a_good_one_passes() {
    let realm = Realm::with_failures_per_minute(3, &["127.0.0.1"]).await;
    let good = format!("Bearer {}", realm.token());
    let from = |address, token| [("X-Forwarded-For", address), ("Authorization", token)];
    for _ in 0..3 {
        assert_eq!(realm.ask(&from("198.51.100.7", "Bearer bad")).await.status, 401);
    }
    let refused = realm.ask(&from("198.51.100.7", "Bearer bad")).await;
    assert_eq!(refused.refusal(), (429, "rate_limited".to_owned()));
    let seconds: u32 = refused.header("retry-after").and_then(|value| value.parse().ok()).expect("seconds");
    assert!((1..=20).contains(&seconds), "{seconds}");

    assert_eq!(realm.ask(&from("198.51.100.7", &good)).await.status, 200, "a good one passes");
    assert_eq!(
        realm.ask(&from("198.51.100.8", "Bearer bad")).await.status,
        401,
        "another address has its own"
    );
    let none = realm.ask(&[("X-Forwarded-For", "198.51.100.7")]).await;
    assert_eq!(none.status, 401, "no token is no wrong one");
}

#[tokio::test]
async fn an_expired_token_is_no_guess_and_always_hears_that_it_expired() {
    let realm = Realm::with_failures_per_minute(1, &[]).await;
    let expired = format!("Bearer {}", realm.issuer.sign(&realm.claims(-60)));
    let check = async |authorization: &str, status, code: &str| {
        let refusal = realm.ask(&[("Authorization", authorization)]).await.refusal();
        assert_eq!(refusal, (status, code.to_owned()));
    };
    for _ in 0..3 {
        check(&expired, 401, "token_expired").await;
    }
    check("Bearer bad", 401, "token_invalid").await;
    check("Bearer bad", 429, "rate_limited").await;
    check(&expired, 401, "token_expired").await;
}

#[tokio::test]
async fn without_keys_nothing_can_be_said_about_a_token() {
    let issuer = Issuer::start().await.expect("an issuer");
    issuer.down().await;
    let settings = IdentitySettings {
        issuers: vec![serde_json::from_value(json!(issuer.url())).expect("an issuer's URL")],
        ..IdentitySettings::default()
    };
    let verifier = Verifier::start(&settings, Environment::Development, Clock::system()).expect("a verifier");
    let server = Fixture::with(|setup| setup.verifier = Some(verifier));
    let now = Clock::system().now().timestamp();
    let token = issuer.sign(&json!({
        "iss": issuer.url(), "aud": "realtime", "sub": "alice", "typ": "Bearer", "iat": now, "exp": now + 300,
    }));
    let authorization = format!("Bearer {token}");
    let answer = server.exchange(request("GET", "/who", &[("Authorization", &authorization)])).await;
    assert_eq!(answer.refusal(), (503, "identity_unavailable".to_owned()));
    assert!(answer.header("retry-after").is_some());
}

/// A key that is not known yet makes the proof wait, which is when anything else could be looked at first.
#[tokio::test]
async fn nothing_of_a_strangers_request_is_judged_before_the_stranger_is() {
    let realm = Realm::with_failures_per_minute(1_000, &[]).await;
    realm.issuer.rotate();
    realm.issuer.keys_behave(IssuerMode::Slow(Duration::from_millis(300)));
    let mut claims = realm.claims(300);
    claims["aud"] = json!("another");
    let authorization = format!("Bearer {}", realm.issuer.sign(&claims));
    let headers = [
        ("Authorization", authorization.as_str()),
        ("Content-Type", "application/json"),
        ("Content-Length", "20"),
    ];
    let mut connection = Connection::open(realm.server.address).await;
    // The path is wrong, and the body does not come: neither is what the answer is about.
    connection.send(request("POST", "/private/%00", &headers)).await;
    assert_eq!(connection.receive().await.refusal(), (401, "token_invalid".to_owned()));
}

#[tokio::test]
async fn the_body_of_a_caller_who_had_to_wait_for_the_proof_is_still_whole() {
    let realm = Realm::with_failures_per_minute(1_000, &[]).await;
    realm.issuer.rotate();
    realm.issuer.keys_behave(IssuerMode::Slow(Duration::from_millis(300)));
    let authorization = format!("Bearer {}", realm.token());
    let headers = |length| {
        [
            ("Authorization", authorization.as_str()),
            ("Content-Type", "application/json"),
            ("Content-Length", length),
        ]
    };
    let good = request("POST", "/private/standup", &headers("16")) + r#"{"name":"Daily"}"#;
    let answer = realm.server.exchange(good).await.json();
    assert_eq!(answer, json!({ "user": "alice", "room_id": "standup", "name": "Daily" }));
    let bad = request("POST", "/private/%00", &headers("2")) + "{}";
    let refused = realm.server.exchange(bad).await;
    assert_eq!((refused.status, refused.field().as_str()), (400, "room_id"));
}
