//! All come back at nearly the same time, as after the end of a replica.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use serde::Serialize;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep_until, timeout};

use crate::member::Member;

/// Who is not back after so long does not come back.
const BOUND: Duration = Duration::from_secs(30);

/// How they came back.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Returned {
    /// Those who go on where they were.
    recovered: u32,
    /// Those who do not, by the reason.
    refused: BTreeMap<String, u32>,
    /// When the last one was welcomed, from the first one's start.
    last_ms: f64,
    /// How long each took from its own start to its welcome, in order.
    took_ms: Vec<f64>,
}

/// Each connects once, the last one when `within` is over.
pub(crate) async fn all(
    members: Vec<Arc<Member>>,
    address: SocketAddr,
    within: Duration,
) -> anyhow::Result<Returned> {
    let count = u32::try_from(members.len())?;
    let begun = Instant::now();
    let mut coming = JoinSet::new();
    for (number, member) in (0..count).zip(members) {
        let start = begun + within * number / count;
        coming.spawn(async move {
            sleep_until(start).await;
            let connected = timeout(BOUND, member.connect(Some(address))).await;
            let connected = connected.unwrap_or_else(|_| Err(anyhow::anyhow!("nothing for {BOUND:?}")));
            connected.map(|client| {
                member.stay(client);
                (start.elapsed(), begun.elapsed())
            })
        });
    }
    let mut returned = Returned::default();
    while let Some(outcome) = coming.join_next().await {
        match outcome? {
            Ok((took, at)) => {
                returned.recovered += 1;
                returned.took_ms.push(took.as_secs_f64() * 1e3);
                returned.last_ms = returned.last_ms.max(at.as_secs_f64() * 1e3);
            }
            Err(error) => *returned.refused.entry(format!("{error:#}")).or_default() += 1,
        }
    }
    returned.took_ms.sort_by(f64::total_cmp);
    Ok(returned)
}
