//! Dependencies that look after themselves: what they say of themselves is looked at now and then, so that `/readyz` answers
//! at once.

use std::time::Duration as StdDuration;

use clock::{DateTime, Duration, Utc};
use identity::Verifier;
use tokio::time::sleep;

use super::{Readiness, Requirement};

/// How often is looked at what is in memory anyway: soon while something is missing, rarely after.
const MISSING: StdDuration = StdDuration::from_millis(50);
const KNOWN: StdDuration = StdDuration::from_millis(250);
/// How many regular readings of keys may fail before that is said.
const MISSED_READINGS: u32 = 3;

impl Readiness {
    /// Adds a check that says what `look` does: when the dependency was last good, and what is wrong with it now. Must be
    /// called inside a Tokio runtime.
    pub fn watch(
        &self,
        name: &'static str,
        requirement: Requirement,
        look: impl Fn() -> (Option<DateTime<Utc>>, Option<String>) + Send + 'static,
    ) {
        let probe = self.register(name, requirement);
        tokio::spawn(async move {
            loop {
                let pause = match look() {
                    (Some(last_good), None) => {
                        probe.good_at(last_good);
                        KNOWN
                    }
                    (_, Some(fault)) => {
                        probe.bad(fault);
                        MISSING
                    }
                    (None, None) => MISSING,
                };
                sleep(pause).await;
            }
        });
    }

    /// Adds two checks of whether tokens can be verified. Keys that were read once go on working while their issuer is away,
    /// so they are good as of their last reading. Must be called inside a Tokio runtime.
    ///
    /// With several issuers one that has never answered must not take the service away from the users of the others: it only
    /// degrades it. So do keys that could not be read again for a long time, of which every `refresh_seconds` one reading is
    /// due: a key that was withdrawn meanwhile would still be trusted.
    pub fn watch_keys(&self, verifier: Verifier, refresh_seconds: u32) {
        let stale_after = Duration::seconds((refresh_seconds * MISSED_READINGS).into());
        let some = self.register("keys", Requirement::Required);
        let all = self.register("keys_of_every_issuer", Requirement::Degrades);
        let clock = self.clock.clone();
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
                sleep(if complete { KNOWN } else { MISSING }).await;
            }
        });
    }
}
