//! What all devices of a witness share.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use anyhow::{Context as _, Result};
use reqwest::Client;
use tokio::sync::{Semaphore, watch};

use super::ledger::Ledger;
use super::plan::Plan;
use super::socket::Closed;

/// Sockets that are being opened at a time. The product allows twenty of one address before their `hello`.
const DOORS: usize = 16;

/// Polls that are under way at a time.
const POLLS: usize = 16;

/// The gateway gives up a request sooner.
const HTTP_BOUND: Duration = Duration::from_secs(10);

pub(super) struct Shared {
    pub(super) authority: String,
    pub(super) gateway: String,
    pub(super) http: Client,
    pub(super) doors: Semaphore,
    pub(super) polls: Semaphore,
    /// Whether calls and joins end.
    pub(super) over_calls: watch::Receiver<bool>,
    /// Whether everybody goes.
    pub(super) over: watch::Receiver<bool>,
    ledger: Mutex<Ledger>,
}

impl Shared {
    /// `over` says when calls and joins end, and when everybody goes.
    pub(super) fn new(plan: &Plan, http: Client, over: [watch::Receiver<bool>; 2], ledger: Ledger) -> Self {
        let [over_calls, over] = over;
        Self {
            authority: plan.authority().to_owned(),
            gateway: plan.gateway.trim_end_matches('/').to_owned(),
            http,
            doors: Semaphore::new(DOORS),
            polls: Semaphore::new(POLLS),
            over_calls,
            over,
            ledger: Mutex::new(ledger),
        }
    }

    /// Nobody holds it while waiting for anything.
    pub(super) fn ledger(&self) -> MutexGuard<'_, Ledger> {
        self.ledger.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A socket could not be opened.
    pub(super) fn refused(&self, closed: &Closed) {
        *self.ledger().phase().closed.entry(format!("{closed} (at the door)")).or_default() += 1;
    }
}

/// Waits until this is so, or can never be any more.
pub(super) async fn so(it: &mut watch::Receiver<bool>) {
    // Nothing is held of it afterwards.
    drop(it.wait_for(|it| *it).await);
}

/// The client of joins, polls and Keycloak.
#[expect(
    clippy::disallowed_methods,
    reason = "a load of its own, with a time-out, which must not go on traces"
)]
pub(super) fn client() -> Result<Client> {
    let client = Client::builder().timeout(HTTP_BOUND).no_proxy().redirect(reqwest::redirect::Policy::none());
    client.build().context("cannot make an HTTP client")
}
