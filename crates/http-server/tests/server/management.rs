//! The port for operators.

use http_server::Requirement;
use serde_json::json;

use crate::fixture::Fixture;
use crate::raw::{Connection, exchange, request};

#[tokio::test]
async fn readiness_follows_its_probes() {
    let server = Fixture::start();
    let ready = async || exchange(server.management, request("GET", "/readyz", &[])).await;
    assert_eq!(ready().await.json(), json!({ "status": "ready", "checks": {} }));
    let keys = server.readiness.register("keys", Requirement::Required);
    let sfu = server.readiness.register("sfu", Requirement::Degrades);
    let answer = ready().await;
    assert_eq!((answer.status, &answer.json()["status"]), (503, &json!("unready")));
    keys.good();
    let answer = ready().await;
    assert_eq!((answer.status, &answer.json()["status"]), (200, &json!("degraded")));
    assert!(answer.json()["checks"]["keys"]["last_good"].is_string());
    assert_eq!(
        answer.json()["checks"]["sfu"],
        json!({
            "status": "failing", "last_good": null, "reason": "not checked yet",
        })
    );
    sfu.good();
    assert_eq!(ready().await.json()["status"], "ready");
}

#[tokio::test]
async fn it_says_which_program_runs_and_that_it_lives() {
    let server = Fixture::start();
    let info = exchange(server.management, request("GET", "/info", &[])).await;
    info.check_common_headers();
    assert_eq!(info.json(), json!({ "name": "test-service", "version": "1.2.3", "commit": "abc1234" }));
    assert_eq!(exchange(server.management, request("GET", "/livez", &[])).await.status, 200);
}

#[tokio::test]
async fn metrics_count_by_pattern_and_never_by_what_a_client_made_up() {
    let server = Fixture::start();
    for target in ["/rooms/a", "/rooms/b", "/made/up/1", "/made/up/2"] {
        server.get(target).await;
    }
    server.exchange(request("MADEUP", "/rooms/a", &[])).await;
    let metrics = server.metrics().await;
    for line in [
        r#"http_requests_total{route="/rooms/{room_id}",method="GET",status="200",code=""} 2"#,
        r#"http_requests_total{route="unmatched",method="GET",status="404",code="not_found"} 2"#,
        r#"http_requests_total{route="/rooms/{room_id}",method="_OTHER",status="405",code="method_not_allowed"} 1"#,
        r#"http_request_duration_seconds_count{route="/rooms/{room_id}",method="GET",status="200",code=""} 2"#,
    ] {
        assert!(metrics.lines().any(|found| found == line), "no {line} in\n{metrics}");
    }
    for name in ["process_resident_memory_bytes", "process_cpu_seconds_total", "process_open_fds"] {
        assert!(metrics.lines().any(|line| line.starts_with(name)), "no {name} in\n{metrics}");
    }
    assert!(metrics.ends_with("# EOF\n"));
}

#[tokio::test]
async fn it_refuses_in_problems_too() {
    let server = Fixture::start();
    for (bytes, status, code) in [
        (request("GET", "/nowhere", &[]), 404, "not_found"),
        (request("POST", "/livez", &[]), 405, "method_not_allowed"),
        ("nonsense\r\n\r\n".to_owned(), 400, "invalid_field"),
    ] {
        assert_eq!(exchange(server.management, &bytes).await.refusal(), (status, code.to_owned()), "{bytes}");
    }
    assert_eq!(
        exchange(server.address, request("GET", "/metrics", &[])).await.status,
        404,
        "it is not public"
    );
}

#[tokio::test]
async fn a_scraper_may_keep_its_connection_until_it_is_idle_for_too_long() {
    let server = Fixture::with(|setup| {
        setup.settings.header_timeout_ms = 1_500;
        setup.settings.keep_alive_seconds = 2;
    });
    let mut connection = Connection::open(server.management).await;
    for _ in 0..2 {
        connection.send(request("GET", "/livez", &[])).await;
        assert_eq!(connection.receive().await.status, 200);
    }
    assert!(connection.is_closed_by_server().await, "without an answer to nothing");
}
