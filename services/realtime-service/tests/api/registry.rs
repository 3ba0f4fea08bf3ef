//! Rooms and members that are kept here, from their making to their end.

mod bounds;
mod deletion;
mod faults;
mod life;
mod lists;
mod races;

use reqwest::Method;
use serde_json::{Value, json};

use crate::world::{Answer, World, send};

/// A world in which rooms are kept, and an administrator.
pub(super) struct Host {
    pub(super) world: World,
    pub(super) root: String,
}

/// As much as a test wants.
const UNLIMITED: [(&str, &str); 5] = [
    ("MEMBERSHIP__SOURCES", "token_claims,registry"),
    ("LIMITS__COMMANDS_PER_SECOND", "100000"),
    ("LIMITS__COMMANDS_BURST", "100000"),
    ("LIMITS__READS_PER_SECOND", "100000"),
    ("LIMITS__JOINS_PER_MINUTE", "100000"),
];

impl Host {
    pub(super) async fn start() -> Self {
        Self::with(&[]).await
    }

    pub(super) async fn with(settings: &[(&str, &str)]) -> Self {
        let settings: Vec<_> = UNLIMITED.iter().chain(settings).copied().collect();
        let world = World::with_calls(&settings, &[]).await;
        let mut claims = world.claims("root", &[]);
        claims["resource_access"] = json!({ "realtime": { "roles": ["realtime-admin"] } });
        let root = world.issuer.sign(&claims);
        Self { world, root }
    }

    /// A token of somebody who is in no group.
    pub(super) fn token(&self, user: &str) -> String {
        self.world.token(user, &[])
    }

    pub(super) async fn get(&self, path: &str, token: &str) -> Answer {
        self.world.get(path, token).await
    }

    pub(super) async fn put(&self, path: &str, token: &str, body: &Value) -> Answer {
        send(self.world.request(Method::PUT, path, token).json(body)).await
    }

    pub(super) async fn delete(&self, path: &str, token: &str) -> Answer {
        send(self.world.request(Method::DELETE, path, token)).await
    }

    /// Makes a room with these members.
    pub(super) async fn makes(&self, room: &str, members: &[(&str, &str)]) {
        let made = self.put(&format!("/rooms/{room}"), &self.root, &json!({})).await;
        assert_eq!(made.status, 201, "{}", made.text);
        for (user, role) in members {
            self.adds(room, user, role).await;
        }
    }

    /// Makes somebody a member.
    pub(super) async fn adds(&self, room: &str, user: &str, role: &str) {
        let added = self.set_member(&self.root, room, user, role).await;
        assert_eq!(added.status, 201, "{}", added.text);
    }

    pub(super) async fn set_member(&self, token: &str, room: &str, user: &str, role: &str) -> Answer {
        self.put(&format!("/rooms/{room}/members/{user}"), token, &json!({ "role": role })).await
    }

    /// What is kept under this key.
    pub(super) async fn stored(&self, key: &str) -> Option<Value> {
        let data = self.world.redis().command(&["HGET", &named(key), "d"]).await.unwrap();
        data.as_str().map(|data| serde_json::from_str(data).unwrap())
    }

    /// Writes something else under this key, past the service.
    pub(super) async fn overwrite(&self, key: &str, data: &str) {
        self.world.redis().command(&["HSET", &named(key), "d", data]).await.unwrap();
    }

    /// The keys of the registry that are there, in order.
    pub(super) async fn kept(&self) -> Vec<String> {
        let mut kept = Vec::new();
        for kind in ["room", "member", "members", "rooms-of"] {
            let found = self.world.redis().command(&["KEYS", &named(&format!("{kind}:*"))]).await.unwrap();
            let found = found.as_array().unwrap().iter().map(|key| key.as_str().unwrap());
            kept.extend(found.map(|key| key.rsplit_once("}:").unwrap().1.to_owned()));
        }
        kept.sort();
        kept
    }
}

fn named(key: &str) -> String {
    format!("{{t:realtime}}:{key}")
}
