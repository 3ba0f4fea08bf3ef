//! The task that keeps a way: finds the primary, looks after the connection, finds the primary again.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::{Instant, MissedTickBehavior, interval};

use super::backoff::Backoff;
use super::fault::Fault;
use super::way::{Link, Way};

/// How often the server is asked whether it still is the primary it was. Traffic tells sooner; this is for its absence, and
/// for a replica that answers reads as if nothing had happened.
const BETWEEN_PROBES: Duration = Duration::from_secs(1);

/// A link that holds this long was worth having: the next loss is a new one.
const WORTH_IT: Duration = Duration::from_secs(2);

/// Runs until it is aborted.
pub(super) async fn keep(way: Arc<Way>) {
    let mut backoff = Backoff::default();
    let mut is_known_lost = false;
    loop {
        way.pause(backoff.next()).await;
        match way.establish().await {
            Ok(link) => {
                let host = link.host.clone();
                way.up(link.clone());
                tracing::info!(server.address = %host, "redis.connected");
                is_known_lost = false;
                let since = Instant::now();
                let reason = until_lost(&way, link).await;
                tracing::warn!(server.address = %host, reason, "redis.lost");
                if since.elapsed() >= WORTH_IT {
                    backoff.reset();
                }
            }
            Err(fault) => {
                if !is_known_lost {
                    tracing::warn!(error = %fault, "redis.unavailable");
                    is_known_lost = true;
                }
                way.down(fault.to_string());
            }
        }
    }
}

/// Waits until the link is no good, sees to it that nobody is given it, and tells why.
async fn until_lost(way: &Way, link: Link) -> String {
    let reason = tokio::select! {
        () = way.superseded(link.id) => return way.reason(),
        () = link.end.over() => "the connection broke".to_owned(),
        fault = until_changed(way, &link) => fault.to_string(),
    };
    way.suspect(link.id, &reason);
    reason
}

async fn until_changed(way: &Way, link: &Link) -> Fault {
    let mut turn = interval(BETWEEN_PROBES);
    turn.set_missed_tick_behavior(MissedTickBehavior::Delay);
    // The first is at once, and the link is fresh.
    turn.tick().await;
    loop {
        turn.tick().await;
        if let Err(fault) = way.probe(link).await {
            return fault;
        }
    }
}
