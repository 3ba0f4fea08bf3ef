//! What keeps the service from starting, and what it says then.

use std::time::Duration;

use testkit::{Exit, Launch};

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

/// Starts the service with these variables over the good ones, and tells how it ended and what it said.
async fn ended(variables: &[(&str, &str)]) -> (Exit, String) {
    let service = Launch::new("realtime-service", env!("CARGO_BIN_EXE_realtime-service"))
        .envs(SETTINGS)
        .envs(variables.iter().copied())
        .spawn()
        .unwrap();
    let exit = tokio::time::timeout(BOUND, service.exit()).await;
    (exit.unwrap_or_else(|_| panic!("it runs: {}", service.output())), service.output())
}

#[tokio::test]
async fn it_does_not_send_its_tokens_through_a_proxy() {
    let proxy = ("HTTP_PROXY", "http://127.0.0.1:9");
    let (exit, said) = ended(&[proxy]).await;
    assert_eq!(exit, Exit::Code(1), "{said}");
    assert!(said.contains("HTTP_PROXY is set") && said.contains("NO_PROXY=*"), "{said}");
}

#[tokio::test]
async fn it_tells_every_fault_of_its_settings_at_once_and_no_value_of_a_secret() {
    let (exit, said) = ended(&[
        ("REALTIME__LIVEKIT__API_SECRET", "tooshort-canary"),
        ("REALTIME__LIVEKIT__TOKEN_TTL_SECONDS", "10"),
        ("REALTIME__LIVEKIT__TOKEN_TLL_SECONDS", "60"),
        ("REALTIME__IDENTITY__ISSUERS", "http://login.example.com/realms/acme"),
    ])
    .await;
    assert_eq!(exit, Exit::Code(2), "{said}");
    for name in ["API_SECRET", "TOKEN_TTL_SECONDS", "TOKEN_TLL_SECONDS"] {
        assert!(said.contains(&format!("REALTIME__LIVEKIT__{name} ")), "{name}: {said}");
    }
    assert!(said.contains("did you mean") && !said.contains("canary"), "{said}");
}

#[tokio::test]
async fn it_does_not_start_where_slow_dependencies_would_look_like_a_fault_of_its_own() {
    let (exit, said) = ended(&[("REALTIME__SERVER__HANDLER_TIMEOUT_MS", "500")]).await;
    assert_eq!(exit, Exit::Code(2), "{said}");
    assert!(said.contains("REALTIME__SERVER__HANDLER_TIMEOUT_MS"), "{said}");
}

#[tokio::test]
async fn a_port_that_is_taken_is_named_with_its_setting() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let (exit, said) = ended(&[("REALTIME__SERVER__LISTEN", &address)]).await;
    assert_eq!(exit, Exit::Code(1), "{said}");
    assert!(said.contains(&address) && said.contains("listen"), "{said}");
}
