//! What keeps the service from starting, and what it says then.

use std::time::Duration;

use testkit::{Exit, Launch};

/// How long the service may take to find out that it cannot start.
const PATIENCE: Duration = Duration::from_secs(20);

/// Settings that are in order, for a service that is alone in the world.
const SETTINGS: [(&str, &str); 4] = [
    ("CALL_STATE__SERVER__LISTEN", "127.0.0.1:0"),
    ("CALL_STATE__SERVER__MANAGEMENT_LISTEN", "127.0.0.1:0"),
    ("CALL_STATE__IDENTITY__ISSUERS", "https://login.example.com/realms/acme"),
    ("CALL_STATE__REDIS__URL", "redis://127.0.0.1:9"),
];

/// Starts the service with these variables over the good ones, and tells how it ended and what it said.
async fn ended(arguments: &[&str], variables: &[(&str, &str)]) -> (Exit, String) {
    let service = Launch::new("call-state-service", env!("CARGO_BIN_EXE_call-state-service"))
        .args(arguments)
        .envs(SETTINGS)
        .envs(variables.iter().copied())
        .spawn()
        .unwrap();
    let exit = tokio::time::timeout(PATIENCE, service.exit()).await;
    (exit.unwrap_or_else(|_| panic!("it runs: {}", service.output())), service.output())
}

#[tokio::test]
async fn it_tells_every_fault_of_its_settings_at_once() {
    let (exit, said) = ended(
        &[],
        &[
            ("CALL_STATE__REDIS__URL", "memory:"),
            ("CALL_STATE__CALLS__RING_SECONDS", "10"),
            ("CALL_STATE__CALLS__DIRECTORY", "everybody"),
            ("CALL_STATE__HOOKS__URL", "https://push.example.com/hooks"),
            ("CALL_STATE__CALLS__LEASE_SECOND", "20"),
        ],
    )
    .await;
    assert_eq!(exit, Exit::Code(2), "{said}");
    for name in ["CALLS__DIRECTORY", "CALLS__LEASE_SECOND"] {
        assert!(said.contains(&format!("CALL_STATE__{name} ")), "{name}: {said}");
    }
    let (exit, said) = ended(
        &[],
        &[
            ("CALL_STATE__REDIS__URL", "memory:"),
            ("CALL_STATE__CALLS__RING_SECONDS", "10"),
            ("CALL_STATE__SERVER__HANDLER_TIMEOUT_MS", "500"),
            ("CALL_STATE__HOOKS__URL", "https://push.example.com/hooks"),
        ],
    )
    .await;
    assert_eq!(exit, Exit::Code(2), "{said}");
    for name in ["REDIS__URL", "CALLS__RING_SECONDS", "SERVER__HANDLER_TIMEOUT_MS", "HOOKS__SECRET"] {
        assert!(said.contains(&format!("CALL_STATE__{name} ")), "{name}: {said}");
    }
}

#[tokio::test]
async fn it_listens_beside_realtime_service_unless_told_otherwise() {
    let (exit, said) = ended(&["--print-config"], &[]).await;
    assert_eq!(exit, Exit::Code(0), "{said}");
    assert!(said.contains("127.0.0.1:0") && said.contains("ring_seconds"), "{said}");
}
