//! What every store does, whatever keeps its records. Each test has a tenant, or keys, that no other touches, so that all of
//! them run on one server.

mod attachments;
pub(crate) mod bell;
mod changes;
mod commits;
mod leases;
mod logs;
mod queues;
mod records;
mod timers;

use std::time::Duration;

use clock::{DateTime, Utc};
use signal_protocol::Tenant;
use store::{Commit, Committed, Key, Read, Store, Version, Write};

/// Longer than anything here takes, even on a machine that does much else.
pub(crate) const BOUND: Duration = Duration::from_secs(20);

/// The tenants that a store is to be started with for [`all`].
pub(crate) fn tenants() -> Vec<Tenant> {
    (0..10).map(tenant).collect()
}

/// One of [`tenants`].
pub(crate) fn tenant(number: usize) -> Tenant {
    Tenant::parse(&format!("tenant-{number}")).unwrap()
}

/// Every test of the contract.
pub(crate) async fn all(store: &Store) {
    records::all(&Side::new(store, 0)).await;
    commits::all(&Side::new(store, 1)).await;
    leases::all(&Side::new(store, 2)).await;
    timers::all(&Side::new(store, 3)).await;
    logs::all(&Side::new(store, 4)).await;
    queues::all(&Side::new(store, 5)).await;
    bell::all(&Side::new(store, 6), &Side::new(store, 7)).await;
    attachments::all(&Side::new(store, 8)).await;
    changes::all(&Side::new(store, 9)).await;
}

/// Runs tests in turn and says which, so that the last one said is the one that failed.
macro_rules! in_turn {
    ($side:expr; $($test:ident),* $(,)?) => {$(
        println!("{}", stringify!($test));
        $test($side).await;
    )*};
}
pub(crate) use in_turn;

/// One tenant of a store.
#[derive(Clone)]
pub(crate) struct Side {
    pub(crate) store: Store,
    pub(crate) tenant: Tenant,
}

impl Side {
    pub(crate) fn new(store: &Store, number: usize) -> Self {
        Self { store: store.clone(), tenant: tenant(number) }
    }

    /// Makes these changes, whatever is there.
    pub(crate) async fn write(&self, writes: Vec<Write>) -> Vec<u64> {
        let commit = Commit { writes, ..Commit::default() };
        match self.store.commit(&self.tenant, commit).await.unwrap() {
            Committed::Applied { offsets, .. } => offsets,
            other => panic!("nothing was expected, and yet: {other:?}"),
        }
    }

    /// Makes these changes if the records have these versions.
    pub(crate) async fn write_if(&self, expect: Vec<(Key, Version)>, writes: Vec<Write>) -> Committed {
        let commit = Commit { expect, writes, ..Commit::default() };
        self.store.commit(&self.tenant, commit).await.unwrap()
    }

    pub(crate) async fn snapshot(&self, key: &Key, follow: u8) -> store::Snapshot {
        self.store.read(&self.tenant, Read::new().and(key.clone(), follow)).await.unwrap()
    }

    pub(crate) async fn version(&self, key: &Key) -> Version {
        self.snapshot(key, 0).await.version(key)
    }

    pub(crate) async fn data(&self, key: &Key) -> Option<Vec<u8>> {
        self.snapshot(key, 0).await.data(key).map(<[u8]>::to_vec)
    }

    /// The server's time.
    pub(crate) async fn now(&self) -> DateTime<Utc> {
        self.store.read(&self.tenant, Read::new().and(Key::new("nothing", 0), 0)).await.unwrap().now
    }
}

/// A record that stays.
pub(crate) fn put(key: &Key, data: &str) -> Write {
    Write::Put { key: key.clone(), data: data.into(), refs: Vec::new(), ttl: None }
}

/// A record that stays and refers to others.
pub(crate) fn put_with(key: &Key, refs: &[&Key]) -> Write {
    let refs = refs.iter().map(|&key| key.clone()).collect();
    Write::Put { key: key.clone(), data: b"{}".to_vec(), refs, ttl: None }
}
