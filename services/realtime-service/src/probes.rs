//! Looks after LiveKit for `/readyz`, which so answers at once, and an operator sees a fault before a caller does.

use std::collections::BTreeMap;
use std::error::Error;
use std::time::Duration;

use futures_util::future::join_all;
use http_server::Probe;
use tokio::time::MissedTickBehavior;

use crate::sfu::{Sfu, SfuFailure};

/// Reports whether every LiveKit cluster answers and takes our key, and logs when that changes.
pub(crate) fn watch_sfu(sfu: Sfu, probe: Probe, every: Duration) {
    tokio::spawn(async move {
        let mut turn = tokio::time::interval(every);
        // A LiveKit that answers slowly is not asked more often for it.
        turn.set_missed_tick_behavior(MissedTickBehavior::Delay);
        // What is lost, and by which code.
        let mut lost = BTreeMap::new();
        loop {
            turn.tick().await;
            let sfu = &sfu;
            let asked = sfu.clusters().map(|cluster| async move { (cluster, sfu.probe_in(cluster).await) });
            for (cluster, answer) in join_all(asked).await {
                note(&mut lost, cluster, answer);
            }
            if lost.is_empty() {
                probe.good();
            } else {
                let said: Vec<_> = lost.iter().map(|(cluster, code)| format!("{cluster}: {code}")).collect();
                probe.bad(said.join(", "));
            }
        }
    });
}

fn note(lost: &mut BTreeMap<String, &'static str>, cluster: &str, answer: Result<(), SfuFailure>) {
    match answer {
        Ok(()) => {
            if lost.remove(cluster).is_some() {
                tracing::info!(sfu.cluster = cluster, "sfu.back");
            }
        }
        Err(failure) => {
            let code = failure.code().as_str();
            if lost.insert(cluster.to_owned(), code).is_none() {
                let error: &(dyn Error + 'static) = &failure;
                tracing::warn!(sfu.cluster = cluster, code, error, "sfu.lost");
            }
        }
    }
}
