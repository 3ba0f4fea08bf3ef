//! The sweep: whether everybody who is there may still log in, looked up at the issuer now and then.
//!
//! An issuer tells nobody that an account was disabled or removed, and a session may have been ended while we could not be
//! told. One replica at a time asks about everybody who is in a room, or whose device has a socket or a poll. Only a plain no
//! counts; whatever else comes of a question changes nothing.

mod directory;
mod people;

use std::collections::HashSet;
use std::error::Error;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use clock::Clock;
use futures_util::{StreamExt as _, stream};
use http_client::{Client, ClientSettings, Failure};
use identity::{Logins, Revocation, ServiceAccount};
use signal_protocol::{Tenant, UserId};
use store::{Commit, Committed, Key, Store, StoreError, Version, Write};
use telemetry::after_panics;
use tokio::task::JoinHandle;
use tokio::time::{sleep, timeout};

use super::{Ending, RevocationMetrics};
use directory::{Directory, Standing};
use people::People;

/// How many questions are under way at once.
const AT_ONCE: usize = 8;
/// The most people of one sweep; it is said if there are more.
const MOST_PEOPLE: usize = 100_000;
/// The pause after a panic, which the next start would probably meet again.
const AFTER_PANIC: Duration = Duration::from_secs(5);

/// The tasks that sweep; they end when this is dropped.
pub(crate) struct Sweep(Mutex<Vec<JoinHandle<()>>>);

/// What it is made of.
pub(crate) struct SweepParts<'a> {
    pub(crate) store: &'a Store,
    pub(crate) account: &'a ServiceAccount,
    pub(crate) ending: &'a Ending,
    pub(crate) clock: &'a Clock,
    pub(crate) metrics: &'a RevocationMetrics,
    pub(crate) every: Duration,
}

impl Sweep {
    /// Begins. Must be called inside a Tokio runtime.
    ///
    /// # Errors
    /// There is no way out over HTTP.
    pub(crate) fn start(parts: &SweepParts<'_>) -> Result<Self, Failure> {
        let client = Client::new("keycloak", &ClientSettings::default())?;
        let sweeper = |tenant: &Tenant| Sweeper {
            store: parts.store.clone(),
            tenant: tenant.clone(),
            directory: Directory::new(client.clone(), parts.account.clone(), tenant),
            ending: parts.ending.clone(),
            clock: parts.clock.clone(),
            metrics: parts.metrics.clone(),
            every: parts.every,
        };
        let spawn = |sweeper: Sweeper| {
            tokio::spawn(async move {
                let tell = || tracing::error!(tenant.id = %sweeper.tenant, "sweep.panicked");
                after_panics(AFTER_PANIC, || sweeper.clone().run(), tell).await;
            })
        };
        Ok(Self(Mutex::new(parts.store.tenants().iter().map(sweeper).map(spawn).collect())))
    }

    /// Ends it where it stands: another replica begins anew.
    pub(crate) fn stop(&self) {
        for task in self.0.lock().unwrap_or_else(PoisonError::into_inner).drain(..) {
            task.abort();
        }
    }
}

impl Drop for Sweep {
    fn drop(&mut self) {
        self.stop();
    }
}

/// Sweeps one tenant.
#[derive(Clone)]
struct Sweeper {
    store: Store,
    tenant: Tenant,
    directory: Directory,
    ending: Ending,
    clock: Clock,
    metrics: RevocationMetrics,
    every: Duration,
}

impl Sweeper {
    async fn run(self) {
        loop {
            sleep(self.every.mul_f64(rand::random_range(0.95..1.0))).await;
            let outcome = match self.claim().await {
                // Longer than until the next one it may not take.
                Ok(true) => match timeout(self.every, self.sweep()).await {
                    Ok(Ok(())) => "done",
                    Ok(Err(error)) => self.failed(&error),
                    Err(_elapsed) => {
                        tracing::warn!(tenant.id = %self.tenant, "sweep.cut_off");
                        "cut_off"
                    }
                },
                Ok(false) => "elsewhere",
                Err(error) => self.failed(&error),
            };
            self.metrics.swept(outcome);
        }
    }

    fn failed(&self, error: &StoreError) -> &'static str {
        tracing::warn!(tenant.id = %self.tenant, error = error as &dyn Error, "sweep.failed");
        "failed"
    }

    /// Whether it is this replica's turn, until shortly before the next one is due.
    async fn claim(&self) -> Result<bool, StoreError> {
        let key = Key::new("sweep", "logins");
        let claim = Write::Put {
            key: key.clone(),
            data: br#"{"schema":1}"#.to_vec(),
            refs: Vec::new(),
            ttl: Some(self.every.mul_f64(0.9)),
        };
        let commit =
            Commit { expect: vec![(key, Version::ABSENT)], writes: vec![claim], ..Commit::default() };
        Ok(matches!(self.store.commit(&self.tenant, commit).await?, Committed::Applied { .. }))
    }

    async fn sweep(&self) -> Result<(), StoreError> {
        let mut people = People::new(&self.store, &self.tenant);
        let mut asked: HashSet<UserId> = HashSet::new();
        while let Some(mut some) = people.next().await? {
            some.retain(|user| !asked.contains(user));
            if asked.len() + some.len() > MOST_PEOPLE {
                tracing::warn!(tenant.id = %self.tenant, people = MOST_PEOPLE, "sweep.too_many");
                return Ok(());
            }
            asked.extend(some.iter().cloned());
            let questions: Vec<_> = some.iter().map(|user| self.look_up(user)).collect();
            let mut questions = stream::iter(questions).buffer_unordered(AT_ONCE);
            while let Some(outcome) = questions.next().await {
                outcome?;
            }
        }
        Ok(())
    }

    async fn look_up(&self, user: &UserId) -> Result<(), StoreError> {
        let standing = self.directory.standing(&self.tenant, user).await;
        self.metrics.looked_up(standing.word());
        match standing {
            Standing::Enabled | Standing::Unknown => Ok(()),
            Standing::Disabled | Standing::Gone => {
                let revocation = Revocation { logins: Logins::AllOf(user.clone()), at: self.clock.now() };
                self.ending.end(&self.tenant, &revocation, None).await?;
                let reason = standing.word();
                tracing::info!(tenant.id = %self.tenant, user.id = %user, reason, "login.swept");
                Ok(())
            }
        }
    }
}
