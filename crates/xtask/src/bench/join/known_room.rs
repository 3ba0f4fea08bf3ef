//! What a join to a known room asks of others: nothing.

use std::time::Duration;

use anyhow::{Result, ensure};
use serde::Serialize;

use super::super::contender::Contender;
use super::super::load::{List, Volley};
use super::lineup::Surroundings;

/// What went out while joins to one known room came in.
#[derive(Debug, Serialize)]
pub(super) struct KnownRoom {
    /// The joins counted.
    pub(super) joins: usize,
    /// What the very first join, to a room not yet known, asked of LiveKit: proof that the counting works.
    pub(super) first_join_asked: Vec<String>,
    /// What the others asked of LiveKit and of the issuer.
    pub(super) asked: Vec<String>,
}

/// Starts the service anew, makes the room known by one join, and counts what further joins ask of others.
///
/// The room is known for 30 s, and LiveKit is asked for its health every 10 s; the joins take less than either.
pub(super) async fn observe(
    surroundings: &Surroundings,
    service: &Contender,
    core: usize,
    joins: &[Box<[u8]>],
) -> Result<KnownRoom> {
    let running = service.start(core).await?;
    running.quiet().await?;
    let volley = |requests, connections| Volley { connections, requests, at_most: Duration::from_secs(5) };
    let before_first = surroundings.livekit_proxy.requests().len();
    volley(1, 1).fire(service.address, &mut List::new(&joins[..1], 201))?;
    let asked_by_then = surroundings.livekit_proxy.requests();
    let first_join_asked = asked_by_then[before_first..].to_vec();
    ensure!(!first_join_asked.is_empty(), "the first join to a room did not create it");

    let issuer_before = surroundings.issuer_requests();
    let sent = volley(joins.len() - 1, 8).fire(service.address, &mut List::new(&joins[1..], 201))?;
    let mut asked = surroundings.livekit_proxy.requests().split_off(asked_by_then.len());
    let of_issuer = surroundings.issuer_requests() - issuer_before;
    asked.extend((0..of_issuer).map(|_| "to the issuer".to_owned()));
    running.stop().await;
    Ok(KnownRoom { joins: sent.latencies.len(), first_join_asked, asked })
}
