//! The `registry` source about people who are not asking.

use clock::Clock;
use prometheus_client::registry::Registry as Metrics;
use serde_json::json;
use signal_protocol::{Role, RoomId, RoomRequest, Tenant, UserId};
use store::{Commit, Key, Read, Snapshot, Store, Write};

use super::world::{only, strangers};
use crate::RoomsSettings;
use crate::membership::Membership;
use crate::metrics::ServiceMetrics;
use crate::registry::{About, Beside, Registry, RegistryFailure, RoomPut, RoomWishes};

/// Nothing happens beside a change.
struct Nothing;

impl Beside for Nothing {
    fn wanted(&self, read: Read) -> Read {
        read
    }

    fn writes(&self, _: &Snapshot) -> Result<Vec<Write>, RegistryFailure> {
        Ok(Vec::new())
    }
}

/// Rooms in memory, and the source that reads them.
struct Kept {
    store: Store,
    registry: Registry,
    membership: Membership,
    tenant: Tenant,
    root: UserId,
}

impl Kept {
    fn new() -> Self {
        let tenant = Tenant::parse("realtime").unwrap();
        let store = Store::memory(Clock::system(), std::slice::from_ref(&tenant));
        let registry = Registry::new(store.clone(), RoomsSettings::default());
        let settings = serde_json::from_value(json!({ "sources": ["registry"] })).unwrap();
        let metrics = ServiceMetrics::new(&mut Metrics::default());
        let membership = Membership::start(&settings, None, Some(&registry), metrics).unwrap();
        Self { store, registry, membership, tenant, root: UserId::parse("root").unwrap() }
    }

    async fn makes(&self, room: &str, members: &[&str]) {
        let room = RoomId::parse(room).unwrap();
        let wishes = RoomWishes::check(&room, RoomRequest::default(), 10).unwrap();
        let put = self.registry.put_room(&self.tenant, &room, &wishes, &self.root, true).await.unwrap();
        assert_eq!(put, RoomPut::Created);
        for user in members {
            let user = UserId::parse(user).unwrap();
            let about = About { tenant: &self.tenant, room: &room, user: &user, by: &self.root };
            self.registry.set_member(about, Role::Viewer, &Nothing).await.unwrap();
        }
    }

    async fn strangers(&self, room: &str, users: &[&str]) -> Option<Vec<String>> {
        strangers(&self.membership, "realtime", room, users).await
    }

    async fn breaks(&self, key: &str) {
        let key = Key::parse(key).unwrap();
        let write = Write::Put { key, data: b"[]".to_vec(), refs: Vec::new(), ttl: None };
        self.store.commit(&self.tenant, Commit { writes: vec![write], ..Commit::default() }).await.unwrap();
    }
}

#[tokio::test]
async fn members_are_known_without_an_account_of_our_own() {
    let kept = Kept::new();
    kept.makes("standup", &["ann", "bob"]).await;
    assert_eq!(kept.strangers("standup", &["bob", "ann"]).await, only(&[]));
    assert_eq!(kept.strangers("standup", &["zoe", "ann", "carl"]).await, only(&["zoe", "carl"]));
    assert_eq!(kept.strangers("nowhere", &["ann"]).await, only(&["ann"]));
}

#[tokio::test]
async fn what_is_known_is_of_this_moment() {
    let kept = Kept::new();
    kept.makes("standup", &["ann"]).await;
    let (room, ann) = (RoomId::parse("standup").unwrap(), UserId::parse("ann").unwrap());
    let about = About { tenant: &kept.tenant, room: &room, user: &ann, by: &kept.root };
    assert!(kept.registry.remove_member(about, &Nothing).await.unwrap());
    assert_eq!(kept.strangers("standup", &["ann"]).await, only(&["ann"]));
}

#[tokio::test]
async fn a_room_that_is_marked_as_deleted_has_no_members() {
    let kept = Kept::new();
    kept.makes("standup", &["ann"]).await;
    let room = RoomId::parse("standup").unwrap();
    assert!(kept.registry.mark_deleted(&kept.tenant, &room, &kept.root).await.unwrap());
    assert!(!kept.registry.mark_deleted(&kept.tenant, &room, &kept.root).await.unwrap());
    assert_eq!(kept.strangers("standup", &["ann"]).await, only(&["ann"]));
    assert_eq!(kept.registry.members(&kept.tenant, &room).await.unwrap(), None);
}

#[tokio::test]
async fn a_record_that_cannot_be_read_is_no_no() {
    let kept = Kept::new();
    kept.makes("standup", &["ann", "bob"]).await;
    kept.breaks("member:standup/ann").await;
    assert_eq!(kept.strangers("standup", &["bob"]).await, only(&[]));
    assert_eq!(kept.strangers("standup", &["ann"]).await, None);
    kept.breaks("room:standup").await;
    assert_eq!(kept.strangers("standup", &["bob"]).await, None);
}
