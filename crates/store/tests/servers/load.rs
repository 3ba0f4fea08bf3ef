//! Writers that go on whatever happens to the servers, and a look at what came of it.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use signal_protocol::Tenant;
use store::{Commit, Committed, Key, LogBounds, Store, StoreError, Write};
use testkit::eventually;
use tokio::task::JoinSet;

const WRITERS: usize = 4;
/// How many more commits each writer must have acknowledged before the load counts as going on.
const MORE: usize = 20;
const BOUND: Duration = Duration::from_secs(40);
const BOUNDS: LogBounds = LogBounds { max_entries: 1_000_000, max_age: Duration::from_hours(1) };
const PAGE: usize = 1_000;

/// Writers with a log each; every entry is written once, and is or is not acknowledged.
pub(crate) struct Load {
    store: Store,
    tenant: Tenant,
    progress: Arc<[AtomicUsize]>,
    stop: Arc<AtomicBool>,
    writers: JoinSet<(Key, BTreeSet<String>)>,
}

impl Load {
    pub(crate) fn start(store: &Store, tenant: &Tenant) -> Self {
        let progress: Arc<[AtomicUsize]> = (0..WRITERS).map(|_| AtomicUsize::new(0)).collect();
        let stop = Arc::new(AtomicBool::new(false));
        let mut writers = JoinSet::new();
        for number in 0..WRITERS {
            let (store, tenant) = (store.clone(), tenant.clone());
            let (progress, stop) = (Arc::clone(&progress), Arc::clone(&stop));
            writers.spawn(async move {
                let log = Key::new("load", number);
                let mut acknowledged = BTreeSet::new();
                for entry in (0_u64..).map(|entry| entry.to_string()) {
                    if stop.load(Ordering::Relaxed) {
                        break;
                    }
                    if is_written(&store, &tenant, &log, &entry).await {
                        acknowledged.insert(entry);
                        progress[number].fetch_add(1, Ordering::Relaxed);
                    }
                }
                (log, acknowledged)
            });
        }
        Self { store: store.clone(), tenant: tenant.clone(), progress, stop, writers }
    }

    /// Waits until every writer has had more commits acknowledged than are under way now.
    pub(crate) async fn goes_on(&self) {
        let seen = || self.progress.iter().map(|count| count.load(Ordering::Relaxed));
        let wanted: Vec<usize> = seen().map(|count| count + MORE).collect();
        eventually("every writer goes on", BOUND, async || {
            seen().zip(&wanted).all(|(count, wanted)| count >= *wanted)
        })
        .await;
    }

    /// Ends the writers. Every acknowledged entry must be there, no entry twice, and the offsets without a hole.
    pub(crate) async fn lost_nothing(self) {
        let Self { store, tenant, stop, writers, .. } = self;
        stop.store(true, Ordering::Relaxed);
        for (log, acknowledged) in writers.join_all().await {
            let kept = entries(&store, &tenant, &log).await;
            let different: BTreeSet<&String> = kept.iter().collect();
            assert_eq!(different.len(), kept.len(), "{log} has an entry twice");
            let lost: Vec<&String> = acknowledged.iter().filter(|entry| !different.contains(entry)).collect();
            assert!(lost.is_empty(), "{log} has lost {lost:?} of {}", acknowledged.len());
        }
    }
}

/// Whether the entry was acknowledged. What the servers go through while it is not is no other error than these.
async fn is_written(store: &Store, tenant: &Tenant, log: &Key, entry: &str) -> bool {
    let append =
        Write::Append { log: log.clone(), entry: entry.into(), bounds: BOUNDS, bell: None, attachment: None };
    let commit = Commit { writes: vec![append], durable: true, ..Commit::default() };
    match store.commit(tenant, commit).await {
        Ok(Committed::Applied { .. }) => true,
        Err(StoreError::Unavailable { .. } | StoreError::Ambiguous { .. } | StoreError::Moving) => false,
        other => panic!("{other:?}"),
    }
}

async fn entries(store: &Store, tenant: &Tenant, log: &Key) -> Vec<String> {
    let mut entries = Vec::new();
    loop {
        let after = entries.len() as u64;
        let page = store.read_log(tenant, log, after, PAGE, None).await.unwrap();
        for (entry, offset) in page.entries.iter().zip(after + 1..) {
            assert_eq!(entry.offset, offset, "{log} has a hole");
            entries.push(String::from_utf8(entry.data.clone()).unwrap());
        }
        if page.entries.is_empty() {
            assert_eq!(page.last, after, "{log} has offsets without entries");
            return entries;
        }
    }
}
