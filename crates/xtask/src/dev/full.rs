//! `cargo xtask dev --full`: the parts as in production, each a process of its own, behind the gateway.

use std::process::ExitCode;

use anyhow::{Result, anyhow};

use super::guide::Guide;
use super::{first_join, stopped};
use crate::interrupt;
use crate::stack::{Components, Plan};

/// Runs until a signal, or until one of them ends by itself.
pub(super) async fn run(port: u16) -> Result<ExitCode> {
    let components = tokio::select! {
        started = Components::start(Plan { gateway_port: Some(port), for_people: true }) => started?,
        asked = interrupt::requested() => return stopped(asked),
    };
    let guide = Guide {
        url: components.gateway.url(),
        token_endpoint: format!("{}/protocol/openid-connect/token", components.keycloak.issuer()),
        livekit: components.livekit.public_url.clone(),
        log: components.service.current_log(),
    };
    first_join::would_succeed(&guide).await?;
    guide.print()?;
    let outcome = tokio::select! {
        words = components.ended() => Err(anyhow!(words)),
        asked = interrupt::requested() => stopped(asked),
    };
    components.stop().await;
    outcome
}
