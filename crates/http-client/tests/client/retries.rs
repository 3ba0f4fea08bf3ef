//! What failed in passing is tried again, a bounded number of times and within the total timeout.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use http_client::{Client, ClientSettings, Failure, Request};
use tokio::net::TcpListener;
use url::Url;

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

/// A way to ask something of the client.
type Ask = fn(&Client, Url) -> Request<'_>;

#[tokio::test]
async fn what_may_not_happen_twice_is_sent_once() {
    let asks: [(Ask, usize); 6] = [
        (|client, url| client.post(url).json("x"), 1),
        (|client, url| client.put(url), 1),
        (|client, url| client.delete(url), 1),
        (|client, url| client.post(url).json("x").repeatable(), 3),
        (|client, url| client.put(url).repeatable(), 3),
        (|client, url| client.delete(url).repeatable(), 3),
    ];
    for (number, (ask, sent)) in asks.into_iter().enumerate() {
        let server = Server::start(vec![Act::Close]).await;
        let outcome = ask(&client(|_| {}), server.url.clone()).send().await;
        assert!(matches!(outcome, Err(Failure::Interrupted(_))), "{number}: {outcome:?}");
        assert!(!outcome.unwrap_err().never_left());
        assert_eq!(server.requests().len(), sent, "{number}");
    }
}

#[tokio::test]
async fn what_never_left_is_tried_again_whatever_it_is() {
    let asks: [Ask; 3] = [Client::get, Client::post, |client, url| client.post(url).json("x")];
    for ask in asks {
        // A connection that TLS is refused on is none, and each try of one can be counted.
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("https://{}/", listener.local_addr().unwrap()).parse().unwrap();
        let tries = Arc::new(AtomicU32::new(0));
        let counted = Arc::clone(&tries);
        let listening = tokio::spawn(async move {
            while let Ok((connection, _)) = listener.accept().await {
                counted.fetch_add(1, Ordering::Relaxed);
                drop(connection);
            }
        });
        let outcome = ask(&client(|_| {}), url).send().await;
        listening.abort();
        assert!(matches!(outcome, Err(Failure::Connect(_))), "{outcome:?}");
        assert!(outcome.unwrap_err().never_left());
        assert_eq!(tries.load(Ordering::Relaxed), 3);
    }
}
