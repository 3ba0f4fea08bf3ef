//! What LiveKit says of its rooms: its own webhooks, and forged ones.

mod bodies;
mod effects;
mod floods;
mod real;
mod replays;
mod signatures;

use std::time::Duration;

use chrono::Utc;
use clock::Clock;
use reqwest::{Method, RequestBuilder};
use serde_json::Value;
use signal_protocol::Tenant;
use store::{Key, Read, Store, StoreSettings};
use testkit::{WebhookForge, WebhookRoom, eventually};

use crate::world::{Answer, STORE_PATIENCE_MS, World, send};

/// How long anything may take before the test fails.
const BOUND: Duration = Duration::from_secs(20);

pub(crate) const PATH: &str = "/api/realtime/webhooks/livekit";

fn now() -> chrono::DateTime<Utc> {
    Clock::system().now()
}

/// A webhook with this body and token to a replica.
fn webhook(world: &World, url: &str, body: Vec<u8>, authorization: &str) -> RequestBuilder {
    world
        .http(Method::POST, &format!("{url}{PATH}"))
        .header("Content-Type", "application/webhook+json")
        .header("Authorization", authorization)
        .body(body)
}

/// Sends what LiveKit would send, to a replica.
async fn told(world: &World, url: &str, body: &Value) -> Answer {
    let body = body.to_string().into_bytes();
    let authorization = WebhookForge::of(&world.livekit).authorization(&body, now().timestamp());
    send(webhook(world, url, body, &authorization)).await
}

/// A room `standup` that LiveKit might have had.
fn standup() -> WebhookRoom {
    WebhookRoom {
        name: "realtime/standup".to_owned(),
        sid: "RM_forged".to_owned(),
        created_at_ms: now().timestamp_millis(),
    }
}

/// That `ann` came into it.
fn ann_joined(room: &WebhookRoom, id: &str) -> Value {
    let at = room.created_at_ms + 1_000;
    room.event_of("participant_joined", id, at, ("ann:web", "PA_ann", at))
}

/// That she left.
fn ann_left(room: &WebhookRoom, id: &str) -> Value {
    let at = room.created_at_ms + 2_000;
    room.event_of("participant_left", id, at, ("ann:web", "PA_ann", room.created_at_ms + 1_000))
}

/// The store, as the service sees it.
pub(crate) struct Kept {
    store: Store,
    tenant: Tenant,
}

impl Kept {
    pub(crate) fn by(world: &World) -> Self {
        let tenant = Tenant::parse("realtime").unwrap();
        let settings = StoreSettings {
            url: world.redis().url.clone().into(),
            timeout_ms: STORE_PATIENCE_MS,
            ..StoreSettings::default()
        };
        Self { store: Store::start(&settings, std::slice::from_ref(&tenant)).unwrap(), tenant }
    }

    /// What there is at a key.
    pub(crate) async fn at(&self, key: &str) -> Option<Value> {
        let key = Key::parse(key).unwrap();
        let snapshot = eventually("the store answers", BOUND, async || {
            self.store.read(&self.tenant, Read::new().and(key.clone(), 0)).await
        })
        .await;
        snapshot.parse(&key).unwrap()
    }

    /// The identities that are known to be in `standup`.
    async fn there(&self) -> Vec<String> {
        let occupancy = self.at("occupancy:standup").await;
        let people = occupancy.as_ref().and_then(|occupancy| occupancy["people"].as_object());
        people.map(|people| people.keys().cloned().collect()).unwrap_or_default()
    }

    async fn until_there(&self, wanted: &[&str]) {
        eventually("it is known who is in the room", BOUND, async || {
            let found = self.there().await;
            if found == wanted { Ok(()) } else { Err(format!("{found:?}")) }
        })
        .await;
    }

    /// The rooms in which somebody is.
    pub(crate) async fn whereabouts(&self, user: &str) -> Vec<String> {
        let record = self.at(&format!("whereabouts:{user}")).await;
        let rooms = record.as_ref().and_then(|record| record["rooms"].as_object());
        rooms.map(|rooms| rooms.keys().cloned().collect()).unwrap_or_default()
    }
}

/// A world whose LiveKit is away, so that nobody but the test says who is in a room.
async fn without_livekit() -> World {
    let mut world = World::with_store(&[]).await;
    world.livekit.stop().await;
    world
}
