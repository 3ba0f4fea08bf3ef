//! ICE servers: who is told of them, and that a real coturn takes the credentials for what they are.

use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, Utc};
use clock::Clock;
use serde_json::{Value, json};
use testkit::{Coturn, Family, TurnClient, TurnError, binding};

use crate::device::{Device, invite};
use crate::world::World;

/// A world whose TURN server is `coturn`, and whose secrets are these.
async fn world(coturn: &Coturn, secrets: &str) -> World {
    let (urls, stun) = ([&coturn.urls()[..], &[coturn.tls_url()]].concat().join(","), coturn.stun_url());
    let settings = [("STUN__URLS", &*stun), ("TURN__URLS", &*urls), ("TURN__SECRETS", secrets)];
    World::with_calls(&settings, &[]).await
}

/// What becomes of an allocation with what a client was told.
async fn allocate(coturn: &Coturn, server: &Value) -> Result<(), u16> {
    let (username, credential) =
        (server["username"].as_str().unwrap(), server["credential"].as_str().unwrap());
    for url in server["urls"].as_array().unwrap() {
        let (url, authority) = (url.as_str().unwrap(), coturn.authority_file());
        match TurnClient::allocate(url, username, credential, Family::V4, Some(&authority)).await {
            Ok(_) => {}
            Err(TurnError::Refused(code)) => return Err(code),
            Err(TurnError::Failed(failure)) => panic!("{failure:?}"),
        }
    }
    Ok(())
}

#[tokio::test]
async fn the_parties_of_a_call_are_told_servers_that_work() {
    let coturn = Coturn::start().await.unwrap();
    let world = world(&coturn, &coturn.secrets()[0]).await;
    let (ann, bob) = (Device::of(&world, "ann"), Device::of(&world, "bob"));
    ann.get("/ice-servers").await.is_problem(403, "access_denied");
    let id = ann.calls(&["bob"], "p2p").await;
    let now = Clock::system().now();
    let told = ann.get("/ice-servers").await;
    assert_eq!((told.status.as_u16(), &told.headers["cache-control"]), (200, &"no-store".parse().unwrap()));
    let told = told.json();
    assert_eq!(told["candidate_pool_size"], 10);
    let [stun, turn] = told["ice_servers"].as_array().unwrap().as_slice() else { panic!("{told}") };
    assert_eq!(stun, &json!({ "urls": [coturn.stun_url()] }));
    assert_eq!(turn["urls"].as_array().unwrap().len(), 3, "UDP, TCP and TLS: {told}");
    binding(&coturn.stun_url()).await.unwrap();
    assert_eq!(allocate(&coturn, turn).await, Ok(()));
    // When they are over is said twice, to the client and to the server, and is ten minutes from now.
    let expires_at: DateTime<Utc> = told["expires_at"].as_str().unwrap().parse().unwrap();
    let (expiry, pseudonym) = turn["username"].as_str().unwrap().split_once(':').unwrap();
    assert_eq!(expiry, expires_at.timestamp().to_string());
    assert!((595..=605).contains(&(expires_at - now).num_seconds()), "{told}");
    // Whoever is rung is told too, under another name, which is the same each time and does not tell who it is.
    let theirs = bob.get("/ice-servers").await.json();
    let again = ann.get("/ice-servers").await.json();
    let name = |told: &Value| {
        told["ice_servers"][1]["username"].as_str().unwrap().split_once(':').unwrap().1.to_owned()
    };
    assert_eq!((name(&again), name(&theirs) == pseudonym), (pseudonym.to_owned(), false));
    assert!(!pseudonym.contains("ann") && pseudonym.len() == 22, "{pseudonym}");
    ann.does(&id, "cancel").await;
    for device in [&ann, &bob] {
        device.get("/ice-servers").await.is_problem(403, "access_denied");
    }
}

#[tokio::test]
async fn credentials_that_are_over_or_altered_open_nothing() {
    let coturn = Coturn::start().await.unwrap();
    let world = world(&coturn, &coturn.secrets()[0]).await;
    let ann = Device::of(&world, "ann");
    ann.calls(&["bob"], "p2p").await;
    let turn = ann.get("/ice-servers").await.json()["ice_servers"][1].clone();
    assert_eq!(allocate(&coturn, &turn).await, Ok(()));
    // As they are after ten minutes: the same user with a time that is past, and the MAC that goes with it.
    let pseudonym = turn["username"].as_str().unwrap().split_once(':').unwrap().1;
    let username = format!("{}:{pseudonym}", Clock::system().now().timestamp() - 2);
    let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, coturn.secrets()[0].as_bytes());
    let mut over = turn.clone();
    over["username"] = json!(username);
    over["credential"] = json!(STANDARD.encode(hmac::sign(&key, username.as_bytes())));
    assert_eq!(allocate(&coturn, &over).await, Err(401));
    for (name, value) in [
        ("username", turn["username"].as_str().unwrap().replacen(':', "0:", 1)),
        ("username", format!("{}x", turn["username"].as_str().unwrap())),
        ("credential", STANDARD.encode([0; 20])),
    ] {
        let mut altered = turn.clone();
        altered[name] = json!(value);
        assert_eq!(allocate(&coturn, &altered).await, Err(401), "{name}");
    }
}

#[tokio::test]
async fn a_secret_is_changed_in_three_steps_and_each_moment_has_credentials_that_work() {
    let mut coturn = Coturn::start().await.unwrap();
    let (old, new) = (coturn.secrets()[0].clone(), Coturn::random_secret());
    let mut made = Vec::new();
    for secrets in [old.clone(), format!("{new},{old}")] {
        let world = world(&coturn, &secrets).await;
        let ann = Device::of(&world, "ann");
        ann.calls(&["bob"], "p2p").await;
        made.push(ann.get("/ice-servers").await.json()["ice_servers"][1].clone());
    }
    for (accepted, expected) in [(&[&*old, &*new][..], [Ok(()), Ok(())]), (&[&*new], [Err(401), Ok(())])] {
        coturn.start_again_with(accepted).await.unwrap();
        for (turn, expected) in made.iter().zip(expected) {
            assert_eq!(allocate(&coturn, turn).await, expected, "{}", accepted.len());
        }
    }
}

#[tokio::test]
async fn a_provider_s_credentials_are_told_as_they_are_and_none_where_there_is_no_server() {
    let world = World::with_calls(
        &[
            ("TURN__URLS", "turn:turn.example.com:3478"),
            ("TURN__STATIC__USERNAME", "customer"),
            ("TURN__STATIC__CREDENTIAL", "as-given"),
            ("LIMITS__ICE_SERVERS_PER_MINUTE", "2"),
        ],
        &[],
    )
    .await;
    let ann = Device::of(&world, "ann");
    ann.calls(&["bob"], "p2p").await;
    let turn =
        json!([{ "urls": ["turn:turn.example.com:3478"], "username": "customer", "credential": "as-given" }]);
    for _ in 0..2 {
        assert_eq!(ann.get("/ice-servers").await.json()["ice_servers"], turn);
    }
    ann.get("/ice-servers").await.is_problem(429, "rate_limited");
    let world = World::with_calls(&[], &[]).await;
    let ann = Device::of(&world, "ann");
    ann.post_with("/calls", &invite(&["bob"], "livekit")).await;
    assert_eq!(ann.get("/ice-servers").await.json()["ice_servers"], json!([]));
}
