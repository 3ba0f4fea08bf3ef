//! Does what the newcomer is about to be told to do, so that it works when they do it.

use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use reqwest::Client;
use reqwest::header::CONTENT_TYPE;
use serde::Deserialize;
use tokio::time::{Instant, sleep};

use super::guide::Guide;
use crate::http;

/// Keys are read in the first moments, once the server that publishes them is up itself.
const BOUND: Duration = Duration::from_secs(30);
const BETWEEN: Duration = Duration::from_millis(100);

#[derive(Deserialize)]
struct Tokens {
    access_token: String,
}

/// Waits until alice would be let into `standup`.
pub(super) async fn would_succeed(guide: &Guide) -> Result<()> {
    let client = http::client()?;
    let deadline = Instant::now() + BOUND;
    loop {
        match attempt(&client, guide).await {
            Ok(()) => return Ok(()),
            Err(error) if Instant::now() > deadline => {
                return Err(error).context("everything runs, but nobody can join a room");
            }
            Err(_) => sleep(BETWEEN).await,
        }
    }
}

async fn attempt(client: &Client, guide: &Guide) -> Result<()> {
    let grant = client
        .post(guide.token_endpoint())
        .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
        .body("grant_type=password&client_id=web&username=alice&password=alice");
    let Tokens { access_token } = grant.send().await?.error_for_status()?.json().await?;
    let join = format!("{}/api/realtime/rooms/standup/join?dry_run=true", guide.url);
    let answer = client.post(join).bearer_auth(access_token).send().await?;
    if !answer.status().is_success() {
        bail!("the join was answered {}: {}", answer.status(), answer.text().await?);
    }
    Ok(())
}
