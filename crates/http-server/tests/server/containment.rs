//! What a handler does wrong stays with its own request.

use crate::fixture::Fixture;
use crate::raw::Connection;
use crate::raw::request;

#[tokio::test]
async fn a_panic_is_answered_counted_and_survived_on_the_same_connection() {
    let server = Fixture::start();
    let mut connection = Connection::open(server.address).await;
    for _ in 0..2 {
        connection.send(request("GET", "/panic", &[])).await;
        let answer = connection.receive().await;
        assert_eq!(answer.refusal(), (500, "internal".to_owned()));
        assert!(!String::from_utf8_lossy(&answer.body).contains("SECRET"), "{answer:?}");
    }
    connection.send(request("GET", "/rooms/standup", &[])).await;
    assert_eq!(connection.receive().await.status, 200);
    let metrics = server.metrics().await;
    assert!(metrics.contains("\npanics_total 2\n"), "{metrics}");
    let counted = r#"http_requests_total{route="/panic",method="GET",status="500",code="internal"} 2"#;
    assert!(metrics.contains(counted), "{metrics}");
}

#[tokio::test]
async fn a_handler_without_end_is_ended_and_one_that_may_take_its_time_is_not() {
    let server = Fixture::with(|setup| setup.settings.handler_timeout_ms = 100);
    assert_eq!(server.get("/never").await.refusal(), (500, "internal".to_owned()));
    assert_eq!(server.get("/later").await.status, 200);
    assert!(server.metrics().await.contains("\nhttp_handlers_overdue_total 1\n"));
}

#[tokio::test]
async fn a_handler_whose_time_is_over_says_what_it_waited_for_last() {
    let server = Fixture::with(|setup| setup.settings.handler_timeout_ms = 200);
    assert_eq!(server.get("/waits").await.refusal(), (504, "sfu_timeout".to_owned()));
    assert_eq!(server.get("/never").await.refusal(), (500, "internal".to_owned()), "and no other says so");
    assert!(server.metrics().await.contains("\nhttp_handlers_overdue_total 1\n"), "it is no fault of ours");
}

#[tokio::test]
async fn a_refusal_tells_the_client_its_problem_and_nothing_of_its_cause() {
    let server = Fixture::start();
    let answer = server.get("/broken").await;
    assert_eq!(answer.refusal(), (503, "sfu_unavailable".to_owned()));
    assert_eq!(answer.header("retry-after"), Some("3"));
    assert_eq!(answer.json()["hint"], "x");
    assert!(!String::from_utf8_lossy(&answer.body).contains("SECRET"), "{answer:?}");
}

#[tokio::test]
async fn an_error_that_is_no_problem_says_no_more_than_internal() {
    let server = Fixture::start();
    let answer = server.get("/foreign").await;
    assert_eq!(answer.refusal(), (500, "internal".to_owned()));
    assert!(!String::from_utf8_lossy(&answer.body).contains("SECRET"), "{answer:?}");
}
