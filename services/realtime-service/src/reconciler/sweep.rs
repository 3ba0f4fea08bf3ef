//! Going through the records for rooms that nobody remembers: that ended while no replica was there to notice.

use std::time::Duration;

use clock::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use signal_protocol::{RoomId, Tenant, timestamp};
use store::{Commit, Committed, Key, Read, ScanCursor, Store, StoreError, Write};

use super::LiveRooms;
use crate::stored::{Extra, Schema, json};

/// So often one of the replicas does it. The first turn of each does besides.
const EVERY: clock::Duration = clock::Duration::minutes(5);

/// How many keys are looked at with one request.
const SLICE: usize = 1_000;

/// For how long it is remembered when it was done last.
const KEPT: Duration = Duration::from_hours(1);

/// The record `sweep:occupancy`.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Sweep {
    #[serde(default)]
    schema: Schema,
    /// When somebody has begun with it last.
    #[serde(with = "timestamp")]
    begun_at: DateTime<Utc>,
    #[serde(flatten)]
    extra: Extra,
}

/// Whether it is this replica that does it now.
pub(super) async fn is_due(store: &Store, tenant: &Tenant) -> Result<bool, StoreError> {
    let key = Key::new("sweep", "occupancy");
    let read = store.read(tenant, Read::new().and(key.clone(), 0)).await?;
    let last: Option<Sweep> = read.parse(&key)?;
    if last.as_ref().is_some_and(|last| read.now - last.begun_at < EVERY) {
        return Ok(false);
    }
    let extra = last.map(|last| last.extra).unwrap_or_default();
    let sweep = Sweep { schema: Schema, begun_at: read.now, extra };
    let expect = vec![(key.clone(), read.version(&key))];
    let writes = vec![Write::Put { key, data: json(&sweep), refs: Vec::new(), ttl: Some(KEPT) }];
    let committed = store.commit(tenant, Commit { expect, writes, ..Commit::default() }).await?;
    Ok(matches!(committed, Committed::Applied { .. }))
}

/// Remembers every room that has a record.
pub(super) async fn remember_all(
    store: &Store,
    tenant: &Tenant,
    live_rooms: &LiveRooms,
) -> Result<(), StoreError> {
    let mut next = Some(ScanCursor::default());
    while let Some(cursor) = next {
        let (keys, rest) = store.scan(tenant, "occupancy:", cursor, SLICE).await?;
        let rooms = keys.iter().filter_map(|key| RoomId::parse(key.id()).ok());
        rooms.for_each(|room| live_rooms.heard_of(tenant, &room));
        next = rest;
    }
    Ok(())
}
