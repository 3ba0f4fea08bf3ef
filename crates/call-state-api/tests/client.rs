//! The client against servers that refuse, break off, hang or talk nonsense.

#![expect(clippy::unwrap_used, reason = "a test may panic, and its helpers are part of it")]

use std::slice;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use call_state_api::{CallStateClient, CallStateFailure, Relay};
use http_client::ClientSettings;
use signal_protocol::{CallId, DeviceId, ErrorCode};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use url::Url;

const GONE: &str = "HTTP/1.1 204 No Content\r\n\r\n";

/// Answers one connection after the other with these texts, the last one for ever. An empty one breaks off, and so does
/// whatever has no end.
struct Server {
    url: Url,
    asked: Arc<AtomicUsize>,
}

impl Server {
    async fn start(answers: &'static [&'static str]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = Url::parse(&format!("http://{}", listener.local_addr().unwrap())).unwrap();
        let asked = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&asked);
        tokio::spawn(async move {
            loop {
                let (mut stream, _) = listener.accept().await.unwrap();
                let mut request = [0; 4096];
                // One read is a whole request here: nothing that is sent is larger.
                let _ = stream.read(&mut request).await;
                let answer = answers[count.fetch_add(1, Ordering::SeqCst).min(answers.len() - 1)];
                let _ = stream.write_all(answer.as_bytes()).await;
            }
        });
        Self { url, asked }
    }

    fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }
}

/// An address where nobody listens.
async fn nobody() -> Url {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    Url::parse(&format!("http://{}", listener.local_addr().unwrap())).unwrap()
}

fn client(urls: &[Url]) -> CallStateClient {
    CallStateClient::new(urls, &ClientSettings { timeout_ms: 2_000, ..ClientSettings::default() }).unwrap()
}

async fn ring(client: &CallStateClient, request_id: Option<&str>) -> Result<(), CallStateFailure> {
    let relay = Relay { token: "t", device: &DeviceId::default(), request_id };
    let call = CallId::parse("0198c5a0-7c3e-7d5a-8f00-0123456789ab").unwrap();
    client.ringing(&relay, call, &signal_protocol::KeyRequest::default()).await
}

#[tokio::test]
async fn where_nobody_listens_the_next_one_is_asked() {
    let server = Server::start(&[GONE]).await;
    let client = client(&[nobody().await, server.url.clone(), nobody().await]);
    for round in 1..=3 {
        ring(&client, None).await.unwrap();
        assert_eq!(server.asked(), round);
    }
}

#[tokio::test]
async fn a_command_whose_answer_broke_off_is_sent_again_only_if_its_id_makes_that_harmless() {
    let server = Server::start(&["", GONE]).await;
    let broken = ring(&client(slice::from_ref(&server.url)), None).await;
    assert!(matches!(broken, Err(CallStateFailure::Unavailable(_))), "{broken:?}");
    assert_eq!(server.asked(), 1);

    let server = Server::start(&["", GONE]).await;
    ring(&client(slice::from_ref(&server.url)), Some("request-0001")).await.unwrap();
    assert_eq!(server.asked(), 2);

    let server = Server::start(&[""]).await;
    ring(&client(slice::from_ref(&server.url)), Some("request-0001")).await.unwrap_err();
    assert_eq!(server.asked(), 2, "once more, and no oftener");
}

#[tokio::test]
async fn one_that_hangs_costs_one_request_its_patience_and_no_more() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let hanging = Url::parse(&format!("http://{}", listener.local_addr().unwrap())).unwrap();
    let server = Server::start(&[GONE]).await;
    let bounds = ClientSettings { timeout_ms: 200, ..ClientSettings::default() };
    let client = CallStateClient::new(&[hanging, server.url.clone()], &bounds).unwrap();
    let mut failures = 0;
    for _ in 0..5 {
        failures += usize::from(ring(&client, Some("request-0001")).await.is_err());
    }
    assert!(failures <= 1, "{failures}");
}

#[tokio::test]
async fn a_problem_is_handed_on_and_nonsense_is_not_taken_for_one() {
    const PROBLEM: &str = "HTTP/1.1 503 Service Unavailable\r\nretry-after: 7\r\nconnection: close\r\n\r\n\
        {\"type\":\"urn:problem:realtime:store_unavailable\",\"title\":\"t\",\"status\":503,\"code\":\"store_unavailable\",\"trace_id\":\"0000000\"}";
    let server = Server::start(&[PROBLEM]).await;
    match ring(&client(slice::from_ref(&server.url)), None).await {
        Err(CallStateFailure::Refused { problem, retry_after }) => {
            assert_eq!((problem.code, retry_after), (ErrorCode::StoreUnavailable, Some(7)));
        }
        other => panic!("{other:?}"),
    }
    let page = Server::start(&["HTTP/1.1 502 Bad Gateway\r\ncontent-length: 6\r\n\r\n<html>"]).await;
    let answer = ring(&client(slice::from_ref(&page.url)), None).await;
    assert!(matches!(answer, Err(CallStateFailure::Malformed { status: 502 })), "{answer:?}");
    assert_eq!(page.asked(), 1, "an answer is an answer");
}

#[tokio::test]
async fn nothing_is_waited_for_longer_than_was_said() {
    let unreachable = [nobody().await, nobody().await];
    let answer = tokio::time::timeout(Duration::from_secs(20), ring(&client(&unreachable), None)).await;
    assert!(matches!(answer, Ok(Err(CallStateFailure::Unavailable(_)))), "{answer:?}");
    assert!(CallStateClient::new(&[], &ClientSettings::default()).is_err());
}
