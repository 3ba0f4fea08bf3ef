//! Finds the primary that has a tenant's records, and keeps connections to it.
//!
//! Which server that is, is found out the same way for one server, Sentinel and Cluster: somebody is asked, the server that
//! is named is asked who it is, and only a primary is taken. All tenants of one server share a [`Way`] to it; in a Cluster each
//! tenant has its own, because each has its own slot.
//!
//! Each is kept by one task in the background ([`keeper`]), so that there is never more than one attempt to connect,
//! whatever the load. Whoever sees a fault of a connection says so with [`Links::suspect`]: nobody is given it any more, and
//! the primary is found anew. This module knows nothing of what is stored.

mod address;
mod backoff;
mod caller;
mod connection;
mod exclusive;
mod fault;
mod host;
mod keeper;
mod near;
mod route;
mod server;
mod tls;
mod watcher;
mod way;

use std::collections::HashMap;
use std::pin::Pin;
use std::sync::Arc;

use ::redis::RedisError;
use ::redis::aio::MultiplexedConnection;
use signal_protocol::Tenant;
use tokio::task::JoinSet;

pub(crate) use address::Address;
pub(crate) use exclusive::Exclusive;
pub(crate) use way::Link;

use crate::{StartError, StoreError, StoreSettings};
use caller::Caller;
use route::Route;
use way::Way;

/// What is done on every new connection before anything else is: `(connection, run id of its server, tenants it is for)`.
/// A connection on which it fails is not used.
pub(crate) type OnNewConnection =
    Arc<dyn for<'a> Fn(&'a mut MultiplexedConnection, &'a str, &'a [Tenant]) -> Greeting<'a> + Send + Sync>;

/// What an [`OnNewConnection`] is doing.
pub(crate) type Greeting<'a> = Pin<Box<dyn Future<Output = Result<(), RedisError>> + Send + 'a>>;

/// The connections to where the records are. Clones share them; they end with the last clone.
#[derive(Clone)]
pub(crate) struct Links {
    ways: Arc<HashMap<Tenant, Arc<Way>>>,
    _tasks: Arc<JoinSet<()>>,
}

impl Links {
    /// Begins to connect, in the background; to be called inside Tokio. No server need be there yet.
    ///
    /// # Errors
    /// The settings, or a file they name, cannot be used.
    pub(crate) fn new(
        settings: &StoreSettings,
        tenants: &[Tenant],
        on_new_connection: OnNewConnection,
    ) -> Result<Self, StartError> {
        let address = Address::parse(settings.url.expose())
            .map_err(|problem| StartError::Settings { setting: "url", problem })?;
        let caller = Arc::new(Caller::new(&address, settings, on_new_connection)?);
        let mut ways = HashMap::new();
        let mut tasks = JoinSet::new();
        for (route, tenants) in Route::all(&address, tenants) {
            let watched = route.clone();
            let way = Arc::new(Way::new(tenants.clone(), route, Arc::clone(&caller), settings));
            tasks.spawn(keeper::keep(Arc::clone(&way)));
            if let Route::Sentinel(sentinels) = watched {
                tasks.spawn(watcher::watch(sentinels, Arc::clone(&caller), Arc::clone(&way)));
            }
            ways.extend(tenants.into_iter().map(|tenant| (tenant, Arc::clone(&way))));
        }
        Ok(Self { ways: Arc::new(ways), _tasks: Arc::new(tasks) })
    }

    /// A connection to the tenant's primary that others use as well, this thread's own if it has one: nothing that blocks may
    /// be sent over it. Waits for one as long as a round trip may take.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] with what keeps it from being there; [`StoreError::UnknownTenant`].
    pub(crate) async fn primary(&self, tenant: &Tenant) -> Result<Link, StoreError> {
        let way = self.way(tenant)?;
        Ok(near::own(way, way.link().await?))
    }

    /// A connection to the tenant's primary that nobody else uses. Waits for a free one as [`Self::primary`] does.
    ///
    /// # Errors
    /// As [`Self::primary`].
    pub(crate) async fn exclusive(&self, tenant: &Tenant) -> Result<Exclusive, StoreError> {
        exclusive::take(self.way(tenant)?).await
    }

    /// Something was seen on this link that a primary in order does not do: READONLY, MOVED, a broken connection, no answer
    /// in time. The primary is found anew at once. Nothing happens where that was done since.
    pub(crate) fn suspect(&self, tenant: &Tenant, link: &Link) {
        if let Ok(way) = self.way(tenant) {
            way.suspect(link.id, "a command failed there");
        }
    }

    fn way(&self, tenant: &Tenant) -> Result<&Arc<Way>, StoreError> {
        self.ways.get(tenant).ok_or_else(|| StoreError::UnknownTenant(tenant.clone()))
    }
}
