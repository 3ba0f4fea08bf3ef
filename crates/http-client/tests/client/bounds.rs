//! However the other side behaves, a request ends in time and takes no more memory than it may.

use std::error::Error;
use std::time::Duration;

use http_client::{Client, ClientSettings, Failure, Response};
use tokio::net::TcpSocket;

use crate::server::{Act, Server, answer, text};

/// A bound for the tests themselves: far above the client's, so that only a client without one reaches it.
const BOUND: Duration = Duration::from_secs(20);

fn client(timeout_ms: u32) -> Client {
    let settings =
        ClientSettings { timeout_ms, body_limit_bytes: 1_000, retries: 0, ..ClientSettings::default() };
    Client::new("test", &settings).unwrap()
}

async fn ask(act: Act) -> Result<Response, Failure> {
    ask_within(10_000, act).await
}

async fn ask_within(timeout_ms: u32, act: Act) -> Result<Response, Failure> {
    let server = Server::start(vec![act]).await;
    let url = server.url.join("path?query=canary").unwrap();
    tokio::time::timeout(BOUND, client(timeout_ms).get(url).send()).await.expect("the request ends in time")
}

#[tokio::test]
async fn a_server_that_stalls_is_given_up() {
    let stalls = ["", "HTTP/1.1 200 OK\r\n", "HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhalf"];
    for stall in stalls {
        let outcome = ask_within(200, Act::Stall(stall.to_owned())).await;
        assert!(matches!(outcome, Err(Failure::Timeout { timeout_ms: 200 })), "{stall:?}: {outcome:?}");
    }
}

#[tokio::test]
async fn a_body_is_read_up_to_its_limit_and_not_beyond() {
    let whole = ask(answer("200 OK", &"x".repeat(1_000))).await;
    assert_eq!(whole.unwrap().body.len(), 1_000);
    let chunked = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n".to_owned();
    let too_large = [
        answer("200 OK", &"x".repeat(1_001)),
        // The announced length alone is enough, and an endless body shows that nothing more is read.
        Act::Stall("HTTP/1.1 200 OK\r\ncontent-length: 999999999999\r\n\r\n".to_owned()),
        Act::Endless(chunked),
    ];
    for act in too_large {
        let outcome = ask(act.clone()).await;
        assert!(matches!(outcome, Err(Failure::TooLarge { limit_bytes: 1_000 })), "{act:?}: {outcome:?}");
    }
}

#[tokio::test]
async fn an_answer_that_breaks_off_is_no_answer() {
    let broken = [
        Act::Close,
        Act::Answer("HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhalf".to_owned()),
        Act::Answer("SSH-2.0-OpenSSH\r\n\r\n".to_owned()),
        Act::Answer(text("200 OK", "transfer-encoding: chunked\r\n", "zz\r\n")),
    ];
    for act in broken {
        let outcome = ask(act.clone()).await;
        assert!(matches!(outcome, Err(Failure::Interrupted(_))), "{act:?}: {outcome:?}");
    }
}

#[tokio::test]
async fn nobody_at_the_address_is_told_apart() {
    // Bound, so that nobody else has it, and not listening.
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let url = format!("http://{}/", socket.local_addr().unwrap()).parse().unwrap();
    let outcome = client(10_000).get(url).send().await;
    assert!(matches!(outcome, Err(Failure::Connect(_))), "{outcome:?}");
}

#[tokio::test]
async fn a_failure_never_tells_the_url() {
    for act in [Act::Close, Act::Stall(String::new()), answer("200 OK", &"x".repeat(2_000))] {
        let failure = ask_within(200, act).await.unwrap_err();
        let mut told = format!("{failure:?}");
        let mut cause: Option<&dyn Error> = Some(&failure);
        while let Some(error) = cause {
            told.push_str(&error.to_string());
            cause = error.source();
        }
        assert!(!told.contains("canary") && !told.contains("path"), "{told}");
    }
}
