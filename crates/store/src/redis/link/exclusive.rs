//! Connections that one user has at a time: for waits that nobody else may have to wait behind.

use std::ops::{Deref, DerefMut};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use ::redis::aio::MultiplexedConnection;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::Instant;

use super::connection::{Connection, IDLE};
use super::fault::Fault;
use super::way::{Link, Way};
use crate::StoreError;

/// The connections of a way that nobody uses now, and the right to have more.
pub(super) struct Pool {
    permits: Arc<Semaphore>,
    idle: Mutex<Vec<Idle>>,
}

struct Idle {
    connection: Connection,
    link: u64,
    since: Instant,
}

/// A connection that nobody else uses. Dropping it closes it: whoever was interrupted while a command was under way leaves
/// nobody an answer that is not theirs. Whoever is done gives it back with [`Self::put_back`].
pub(crate) struct Exclusive {
    connection: Connection,
    link: Link,
    way: Arc<Way>,
    _permit: OwnedSemaphorePermit,
}

impl Pool {
    pub(super) fn new(size: u32) -> Self {
        let size = usize::try_from(size).unwrap_or(usize::MAX).min(Semaphore::MAX_PERMITS);
        Self { permits: Arc::new(Semaphore::new(size)), idle: Mutex::default() }
    }

    /// Forgets the connections to a server that is no longer the one.
    pub(super) fn clear(&self) {
        self.lock().clear();
    }

    /// The connection that was put back last, so that those too many grow old and go.
    fn idle(&self, link: u64) -> Option<Connection> {
        let mut idle = self.lock();
        idle.retain(|idle| {
            idle.link == link && !idle.connection.end.is_over() && idle.since.elapsed() < IDLE
        });
        idle.pop().map(|idle| idle.connection)
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Idle>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Takes one that is idle, or makes one; all of it within the time of one round trip.
pub(super) async fn take(way: &Arc<Way>) -> Result<Exclusive, StoreError> {
    let deadline = Instant::now() + way.timeout();
    let free = Arc::clone(&way.pool.permits).acquire_owned();
    let Ok(Ok(permit)) = tokio::time::timeout_at(deadline, free).await else {
        return Err(StoreError::Unavailable { reason: "all exclusive connections are in use".to_owned() });
    };
    let link = way.link().await?;
    let connection = match way.pool.idle(link.id) {
        Some(connection) => connection,
        None => make(way, &link, deadline).await?,
    };
    Ok(Exclusive { connection, link, way: Arc::clone(way), _permit: permit })
}

async fn make(way: &Way, link: &Link, deadline: Instant) -> Result<Connection, StoreError> {
    let host = || link.host.clone();
    let fault = match tokio::time::timeout_at(deadline, way.greet(&link.host)).await {
        Ok(Ok((connection, server))) if *server.run_id == *link.run_id => return Ok(connection),
        Ok(Ok(_)) => Fault::Another { host: host() },
        Ok(Err(fault)) => fault,
        Err(_) => Fault::Silent { host: host(), timeout: way.timeout() },
    };
    way.suspect(link.id, "a second connection to it failed");
    Err(fault.into())
}

impl Exclusive {
    /// The link to the same server, for [`Links::suspect`](super::Links::suspect) and its run id.
    pub(crate) fn link(&self) -> &Link {
        &self.link
    }

    /// Ends when the server is no longer taken for the primary: a wait for its answer is in vain.
    pub(crate) async fn superseded(&self) {
        self.way.superseded(self.link.id).await;
    }

    /// Gives it back for the next one. Only after the answer to every command was read.
    pub(crate) fn put_back(self) {
        let Self { mut connection, link, way, _permit } = self;
        connection.commands.set_response_timeout(way.timeout());
        way.pool.lock().push(Idle { connection, link: link.id, since: Instant::now() });
    }
}

impl Deref for Exclusive {
    type Target = MultiplexedConnection;

    fn deref(&self) -> &Self::Target {
        &self.connection.commands
    }
}

impl DerefMut for Exclusive {
    fn deref_mut(&mut self) -> &mut Self::Target {
        &mut self.connection.commands
    }
}
