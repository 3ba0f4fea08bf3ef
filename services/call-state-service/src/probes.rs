//! What `/readyz` knows: dependencies are looked after in the background, so that it answers at once.

use std::time::Duration as StdDuration;

use clock::{Clock, Duration};
use http_server::{Readiness, Requirement};
use identity::Verifier;
use store::Store;

/// How often is looked at what is in memory anyway: soon while something is missing, rarely after.
const MISSING: StdDuration = StdDuration::from_millis(50);
const KNOWN: StdDuration = StdDuration::from_millis(250);
/// How many regular readings of keys may fail before that is said.
const MISSED_READINGS: u32 = 3;

/// Reports whether tokens can be verified. Keys that were read once go on working while their issuer is away, so they
/// are good as of their last reading.
///
/// One of several issuers that has never answered only degrades the service, and so do keys that could not be read again
/// for a long time: a key that was withdrawn meanwhile would still be trusted.
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
            tokio::time::sleep(if complete { KNOWN } else { MISSING }).await;
        }
    });
}

/// Reports whether the store serves; it looks after itself, and logs when that changes. Without it this service can do
/// nothing at all.
pub(crate) fn watch_store(store: Store, readiness: &Readiness) {
    let probe = readiness.register("store", Requirement::Required);
    tokio::spawn(async move {
        loop {
            let health = store.readiness();
            if let Some(good) = health.last_good {
                probe.good_at(good);
            }
            let is_good = health.fault.is_none() && health.last_good.is_some();
            if let Some(fault) = health.fault {
                probe.bad(fault);
            }
            tokio::time::sleep(if is_good { KNOWN } else { MISSING }).await;
        }
    });
}
