//! LiveKit servers start, stop and share nothing.

use std::time::Duration;

use testkit::{LiveKit, eventually};
use tokio::net::TcpStream;

async fn accepts_connections(livekit: &LiveKit) -> bool {
    TcpStream::connect(livekit.url.trim_start_matches("http://")).await.is_ok()
}

#[tokio::test]
async fn a_server_stops_and_starts_again_at_the_same_address() {
    let mut livekit = LiveKit::start().await.unwrap();
    let (url, secret) = (livekit.url.clone(), livekit.api_secret.clone());
    assert!(secret.len() >= 32);
    assert!(accepts_connections(&livekit).await);

    livekit.stop().await;
    assert!(!accepts_connections(&livekit).await);
    assert!(livekit.process().is_none());

    livekit.start_again().await.unwrap();
    assert!(accepts_connections(&livekit).await);
    assert_eq!((&livekit.url, &livekit.api_secret), (&url, &secret));
}

#[tokio::test]
async fn a_dropped_server_is_gone() {
    let livekit = LiveKit::start().await.unwrap();
    let address = livekit.url.trim_start_matches("http://").to_owned();
    drop(livekit);
    let refused = async || TcpStream::connect(&address).await.is_err();
    eventually("connections are refused", Duration::from_secs(10), refused).await;
}

#[tokio::test]
async fn servers_share_nothing() {
    let (one, other) = tokio::join!(LiveKit::start(), LiveKit::start());
    let (one, other) = (one.unwrap(), other.unwrap());
    assert_ne!(one.url, other.url);
    assert_ne!(one.api_key, other.api_key);
    assert_ne!(one.api_secret, other.api_secret);
}

#[tokio::test]
async fn the_development_server_has_the_keys_that_every_tool_knows() {
    let livekit = LiveKit::development(None).await.unwrap();
    assert_eq!((livekit.api_key.as_str(), livekit.api_secret.as_str()), ("devkey", "secret"));
    assert!(accepts_connections(&livekit).await);
}

#[tokio::test]
async fn a_server_with_a_webhook_starts_before_its_receiver() {
    let receiver = format!("http://127.0.0.1:{}/", testkit::ports::free().unwrap());
    let livekit = LiveKit::with_webhook(&receiver).await.unwrap();
    assert!(accepts_connections(&livekit).await);
}
