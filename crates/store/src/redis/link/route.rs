//! How the primary of some tenants is found.

mod cluster;
mod sentinel;

use std::sync::Arc;

use signal_protocol::Tenant;

use super::address::{Address, Servers};
use super::fault::Fault;
use super::host::Host;
use super::way::{Greeted, Way};
use cluster::Slot;
pub(super) use sentinel::Sentinels;

/// Whom to ask for the primary.
#[derive(Clone)]
pub(super) enum Route {
    /// Nobody: there is one server, or a name behind which somebody else sees to it.
    Single(Host),
    /// The Sentinels that watch over it.
    Sentinel(Arc<Sentinels>),
    /// Any node of the cluster.
    Cluster(Arc<Slot>),
}

impl Route {
    /// The routes for these tenants, each with those it is for. In a cluster each tenant is in a slot of its own.
    pub(super) fn all(address: &Address, tenants: &[Tenant]) -> Vec<(Self, Vec<Tenant>)> {
        match &address.servers {
            Servers::Single(host) => vec![(Self::Single(host.clone()), tenants.to_vec())],
            Servers::Sentinel { hosts, name, login: _ } => {
                let sentinels = Sentinels::new(hosts.clone(), name.clone());
                vec![(Self::Sentinel(Arc::new(sentinels)), tenants.to_vec())]
            }
            Servers::Cluster(hosts) => {
                let route = |tenant| Self::Cluster(Arc::new(Slot::new(hosts.clone(), tenant)));
                tenants.iter().map(|tenant| (route(tenant), vec![tenant.clone()])).collect()
            }
        }
    }

    /// Greets the servers that are said to be the primary until one is. Says what the last one lacks.
    pub(super) async fn find(&self, way: &Way) -> Result<(Host, Greeted), Fault> {
        match self {
            Self::Single(host) => Ok((host.clone(), way.greet(host).await?)),
            Self::Sentinel(sentinels) => sentinels.find(way).await,
            Self::Cluster(slot) => slot.find(way).await,
        }
    }
}
