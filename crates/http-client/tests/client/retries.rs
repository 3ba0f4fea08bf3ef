//! What failed in passing is tried again, a bounded number of times and within the total timeout.

use http_client::{Client, ClientSettings, Failure};

use crate::server::{Act, Server, answer};

fn client(change: impl FnOnce(&mut ClientSettings)) -> Client {
    let mut settings =
        ClientSettings { timeout_ms: 10_000, retries: 2, retry_pause_ms: 1, ..ClientSettings::default() };
    change(&mut settings);
    Client::new("test", &settings).unwrap()
}

#[tokio::test]
async fn what_failed_in_passing_is_tried_again() {
    let passing = [Act::Close, Act::Answer("HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhalf".to_owned())];
    for act in passing {
        let server = Server::start(vec![act.clone(), act.clone(), answer("200 OK", "yes")]).await;
        let outcome = client(|_| {}).get(server.url.clone()).send().await;
        assert_eq!(outcome.unwrap().body, "yes", "{act:?}");
        assert_eq!(server.requests().len(), 3, "{act:?}");
    }
}

#[tokio::test]
async fn the_last_outcome_counts_when_the_tries_are_used_up() {
    let server = Server::start(vec![Act::Close]).await;
    let outcome = client(|_| {}).get(server.url.clone()).send().await;
    assert!(matches!(outcome, Err(Failure::Interrupted(_))), "{outcome:?}");
    assert_eq!(server.requests().len(), 3);
    let server = Server::start(vec![Act::Close]).await;
    let outcome = client(|settings| settings.retries = 0).get(server.url.clone()).send().await;
    assert!(matches!(outcome, Err(Failure::Interrupted(_))), "{outcome:?}");
    assert_eq!(server.requests().len(), 1);
}

#[tokio::test]
async fn an_answer_is_never_asked_for_again() {
    let final_acts = [
        answer("404 Not Found", ""),
        answer("429 Too Many Requests", ""),
        answer("500 Internal Server Error", ""),
        answer("502 Bad Gateway", ""),
        answer("503 Service Unavailable", ""),
        answer("504 Gateway Timeout", ""),
        answer("200 OK", &"x".repeat(70_000)),
    ];
    for act in final_acts {
        let server = Server::start(vec![act, answer("200 OK", "yes")]).await;
        let outcome = client(|_| {}).get(server.url.clone()).send().await;
        assert!(outcome.is_err() || outcome.is_ok_and(|answer| answer.body != "yes"));
        assert_eq!(server.requests().len(), 1);
    }
}

#[tokio::test]
async fn all_tries_share_one_timeout() {
    let stall = Act::Stall(String::new());
    let server = Server::start(vec![Act::Close, stall, answer("200 OK", "yes")]).await;
    let outcome = client(|settings| settings.timeout_ms = 1_000).get(server.url.clone()).send().await;
    assert!(matches!(outcome, Err(Failure::Timeout { timeout_ms: 1_000 })), "{outcome:?}");
    assert_eq!(server.requests().len(), 2);
}
