//! The adapter beside two real LiveKit servers.

use std::collections::BTreeSet;
use std::time::Duration;

use prometheus_client::registry::Registry;
use room_tokens::{Admission, ParticipantIdentity};
use serde_json::json;
use signal_protocol::{CallKind, Role};
use testkit::{LiveKit, RoomGuest, eventually};

use super::*;

/// How long anything may take before the test fails.
const BOUND: Duration = Duration::from_secs(20);

struct Pair {
    one: LiveKit,
    two: LiveKit,
    sfu: Sfu,
}

impl Pair {
    async fn start() -> Self {
        identity::install_crypto();
        let (one, two) = (LiveKit::start().await.unwrap(), LiveKit::start().await.unwrap());
        let table = |name: &str, livekit: &LiveKit| {
            json!({
                "name": name,
                "url": livekit.url,
                "public_url": livekit.public_url,
                "api_key": livekit.api_key,
                "api_secret": livekit.api_secret,
                "api_key_previous": format!("before-{name}"),
                "api_secret_previous": "the secret before",
            })
        };
        let settings: LiveKitSettings = serde_json::from_value(json!({
            "clusters": [table("one", &one), table("two", &two)],
            "request_timeout_ms": 1400,
        }))
        .unwrap();
        let metrics = ServiceMetrics::new(&mut Registry::default());
        let sfu = Sfu::new(&settings, Clock::system(), &metrics).unwrap();
        Self { one, two, sfu }
    }

    async fn enter(&self, sfu_room: &str, identity: &str) -> RoomGuest {
        let cluster = self.sfu.ensure_room(sfu_room, None, None).await.unwrap();
        let identity: ParticipantIdentity = identity.parse().unwrap();
        let admission = Admission {
            sfu_room: sfu_room.to_owned(),
            identity,
            role: Role::Participant,
            kind: CallKind::Video,
            name: Some("Ann".to_owned()),
            metadata: None,
            attributes: std::collections::BTreeMap::default(),
        };
        let token = cluster.minter().mint(admission).unwrap();
        RoomGuest::enter(cluster.server_url(), &token.jwt).await.unwrap()
    }
}

fn identities(participants: &[SfuParticipant]) -> BTreeSet<&str> {
    participants.iter().map(|one| one.identity.as_str()).collect()
}

#[tokio::test]
async fn who_is_in_a_room_is_listed_and_sent_out_in_whichever_cluster_it_is() {
    let pair = Pair::start().await;
    let before = pair.sfu.clock.now();
    for number in 0..4 {
        let room = format!("acme/room-{number}");
        let mut ann = pair.enter(&room, "ann:phone").await;
        let _bob = pair.enter(&room, "bob:phone").await;
        // One that has heard nothing of the room has to find it.
        pair.sfu.forget(&room).await;
        let there = pair.sfu.participants(&room).await.unwrap();
        assert_eq!(identities(&there), BTreeSet::from(["ann:phone", "bob:phone"]));
        let listed = there.iter().find(|one| one.identity == "ann:phone").unwrap();
        assert_eq!((listed.sid.as_str(), listed.name.as_str()), (ann.sid.as_str(), "Ann"));
        assert!((listed.joined_at - before).num_seconds().abs() < 60, "{}", listed.joined_at);
        assert!(!pair.sfu.mute(&room, "ann:phone", MediaSource::Camera).await.unwrap());

        assert!(pair.sfu.remove(&room, "ann:phone").await.unwrap());
        assert!(ann.sent_out(BOUND).await.gone);
        eventually("LiveKit has let go of her", BOUND, async || {
            identities(&pair.sfu.participants(&room).await.unwrap()) == BTreeSet::from(["bob:phone"])
        })
        .await;
        assert!(!pair.sfu.remove(&room, "ann:phone").await.unwrap());
    }
}

#[tokio::test]
async fn a_room_that_is_nowhere_has_nobody_in_it_and_is_closed() {
    let pair = Pair::start().await;
    let room = "acme/nowhere";
    assert_eq!(pair.sfu.participants(room).await.unwrap(), []);
    assert!(!pair.sfu.remove(room, "ann:phone").await.unwrap());
    assert!(!pair.sfu.mute(room, "ann:phone", MediaSource::Microphone).await.unwrap());
    pair.sfu.close_room(room).await.unwrap();
}

#[tokio::test]
async fn while_a_cluster_does_not_answer_no_room_is_said_to_be_nowhere() {
    let mut pair = Pair::start().await;
    pair.two.stop().await;
    let asked = pair.sfu.participants("acme/unknown").await;
    assert!(matches!(asked, Err(SfuFailure::Unavailable(_) | SfuFailure::LeftAlone { .. })), "{asked:?}");
    assert!(pair.sfu.close_room("acme/unknown").await.is_err());
}

#[tokio::test]
async fn the_rooms_of_a_tenant_are_listed_cluster_by_cluster_and_closed_wherever_they_are() {
    let pair = Pair::start().await;
    let acme = Tenant::parse("acme").unwrap();
    let rooms: Vec<_> = (0..8).map(|number| format!("acme/room-{number}")).collect();
    for room in rooms.iter().map(String::as_str).chain(["acme-2/room"]) {
        pair.sfu.ensure_room(room, None, None).await.unwrap();
    }
    let list = async || {
        let mut found = Vec::new();
        for cluster in pair.sfu.clusters() {
            let rooms = pair.sfu.rooms_in(cluster, &acme).await.unwrap();
            assert!(rooms.iter().all(|room| room.cluster == cluster), "{rooms:?}");
            found.push(rooms.len());
        }
        found
    };
    let found = list().await;
    assert_eq!(found.iter().sum::<usize>(), rooms.len());
    assert!(!found.contains(&0), "{found:?}");
    for room in &rooms {
        pair.sfu.forget(room).await;
        pair.sfu.close_room(room).await.unwrap();
    }
    assert_eq!(list().await, [0, 0]);
    assert!(matches!(pair.sfu.rooms_in("three", &acme).await, Err(SfuFailure::Elsewhere)));
}

#[tokio::test]
async fn a_room_is_opened_where_it_was_last_seen_and_nowhere_if_that_is_unknown_here() {
    let pair = Pair::start().await;
    for (room, seen_in) in [("acme/a", "one"), ("acme/b", "two"), ("acme/c", "one"), ("acme/d", "two")] {
        let home = pair.sfu.ensure_room(room, None, Some(seen_in)).await.unwrap();
        assert_eq!(home.name(), seen_in);
    }
    let refused =
        pair.sfu.ensure_room("acme/e", None, Some("three")).await.map(|home| home.name().to_owned());
    assert!(
        matches!(refused.as_deref().map_err(|failure| &**failure), Err(SfuFailure::Elsewhere)),
        "{refused:?}"
    );
}

#[tokio::test]
async fn every_key_verifies_the_current_ones_and_those_before() {
    let pair = Pair::start().await;
    let keys: Vec<_> = pair.sfu.keys().map(|key| key.api_key.to_owned()).collect();
    assert_eq!(keys, [&*pair.one.api_key, "before-one", &*pair.two.api_key, "before-two"]);
    let secrets: BTreeSet<_> = pair.sfu.keys().map(|key| key.api_secret.to_owned()).collect();
    assert_eq!(secrets.len(), 3);
}
