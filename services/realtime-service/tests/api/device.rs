//! Somebody's device, which speaks to the API.

use reqwest::Method;
use serde_json::{Value, json};

use crate::world::{Answer, World, send};

/// Limits that nobody meets who looks whether somebody is there.
pub(crate) const MANY_INVITES: [(&str, &str); 5] = [
    ("LIMITS__INVITES_PER_MINUTE", "100000"),
    ("LIMITS__INVITES_PER_MINUTE_TO_ONE", "100000"),
    ("LIMITS__CALLEES_PER_MINUTE", "100000"),
    ("LIMITS__COMMANDS_PER_SECOND", "100000"),
    ("LIMITS__COMMANDS_BURST", "100000"),
];

/// A device of a person who is logged in.
pub(crate) struct Device<'a> {
    world: &'a World,
    user: String,
    token: String,
    name: &'a str,
}

impl<'a> Device<'a> {
    /// The `name`d device of a user in these groups.
    pub(crate) fn new(world: &'a World, user: &str, name: &'a str, groups: &[&str]) -> Self {
        Self { world, user: user.to_owned(), token: world.token(user, groups), name }
    }

    /// The device of a person with one, who is in no group.
    pub(crate) fn of(world: &'a World, user: &str) -> Self {
        Self::new(world, user, "phone", &[])
    }

    /// Whose it is.
    pub(crate) fn user(&self) -> &str {
        &self.user
    }

    fn request(&self, method: Method, path: &str) -> reqwest::RequestBuilder {
        self.world.request(method, path, &self.token).header("x-device-id", self.name)
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        send(self.request(Method::GET, path)).await
    }

    pub(crate) async fn put(&self, path: &str, body: Option<&Value>) -> Answer {
        let request = self.request(Method::PUT, path);
        send(match body {
            Some(body) => request.json(body),
            None => request,
        })
        .await
    }

    pub(crate) async fn delete(&self, path: &str) -> Answer {
        send(self.request(Method::DELETE, path)).await
    }

    /// `POST` without a body.
    pub(crate) async fn post(&self, path: &str) -> Answer {
        send(self.request(Method::POST, path)).await
    }

    pub(crate) async fn post_with(&self, path: &str, body: &Value) -> Answer {
        send(self.request(Method::POST, path).json(body)).await
    }

    /// The same with an `Idempotency-Key`.
    pub(crate) async fn post_once(&self, key: &str, path: &str, body: &Value) -> Answer {
        send(self.request(Method::POST, path).header("idempotency-key", key).json(body)).await
    }

    /// A command on a call: `accept`, `hangup` and the like, without a body.
    pub(crate) async fn command(&self, call: &str, command: &str) -> Answer {
        self.post(&format!("/calls/{call}/{command}")).await
    }

    /// The same, which must do its work; the call after it.
    pub(crate) async fn does(&self, call: &str, command: &str) -> Value {
        let answer = self.command(call, command).await;
        assert_eq!(answer.status, 200, "{command}: {}", answer.text);
        answer.json()["call"].clone()
    }

    /// Calls somebody, which must ring; the id of the call.
    pub(crate) async fn calls(&self, callees: &[&str], media: &str) -> String {
        let answer = self.post_with("/calls", &invite(callees, media)).await;
        assert_eq!(answer.status, 201, "{}", answer.text);
        let call = &answer.json()["call"];
        assert_eq!(call["phase"], "ringing", "{call}");
        call["id"].as_str().unwrap().to_owned()
    }

    /// Whether a device of somebody is there, which only an invite tells. Whoever looks again and again does it under
    /// [`MANY_INVITES`].
    pub(crate) async fn reaches(&self, callee: &str) -> bool {
        let answer = self.post_with("/calls", &invite(&[callee], "p2p")).await;
        assert_eq!(answer.status, 201, "{}", answer.text);
        let made = answer.json();
        self.does(made["call"]["id"].as_str().unwrap(), "cancel").await;
        made["reachable"] == true
    }

    /// `POST /rooms/call-<id>/join`.
    pub(crate) async fn joins(&self, call: &str) -> Answer {
        self.post(&format!("/rooms/call-{call}/join")).await
    }

    /// The ids of this person's live calls.
    pub(crate) async fn live_calls(&self) -> Vec<String> {
        let calls = self.get("/calls").await.json();
        let ids =
            calls["items"].as_array().unwrap().iter().map(|call| call["id"].as_str().unwrap().to_owned());
        ids.collect()
    }
}

/// The body of an invite to an audio call.
pub(crate) fn invite(callees: &[&str], media: &str) -> Value {
    json!({ "callees": callees, "kind": "audio", "media": media })
}
