//! The way to one primary: whether there is a connection now, and how it is made.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use ::redis::aio::MultiplexedConnection;
use signal_protocol::Tenant;
use tokio::sync::{Notify, watch};

use super::caller::Caller;
use super::connection::{Connection, End};
use super::exclusive::Pool;
use super::fault::Fault;
use super::host::Host;
use super::near::Near;
use super::route::Route;
use super::server::Server;
use crate::{StoreError, StoreSettings};

/// A connection to a primary for whoever has something to ask, and who that primary is.
#[derive(Clone)]
pub(crate) struct Link {
    /// The connection. Clones are the same; it ends with the last clone of the link.
    pub(crate) commands: MultiplexedConnection,
    /// Names the server since its last start or promotion.
    pub(crate) run_id: Arc<str>,
    pub(super) host: Host,
    /// One of its own for every link that ever was.
    pub(super) id: u64,
    pub(super) end: Arc<End>,
}

/// The way to one primary, for the tenants whose records it has.
pub(super) struct Way {
    tenants: Vec<Tenant>,
    route: Route,
    caller: Arc<Caller>,
    state: watch::Sender<State>,
    /// Cuts the wait before the next attempt short.
    hurry: Notify,
    links: AtomicU64,
    pub(super) pool: Pool,
    pub(super) near: Near,
}

/// A connection that may be used, and the server at its other end.
pub(super) type Greeted = (Connection, Server);

/// Whether there is a link.
pub(super) enum State {
    Up(Link),
    Down { reason: String },
}

impl State {
    pub(super) fn is(&self, link: u64) -> bool {
        match self {
            Self::Up(up) => up.id == link,
            Self::Down { .. } => false,
        }
    }
}

impl Way {
    pub(super) fn new(
        tenants: Vec<Tenant>,
        route: Route,
        caller: Arc<Caller>,
        settings: &StoreSettings,
    ) -> Self {
        let state = State::Down { reason: "no server was reached yet".to_owned() };
        Self {
            tenants,
            route,
            caller,
            state: watch::channel(state).0,
            hurry: Notify::new(),
            links: AtomicU64::new(0),
            pool: Pool::new(settings.exclusive_connections),
            near: Near::default(),
        }
    }

    /// The link; waits for one as long as a round trip may take.
    pub(super) async fn link(&self) -> Result<Link, StoreError> {
        if let State::Up(link) = &*self.state.borrow() {
            return Ok(link.clone());
        }
        let mut state = self.state.subscribe();
        let up = state.wait_for(|state| matches!(state, State::Up(_)));
        // The sender is a field of this, so that only the time can run out.
        if let Ok(Ok(state)) = tokio::time::timeout(self.timeout(), up).await
            && let State::Up(link) = &*state
        {
            return Ok(link.clone());
        }
        Err(StoreError::Unavailable { reason: self.reason() })
    }

    /// Why there is no link.
    pub(super) fn reason(&self) -> String {
        match &*self.state.borrow() {
            State::Up(_) => "the server was reached too late".to_owned(),
            State::Down { reason } => reason.clone(),
        }
    }

    pub(super) fn caller(&self) -> &Caller {
        &self.caller
    }

    pub(super) fn timeout(&self) -> Duration {
        self.caller.timeout()
    }

    /// Nobody is given this link any more. Tells whether it was still the one.
    pub(super) fn suspect(&self, link: u64, reason: &str) -> bool {
        self.state.send_if_modified(|state| {
            let is_current = state.is(link);
            if is_current {
                *state = State::Down { reason: reason.to_owned() };
            }
            is_current
        })
    }

    /// Somebody who knows says that this is the primary: any other is not, and one that is being waited for may be there.
    pub(super) fn told(&self, primary: &Host) {
        let current = match &*self.state.borrow() {
            State::Up(link) if link.host != *primary => Some(link.id),
            State::Up(_) | State::Down { .. } => None,
        };
        if let Some(link) = current {
            self.suspect(link, "a Sentinel names another");
        }
        self.hurry.notify_one();
    }

    /// Gives everybody who asks this link from now on.
    pub(super) fn up(&self, link: Link) {
        self.pool.clear();
        self.near.clear();
        self.state.send_replace(State::Up(link));
    }

    /// Keeps what was seen last as the reason for whoever asks.
    pub(super) fn down(&self, reason: String) {
        self.state.send_replace(State::Down { reason });
    }

    /// Ends when this link is no longer the one.
    pub(super) async fn superseded(&self, link: u64) {
        let mut state = self.state.subscribe();
        // An error would mean that the sender, a field of this, is gone.
        let _superseded = state.wait_for(|state| !state.is(link)).await;
    }

    /// Waits before another attempt, unless somebody says that there is reason to hurry.
    pub(super) async fn pause(&self, wait: Duration) {
        tokio::select! {
            () = tokio::time::sleep(wait) => {}
            () = self.hurry.notified() => {}
        }
    }

    /// Finds the primary and connects to it.
    pub(super) async fn establish(&self) -> Result<Link, Fault> {
        let (host, (connection, server)) = self.route.find(self).await?;
        Ok(Link {
            commands: connection.commands,
            run_id: server.run_id.into(),
            host,
            id: self.links.fetch_add(1, Ordering::Relaxed),
            end: Arc::new(connection.end),
        })
    }

    /// Connects to a server, makes sure that it is a primary, and does what is to be done on every new connection.
    pub(super) async fn greet(&self, host: &Host) -> Result<Greeted, Fault> {
        let mut connection = self.caller.server(host).await?;
        let server = Server::ask(&mut connection.commands, host, &self.caller).await?;
        (self.caller.on_new_connection)(&mut connection.commands, &server.run_id, &self.tenants)
            .await
            .map_err(|error| Fault::of(host, error, self.timeout()))?;
        Ok((connection, server))
    }

    /// Asks the server at the other end of a link whether it is who it was.
    pub(super) async fn probe(&self, link: &Link) -> Result<(), Fault> {
        let server = Server::ask(&mut link.commands.clone(), &link.host, &self.caller).await?;
        if *server.run_id == *link.run_id { Ok(()) } else { Err(Fault::Another { host: link.host.clone() }) }
    }
}
