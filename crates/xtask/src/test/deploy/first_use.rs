//! What everybody does on the first day: somebody joins a room, somebody is called, somebody logs out.

use std::time::Duration;

use anyhow::{Context as _, Result, anyhow, bail, ensure};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use testkit::RoomGuest;

use super::overlay::{APPLICATION, World};
use super::people::{Login, People};
use super::wait::until;

/// What takes a way through several parts that have just started.
const SOON: Duration = Duration::from_mins(1);

/// Of the sample realm.
const BOB: &str = "b0b00000-0000-4000-8000-000000000002";

/// Plays all of it through the gateway.
pub(super) async fn everything_works(world: &World<'_>, people: &People) -> Result<String> {
    let (alice, bob) = (people.login("alice").await?, people.login("bob").await?);
    let webhooks = a_join(world, people, &alice).await.context("the join")?;
    let rang = a_call(people, &alice, &bob).await.context("the call")?;
    let ended = a_logout(people, &bob).await.context("the logout")?;
    Ok(format!(
        "    {webhooks} webhooks of LiveKit arrived; the ring was there after {} ms; a token was void {} ms after the logout",
        rang.as_millis(),
        ended.as_millis()
    ))
}

/// Joins, connects to LiveKit by way of the gateway with what the join gave, and waits for LiveKit to tell the services.
async fn a_join(world: &World<'_>, people: &People, alice: &Login) -> Result<u64> {
    let token = &alice.access_token;
    let joined = until("somebody may join", SOON, async || {
        let (status, answer) =
            people.ask(Method::POST, "rooms/standup/join", token, Some(&json!({}))).await?;
        Ok(if status == StatusCode::CREATED { Ok(answer) } else { Err(format!("{status}: {answer}")) })
    })
    .await?;
    let ticket =
        joined["participant_token"].as_str().ok_or_else(|| anyhow!("the join gave no token: {joined}"))?;
    let door = people.gateway.replacen("http", "ws", 1);
    let guest = match RoomGuest::enter(&door, ticket).await {
        Ok(guest) => guest,
        Err(fault) => bail!("LiveKit does not take the token through the gateway: {fault:?}"),
    };
    until("the room has its participant", SOON, async || {
        let (status, page) = people.ask(Method::GET, "rooms/standup/participants", token, None).await?;
        let listed = page["items"].as_array().is_some_and(|items| {
            items.iter().any(|participant| participant["identity"] == guest.identity.as_str())
        });
        Ok(if listed { Ok(()) } else { Err(format!("{status}: {page}")) })
    })
    .await?;
    let arrived = until("webhooks arrive", SOON, async || {
        let applied = webhooks(world).await?;
        Ok(if applied > 0 { Ok(applied) } else { Err("none was applied by any replica".to_owned()) })
    })
    .await?;
    ensure!(guest.is_in(), "LiveKit sent the participant out");
    guest.leave().await;
    Ok(arrived)
}

/// How many webhooks all replicas have applied.
async fn webhooks(world: &World<'_>) -> Result<u64> {
    let mut applied = 0;
    for pod in world.serving(APPLICATION, "realtime-service").await? {
        let path = format!("/api/v1/namespaces/{APPLICATION}/pods/{pod}:9081/proxy/metrics");
        let metrics = world.kubectl.raw(&path).await?.unwrap_or_default();
        applied += metrics
            .lines()
            .filter(|line| line.starts_with("webhooks_total{") && line.contains("outcome=\"applied\""))
            .filter_map(|line| line.rsplit(' ').next()?.parse::<u64>().ok())
            .sum::<u64>();
    }
    Ok(applied)
}

/// Alice calls Bob, who hears of it, accepts, and is hung up on. Tells how soon he heard.
async fn a_call(people: &People, alice: &Login, bob: &Login) -> Result<Duration> {
    let (alice, bob) = (&alice.access_token, &bob.access_token);
    let log = people.expect(StatusCode::OK, Method::GET, "events", bob, None).await?;
    let cursor = log["cursor"].as_str().ok_or_else(|| anyhow!("no cursor in {log}"))?.to_owned();
    let invite = json!({ "callees": [BOB], "kind": "audio", "media": "livekit" });
    let rung = std::time::Instant::now();
    let made = people.expect(StatusCode::CREATED, Method::POST, "calls", alice, Some(&invite)).await?;
    let call = made["call"]["id"].as_str().ok_or_else(|| anyhow!("no id in {made}"))?.to_owned();
    let heard = people
        .expect(StatusCode::OK, Method::GET, &format!("events?after={cursor}&wait=2"), bob, None)
        .await?;
    ensure!(heard.to_string().contains(&call), "Bob does not hear of the call: {heard}");
    let after = rung.elapsed();
    let answer = |what: &str| format!("calls/{call}/{what}");
    let accepted =
        people.expect(StatusCode::OK, Method::POST, &answer("accept"), bob, Some(&json!({}))).await?;
    phase(&accepted, "active")?;
    let over =
        people.expect(StatusCode::OK, Method::POST, &answer("hangup"), alice, Some(&json!({}))).await?;
    phase(&over, "ended")?;
    Ok(after)
}

fn phase(answer: &Value, wanted: &str) -> Result<()> {
    ensure!(answer["call"]["phase"] == wanted, "the call is not {wanted}: {answer}");
    Ok(())
}

/// Bob logs out at Keycloak, which tells the services by the back channel: his token is worth nothing from then on.
async fn a_logout(people: &People, bob: &Login) -> Result<Duration> {
    let since = std::time::Instant::now();
    people.logout(bob).await?;
    until("the token of an ended login is void", SOON, async || {
        let (status, answer) = people.ask(Method::GET, "calls", &bob.access_token, None).await?;
        Ok(if status == StatusCode::UNAUTHORIZED { Ok(()) } else { Err(format!("{status}: {answer}")) })
    })
    .await?;
    Ok(since.elapsed())
}
