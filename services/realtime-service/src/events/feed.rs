//! What both transports ask for: the log of whoever listens, the state of their calls, and that it is known they are there.

use std::sync::Arc;

use call_state_api::Relay;
use http_server::{Problem, Refusal};
use identity::Caller;
use mailbox::{Mailbox, Reading, Watch};
use signal_protocol::{CallId, DeviceId, ErrorCode};
use signalling::{News, State};
use store::{Brought, Store, StoreError};
use uuid::Uuid;

use super::errands::Errands;
use super::metrics::EventsMetrics;
use super::presence::{Presence, Stay};
use crate::calls::{CallState, CallStateRefused};

/// Everybody's news.
pub(crate) struct Feed {
    mailbox: Mailbox,
    calls: CallState,
    presence: Presence,
    errands: Errands,
}

/// Who listens.
#[derive(Clone)]
pub(crate) struct Listener {
    pub(crate) caller: Arc<Caller>,
    pub(crate) device: DeviceId,
}

/// Why something could not be found out.
#[derive(Debug, thiserror::Error)]
pub(crate) enum FeedFailure {
    #[error("the log cannot be read")]
    Store(#[from] StoreError),
    #[error("the state of calls cannot be read")]
    Calls(#[from] CallStateRefused),
}

impl FeedFailure {
    /// The code that a client is given.
    pub(crate) fn code(&self) -> ErrorCode {
        match self {
            Self::Store(_) => ErrorCode::StoreUnavailable,
            Self::Calls(refused) => refused.code(),
        }
    }
}

impl Refusal for FeedFailure {
    fn problem(&self) -> Problem {
        match self {
            Self::Store(failure) => {
                let problem = Problem::new(ErrorCode::StoreUnavailable);
                match failure.retry_after() {
                    Some(after) => problem.retry_after(u32::try_from(after.as_secs()).unwrap_or(u32::MAX)),
                    None => problem,
                }
            }
            Self::Calls(refused) => refused.problem(),
        }
    }
}

impl Feed {
    /// Reads the logs in `store`. Must be called inside a Tokio runtime.
    pub(crate) fn start(store: &Store, mailbox: Mailbox, calls: CallState, metrics: &EventsMetrics) -> Self {
        let errands = Errands::new(calls.clone(), metrics.clone());
        Self { mailbox, presence: Presence::start(store, metrics), errands, calls }
    }

    /// Writes down who left last. To be called once nobody listens any more.
    pub(crate) async fn stop(&self) {
        self.presence.stop().await;
    }

    /// Begins to hear the bell. Call it before the log is read.
    pub(crate) fn watch(&self, listener: &Listener) -> Watch {
        self.mailbox.watch(&listener.caller.tenant, &listener.caller.user, None)
    }

    /// The same for a socket, which also hears of newer sockets of its device.
    pub(crate) fn watch_device(&self, listener: &Listener) -> Watch {
        let Listener { caller, device } = listener;
        self.mailbox.watch(&caller.tenant, &caller.user, Some(device))
    }

    /// The device is there until what is given back is dropped, and a while longer.
    pub(crate) fn stay(&self, listener: &Listener) -> Option<Stay> {
        let Listener { caller, device } = listener;
        self.presence.stay(&caller.tenant, &caller.user, device)
    }

    /// At most `limit` events after the cursor, which came from a client and may be anything; without one, the cursor of
    /// now. `brought` is what came with the ring for which this is read.
    pub(crate) async fn read(
        &self,
        listener: &Listener,
        after: Option<&str>,
        limit: usize,
        brought: Option<&Brought>,
    ) -> Result<News, FeedFailure> {
        let Listener { caller, device } = listener;
        let reading = self.mailbox.read(&caller.tenant, &caller.user, device, after, limit, brought).await?;
        let Reading { events, cursor, recovered, now, sessions, unconsumed } = reading;
        Ok(News { events, cursor, recovered, server_now: now, sessions, unconsumed })
    }

    /// How the calls of whoever listens stand. Rings among them count as handed over.
    pub(crate) async fn snapshot(&self, listener: &Listener) -> Result<State, FeedFailure> {
        let relay = Relay { token: listener.caller.token(), device: &listener.device, request_id: None };
        let snapshot = self.calls.ask("snapshot", |client| client.snapshot(&relay)).await?;
        Ok(State { calls: snapshot.calls, signals: snapshot.signals, server_now: snapshot.server_now })
    }

    /// Writes into the log that a socket of the device was opened, for its older ones to see.
    pub(crate) async fn open(&self, listener: &Listener, session: Uuid) -> Result<(), FeedFailure> {
        let Listener { caller, device } = listener;
        self.mailbox.open(&caller.tenant, &caller.user, device, session).await?;
        Ok(())
    }

    /// The device has taken in everything up to this cursor. Whether it was one; `true` if that could not be found out,
    /// for nothing depends on it: what is not consumed goes a little later.
    pub(crate) async fn acknowledge(&self, listener: &Listener, cursor: &str) -> bool {
        let Listener { caller, device } = listener;
        let outcome = self.mailbox.acknowledge(&caller.tenant, &caller.user, device, cursor).await;
        outcome.unwrap_or_else(|error| {
            tracing::debug!(error = &error as &dyn std::error::Error, "cursor.not_acknowledged");
            true
        })
    }

    /// Whether this is a cursor of whoever listens. Nobody is asked.
    pub(crate) fn is_cursor(listener: &Listener, cursor: &str) -> bool {
        mailbox::is_cursor(cursor, &listener.caller.tenant, &listener.caller.user)
    }

    /// The ring of `call` is handed over. Told beside whatever else goes on.
    pub(crate) fn is_notified(&self, listener: &Listener, call: CallId) {
        self.errands.is_notified(&listener.caller, &listener.device, call);
    }
}
