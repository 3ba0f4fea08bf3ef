//! Looks after LiveKit for `/readyz`, which so answers at once, and an operator sees a fault before a caller does.

use std::error::Error;
use std::time::Duration;

use http_server::Probe;
use tokio::time::MissedTickBehavior;

use crate::sfu::Sfu;

/// Reports whether LiveKit answers and takes our key, and logs when that changes.
pub(crate) fn watch_sfu(sfu: Sfu, probe: Probe, every: Duration) {
    tokio::spawn(async move {
        let mut turn = tokio::time::interval(every);
        // A LiveKit that answers slowly is not asked more often for it.
        turn.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut is_lost = false;
        loop {
            turn.tick().await;
            match sfu.probe().await {
                Ok(()) => {
                    probe.good();
                    if is_lost {
                        tracing::info!("sfu.back");
                    }
                    is_lost = false;
                }
                Err(failure) => {
                    probe.bad(failure.code().as_str());
                    if !is_lost {
                        let error: &(dyn Error + 'static) = &failure;
                        tracing::warn!(code = failure.code().as_str(), error, "sfu.lost");
                    }
                    is_lost = true;
                }
            }
        }
    });
}
