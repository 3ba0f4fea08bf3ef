//! The task that keeps one issuer's keys fresh.

use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

use clock::Clock;
use http_client::Client;
use signal_protocol::Tenant;
use telemetry::after_panics;
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep_until};
use tracing::{Instrument as _, error, info, warn};
use url::Url;

use super::fetch::{self, FetchFailure};
use super::ring::KeyRing;
use super::set::KeySet;
use crate::Algorithm;
use crate::metrics::{Metrics, Outcome};
use crate::settings::{IdentitySettings, Issuer};

/// The longest pause between two tries while there are no keys at all.
const LONGEST_PAUSE_WITHOUT_KEYS: Duration = Duration::from_secs(5);

/// The pause after a panic, which the next reading would probably meet again.
const PAUSE_AFTER_PANIC: Duration = Duration::from_secs(5);

/// A running refresh; it ends when this is dropped.
#[derive(Debug)]
pub(crate) struct Refresh(JoinHandle<()>);

impl Drop for Refresh {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// Reads the keys of `issuer` at once, and then again and again.
pub(crate) fn refresh(
    ring: Arc<KeyRing>,
    issuer: Issuer,
    client: Client,
    settings: &IdentitySettings,
    clock: Clock,
    metrics: Metrics,
) -> Refresh {
    let source =
        Source { issuer, client, allowed: settings.algorithms.clone(), keys_url: None, ring, clock, metrics };
    let pauses = Pauses {
        regular: Duration::from_secs(settings.jwks_refresh_seconds.into()),
        first_retry: Duration::from_millis(settings.jwks_retry_ms.into()),
    };
    Refresh(tokio::spawn(async move {
        let start = || source.clone().keep_fresh(pauses);
        let tell = || error!(tenant.id = %source.issuer.tenant, "keys.refresh_ended");
        after_panics(PAUSE_AFTER_PANIC, start, tell).await;
    }))
}

#[derive(Clone)]
struct Source {
    issuer: Issuer,
    client: Client,
    allowed: Vec<Algorithm>,
    /// Known from the last good discovery, so that an unknown key costs one request and not two.
    keys_url: Option<Url>,
    ring: Arc<KeyRing>,
    clock: Clock,
    metrics: Metrics,
}

impl Source {
    async fn keep_fresh(mut self, pauses: Pauses) {
        let mut failures = 0;
        let mut is_due = true;
        // An instant and not a pause: unknown keys may cause readings between, and whoever sends them must not be able
        // to put the regular one off.
        let mut regular_at = Instant::now();
        loop {
            self.ring.begin();
            let span = tracing::info_span!("identity.read_keys", tenant.id = %self.issuer.tenant);
            let is_good = self.read_once().instrument(span).await;
            failures = if is_good { 0 } else { failures + 1 };
            let ended_at = Instant::now();
            if is_due {
                regular_at = ended_at + pauses.regular;
            }
            let retry_at = ended_at + pauses.after(failures, self.ring.last_good().is_some());
            is_due = tokio::select! {
                () = sleep_until(regular_at.min(retry_at)) => true,
                () = self.ring.asked() => false,
            };
            if is_due {
                // The regular reading looks again where the keys are: an issuer may have moved them.
                self.keys_url = None;
            }
        }
    }

    async fn read_once(&mut self) -> bool {
        let current = self.ring.current();
        let read = self.read(current.as_deref()).await;
        let outcome = report(&self.issuer.tenant, &read, current.as_deref());
        if read.is_err() {
            self.keys_url = None;
        }
        let is_good = read.is_ok();
        // Counted before it can be seen, so that nobody who saw the keys finds them uncounted.
        self.metrics.refreshed(&self.issuer.url, outcome);
        self.ring.conclude(read.ok().map(Arc::new), self.clock.now());
        is_good
    }

    async fn read(&mut self, current: Option<&KeySet>) -> Result<KeySet, FetchFailure> {
        let url = match &self.keys_url {
            Some(url) => url.clone(),
            None => fetch::keys_url(&self.client, &self.issuer).await?,
        };
        self.keys_url = Some(url.clone());
        fetch::key_set(&self.client, url, &self.allowed, current).await
    }
}

/// Logs what a reading of a tenant's keys brought.
fn report(tenant: &Tenant, read: &Result<KeySet, FetchFailure>, current: Option<&KeySet>) -> Outcome {
    match read {
        Ok(read) => {
            let added = ids(read, current);
            let removed = current.map_or_else(Vec::new, |current| ids(current, Some(read)));
            if added.is_empty() && removed.is_empty() {
                return Outcome::Unchanged;
            }
            let left_alone: Vec<String> =
                read.unusable.iter().map(|(id, why)| format!("{id}: {why}")).collect();
            info!(tenant.id = %tenant, ?added, ?removed, ?left_alone, "keys.changed");
            Outcome::Changed
        }
        Err(failure) => {
            let reason = failure as &dyn Error;
            warn!(tenant.id = %tenant, error = reason, keeps_keys = current.is_some(), "keys.unreadable");
            match failure {
                FetchFailure::Discovery(_) | FetchFailure::Keys(_) => Outcome::Unreachable,
                FetchFailure::OtherIssuer | FetchFailure::NoKeysUrl | FetchFailure::Unusable(_) => {
                    Outcome::Unusable
                }
            }
        }
    }
}

/// The ids of the keys of `set` that `other` lacks.
fn ids<'set>(set: &'set KeySet, other: Option<&'set KeySet>) -> Vec<&'set str> {
    match other {
        Some(other) => set.without(other).map(|key| key.id.as_str()).collect(),
        None => set.keys.iter().map(|key| key.id.as_str()).collect(),
    }
}

/// How long to wait between two readings.
#[derive(Debug, Clone, Copy)]
struct Pauses {
    regular: Duration,
    first_retry: Duration,
}

impl Pauses {
    fn after(self, failures: u32, has_keys: bool) -> Duration {
        if failures == 0 {
            return self.regular;
        }
        let longest = if has_keys { self.regular } else { LONGEST_PAUSE_WITHOUT_KEYS };
        self.first_retry.saturating_mul(1 << (failures - 1).min(16)).min(longest)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_with_each_failure_and_stay_short_while_there_are_no_keys() {
        let pauses = Pauses { regular: Duration::from_mins(5), first_retry: Duration::from_millis(250) };
        let after = |failures, has_keys| pauses.after(failures, has_keys).as_millis();
        assert_eq!(after(0, true), 300_000);
        assert_eq!([1, 2, 3, 6, 99].map(|failures| after(failures, false)), [250, 500, 1_000, 5_000, 5_000]);
        assert_eq!([1, 6, 11, 12, u32::MAX].map(|n| after(n, true)), [250, 8_000, 256_000, 300_000, 300_000]);
    }
}
