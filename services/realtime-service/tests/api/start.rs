//! What keeps the service from starting, and what it says then.

use std::time::Duration;

use testkit::{Exit, Launch, eventually};

/// How long the service may take to find out that it cannot start.
const BOUND: Duration = Duration::from_secs(20);

/// Settings that are in order, for a service that is alone in the world.
const SETTINGS: [(&str, &str); 7] = [
    ("REALTIME__SERVER__LISTEN", "127.0.0.1:0"),
    ("REALTIME__SERVER__MANAGEMENT_LISTEN", "127.0.0.1:0"),
    ("REALTIME__IDENTITY__ISSUERS", "https://login.example.com/realms/acme"),
    ("REALTIME__LIVEKIT__URL", "http://127.0.0.1:9"),
    ("REALTIME__LIVEKIT__PUBLIC_URL", "wss://livekit.example.com"),
    ("REALTIME__LIVEKIT__API_KEY", "APIabcdef123"),
    ("REALTIME__LIVEKIT__API_SECRET", "b7Qz0vY4mK1sT9xW3eR6uP2aD8fG5hJc"),
];

/// Starts the service with these variables over the good ones, which must end with `code` and say all of `texts`. What it
/// said.
async fn ends(variables: &[(&str, &str)], code: i32, texts: &[&str]) -> String {
    let service = Launch::new("realtime-service", env!("CARGO_BIN_EXE_realtime-service"))
        .envs(SETTINGS)
        .envs(variables.iter().copied())
        .spawn()
        .unwrap();
    let exit = tokio::time::timeout(BOUND, service.exit()).await;
    let exit = exit.unwrap_or_else(|_| panic!("it runs: {}", service.output()));
    assert_eq!(exit, Exit::Code(code), "{}", service.output());
    // Its last words may be read a moment after its end.
    eventually("it says why", BOUND, async || {
        let said = service.output();
        match texts.iter().find(|text| !said.contains(**text)) {
            Some(missing) => Err(format!("{missing:?} is not in {said}")),
            None => Ok(said),
        }
    })
    .await
}

#[tokio::test]
async fn it_tells_every_fault_of_its_settings_at_once_and_no_value_of_a_secret() {
    let said = ends(
        &[
            ("REALTIME__LIVEKIT__API_SECRET", "tooshort-canary"),
            ("REALTIME__LIVEKIT__TOKEN_TTL_SECONDS", "10"),
            ("REALTIME__LIVEKIT__TOKEN_TLL_SECONDS", "60"),
            ("REALTIME__IDENTITY__ISSUERS", "http://login.example.com/realms/acme"),
        ],
        2,
        &[
            "REALTIME__LIVEKIT__API_SECRET ",
            "REALTIME__LIVEKIT__TOKEN_TTL_SECONDS ",
            "REALTIME__LIVEKIT__TOKEN_TLL_SECONDS ",
            "did you mean",
        ],
    )
    .await;
    assert!(!said.contains("canary"), "{said}");
}

#[tokio::test]
async fn it_does_not_start_where_slow_dependencies_would_look_like_a_fault_of_its_own() {
    let timeout = "REALTIME__SERVER__HANDLER_TIMEOUT_MS";
    ends(&[(timeout, "500")], 2, &[timeout]).await;
    let calls = ("REALTIME__CALL_STATE__URL", "http://call-state:8082");
    let slow = ("REALTIME__CALL_STATE__TIMEOUT_MS", "1900");
    ends(&[calls, slow], 2, &[timeout, "CALL_STATE__TIMEOUT_MS and LIVEKIT__REQUEST_TIMEOUT_MS"]).await;
}

#[tokio::test]
async fn it_does_not_start_with_half_of_what_calls_need() {
    let call_state = ("REALTIME__CALL_STATE__URL", "http://call-state:8082");
    let redis = ("REALTIME__REDIS__URL", "redis://redis:6379");
    ends(&[call_state], 2, &["REALTIME__REDIS__URL", "REALTIME__IDENTITY__SERVICE_ACCOUNT__CLIENT_ID"]).await;
    ends(&[call_state, redis], 2, &["REALTIME__IDENTITY__SERVICE_ACCOUNT__CLIENT_ID"]).await;
    ends(&[call_state, ("REALTIME__REDIS__URL", "memory:")], 2, &["REALTIME__REDIS__URL"]).await;
    let odd = ("REALTIME__CALL_STATE__URL", "http://key:word@call-state,ftp://x");
    ends(&[odd, redis], 2, &["holds a user name", "is no http or https address"]).await;
}

#[tokio::test]
async fn it_does_not_start_with_rooms_to_keep_and_nowhere_to_keep_them() {
    let sources = ("REALTIME__MEMBERSHIP__SOURCES", "token_claims,registry");
    ends(&[sources], 2, &["REALTIME__REDIS__URL", "MEMBERSHIP__SOURCES"]).await;
}

#[tokio::test]
async fn a_port_that_is_taken_is_named_with_its_setting() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    ends(&[("REALTIME__SERVER__LISTEN", &address)], 1, &[&address, "listen"]).await;
}
