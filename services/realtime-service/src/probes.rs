//! What `/readyz` knows: dependencies are looked after in the background, so that it answers at once and an operator sees
//! a fault before a caller does.

use std::error::Error;
use std::time::Duration as StdDuration;

use clock::{Clock, Duration};
use http_server::{Probe, Readiness, Requirement};
use identity::Verifier;
use store::{Health, Store};
use tokio::time::MissedTickBehavior;

use crate::sfu::Sfu;

/// How often the age of the keys is looked at, which is read from memory: soon while some are missing, rarely after.
const KEYS_MISSING: StdDuration = StdDuration::from_millis(50);
const KEYS_KNOWN: StdDuration = StdDuration::from_secs(1);
/// How often it is looked at what the store said last, which is read from memory.
const STORE_LOOKED_AT: StdDuration = StdDuration::from_millis(250);
/// How many regular readings of keys may fail before that is said.
const MISSED_READINGS: u32 = 3;

/// Reports whether tokens can be verified. Keys that were read once go on working while their issuer is away, so they
/// are good as of their last reading.
///
/// With several issuers one that has never answered must not take the service away from the users of the others: it
/// only degrades it. So do keys that could not be read again for a long time: a key that was withdrawn meanwhile would
/// still be trusted.
pub(crate) fn watch_keys(verifier: Verifier, clock: Clock, refresh_seconds: u32, readiness: &Readiness) {
    let stale_after = Duration::seconds((refresh_seconds * MISSED_READINGS).into());
    let some = readiness.register("keys", Requirement::Required);
    let all = readiness.register("keys_of_every_issuer", Requirement::Degrades);
    tokio::spawn(async move {
        loop {
            let issuers = verifier.readiness();
            let known: Vec<_> = issuers.iter().filter_map(|issuer| issuer.last_good).collect();
            if let Some(newest) = known.iter().max() {
                some.good_at(*newest);
            }
            let complete = known.len() == issuers.len();
            match known.iter().min() {
                Some(oldest) if complete && clock.now() - *oldest <= stale_after => all.good_at(*oldest),
                Some(_) if complete => all.bad("an issuer's keys could not be read again for long"),
                Some(_) | None => {}
            }
            tokio::time::sleep(if complete { KEYS_KNOWN } else { KEYS_MISSING }).await;
        }
    });
}

/// Reports whether LiveKit answers and takes our key, and logs when that changes.
pub(crate) fn watch_sfu(sfu: Sfu, probe: Probe, every: StdDuration) {
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

/// Reports whether the store of calls serves, and logs when that changes. Rooms need it as little as calls need LiveKit.
pub(crate) fn watch_store(store: Store, probe: Probe) {
    tokio::spawn(async move {
        let mut is_lost = false;
        loop {
            match store.readiness() {
                Health { last_good: Some(last_good), fault: None } => {
                    probe.good_at(last_good);
                    if is_lost {
                        tracing::info!("store.back");
                    }
                    is_lost = false;
                }
                Health { last_good, fault } => {
                    let fault = fault.unwrap_or_else(|| "not reached yet".to_owned());
                    // Before its first connection it is not lost, only not there yet.
                    if !is_lost && last_good.is_some() {
                        tracing::warn!(fault, "store.lost");
                        is_lost = true;
                    }
                    probe.bad(fault);
                }
            }
            tokio::time::sleep(STORE_LOOKED_AT).await;
        }
    });
}
