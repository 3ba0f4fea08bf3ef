//! Commands over a socket are the HTTP calls of the same name: the same handlers, bodies and answers, for every one of them.

use serde_json::{Map, Value, json};
use signal_protocol::socket::CommandName;

use crate::device::{Device, invite};
use crate::socket::Socket;
use crate::world::World;

/// A call that nobody ever made.
const NO_CALL: &str = "0198c5a0-7c3e-7d5a-8f00-0123456789ab";
const GROUPS: [&str; 1] = ["/rooms/standup"];

/// Two people of whom there is a copy for each way of asking, so that both ways find the same state of things.
struct Twins<'a> {
    world: &'a World,
    way: &'static str,
}

/// A command that makes sense now.
struct Ready {
    /// Who says it.
    speaker: &'static str,
    call: Option<String>,
    room: Option<&'static str>,
    body: Option<Value>,
}

impl Twins<'_> {
    fn user(&self, name: &str) -> String {
        format!("{name}-{}", self.way)
    }

    fn device(&self, name: &str) -> Device<'_> {
        Device::new(self.world, &self.user(name), "phone", &GROUPS)
    }

    /// Ann has called Bob, who has answered if `is_active`.
    async fn call(&self, media: &str, is_active: bool) -> String {
        let id = self.device("ann").calls(&[&self.user("bob")], media).await;
        if is_active {
            self.device("bob").does(&id, "accept").await;
        }
        id
    }

    /// Brings about what `name` needs.
    async fn ready(&self, name: CommandName) -> Ready {
        let of_call = |speaker, call, body| Ready { speaker, call: Some(call), room: None, body };
        match name {
            CommandName::CallInvite => {
                let body = invite(&[&self.user("bob")], "p2p");
                Ready { speaker: "ann", call: None, room: None, body: Some(body) }
            }
            CommandName::CallAccept => {
                of_call("bob", self.call("p2p", false).await, Some(json!({ "key": "abc" })))
            }
            CommandName::CallDecline => {
                of_call("bob", self.call("p2p", false).await, Some(json!({ "reason": "later" })))
            }
            CommandName::CallCancel => of_call("ann", self.call("p2p", false).await, None),
            CommandName::CallHangup => of_call("bob", self.call("p2p", true).await, None),
            CommandName::CallRinging => of_call("bob", self.call("p2p", false).await, Some(json!({}))),
            CommandName::CallMedia => {
                of_call("bob", self.call("p2p", true).await, Some(json!({ "state": "connecting" })))
            }
            CommandName::CallAddParty => {
                let body = json!({ "user_id": self.user("eve") });
                of_call("ann", self.call("livekit", true).await, Some(body))
            }
            CommandName::SignalSend => {
                let body = json!({ "kind": "candidates", "generation": 0, "payload": { "end": true } });
                of_call("ann", self.call("p2p", true).await, Some(body))
            }
            CommandName::RoomJoin => Ready { speaker: "ann", call: None, room: Some("standup"), body: None },
            CommandName::IceServersGet => {
                self.call("p2p", true).await;
                Ready { speaker: "ann", call: None, room: None, body: None }
            }
        }
    }

    /// Leaves nothing behind.
    async fn clean_up(&self) {
        for name in ["ann", "bob", "eve"] {
            let device = self.device(name);
            for id in device.live_calls().await {
                device.does(&id, "hangup").await;
            }
        }
    }
}

/// Asks by HTTP.
async fn by_http(twins: &Twins<'_>, name: CommandName, ready: &Ready) -> (Value, Value) {
    let (method, pattern) = name.http();
    let path = pattern
        .replace("/api/realtime", "")
        .replace("{call_id}", ready.call.as_deref().unwrap_or_default())
        .replace("{room_id}", ready.room.unwrap_or_default());
    let device = twins.device(ready.speaker);
    let answer = match (method, &ready.body) {
        ("GET", _) => device.get(&path).await,
        (_, None) => device.post(&path).await,
        (_, Some(body)) => device.post_with(&path, body).await,
    };
    let body = if answer.text.is_empty() { Value::Null } else { answer.json() };
    (json!(answer.status.as_u16()), alike(body, twins, ready))
}

/// Asks over a socket.
async fn by_socket(twins: &Twins<'_>, name: CommandName, ready: &Ready) -> (Value, Value) {
    let token = twins.world.token(&twins.user(ready.speaker), &GROUPS);
    let (mut socket, _) = Socket::resumed(&twins.world.url, &token, "phone", None).await;
    let mut fields = Map::new();
    let given = [
        ("call_id", ready.call.clone().map(Value::from)),
        ("room_id", ready.room.map(Value::from)),
        ("body", ready.body.clone()),
    ];
    fields.extend(given.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))));
    let mut answer = socket.command(name.as_str(), &Value::Object(fields)).await;
    let is_refused = answer["status"].as_u64().unwrap() >= 400;
    let (body, other) = if is_refused { ("problem", "body") } else { ("body", "problem") };
    assert!(answer.get(other).is_none(), "{answer}");
    (answer["status"].take(), alike(answer[body].take(), twins, ready))
}

/// An answer without what differs from one time to another.
fn alike(body: Value, twins: &Twins<'_>, ready: &Ready) -> Value {
    match body {
        Value::Object(fields) => {
            let alike = |(name, value): (String, Value)| match name.as_str() {
                "trace_id" | "participant_token" | "signal_id" | "username" | "credential" | "id"
                | "sfu_room" => (name, json!("another each time")),
                _ => {
                    let value = alike(value, twins, ready);
                    (name, value)
                }
            };
            fields.into_iter().map(alike).collect()
        }
        Value::Array(items) => items.into_iter().map(|item| alike(item, twins, ready)).collect(),
        Value::String(text) if text.ends_with('Z') && text.contains('T') => json!("a time"),
        Value::String(text) => {
            let call = ready.call.as_deref().unwrap_or("no call");
            json!(text.replace(&format!("-{}", twins.way), "").replace(call, "the call"))
        }
        other @ (Value::Null | Value::Bool(_) | Value::Number(_)) => other,
    }
}

#[tokio::test]
async fn each_command_is_answered_as_the_http_call_of_the_same_name_is() {
    // There are more commands than calls that one person may make to another in a minute.
    let world = World::with_calls(&[("LIMITS__INVITES_PER_MINUTE_TO_ONE", "60")], &[]).await;
    let [http, socket] = ["http", "socket"].map(|way| Twins { world: &world, way });
    for &name in CommandName::ALL {
        let by_http = by_http(&http, name, &http.ready(name).await).await;
        let by_socket = by_socket(&socket, name, &socket.ready(name).await).await;
        assert_eq!(by_http, by_socket, "{}", name.as_str());
        assert!(by_http.0.as_u64().unwrap() < 300, "{} does its work: {by_http:?}", name.as_str());
        http.clean_up().await;
        socket.clean_up().await;
    }
}

#[tokio::test]
async fn each_command_is_refused_as_the_http_call_of_the_same_name_is() {
    let world = World::with_calls(&[], &[]).await;
    let [http, socket] = ["http", "socket"].map(|way| Twins { world: &world, way });
    for &name in CommandName::ALL {
        let (_, pattern) = name.http();
        let is_of_call = pattern.contains("{call_id}");
        let room = pattern.contains("{room_id}").then_some("no-such-room");
        for (call, body) in [
            (NO_CALL, Some(json!({}))),
            ("no call/at?all", Some(json!({}))),
            (NO_CALL, Some(json!({ "surprise": 1 }))),
            (NO_CALL, Some(json!([]))),
        ] {
            let call = is_of_call.then(|| call.to_owned());
            let ready = Ready { speaker: "ann", call, room, body };
            let escaped = ready
                .call
                .as_deref()
                .map(|call| call.replace('/', "%2F").replace('?', "%3F").replace(' ', "%20"));
            let over_http = Ready { call: escaped, body: ready.body.clone(), ..ready };
            let by_http = by_http(&http, name, &over_http).await;
            let by_socket = by_socket(&socket, name, &ready).await;
            assert_eq!(by_http, by_socket, "{} {:?} {:?}", name.as_str(), ready.call, ready.body);
            assert!(by_http.0.as_u64().unwrap() >= 400, "{} is refused: {by_http:?}", name.as_str());
        }
    }
}

#[tokio::test]
async fn what_stands_for_no_http_call_is_refused_by_its_field() {
    let world = World::with_calls(&[], &[]).await;
    let (mut ann, _) = Socket::of(&world, "ann", "phone").await;
    for (id, name, fields, field) in [
        ("request-1", "call.explode", json!({}), "name"),
        ("request-2", "call.accept", json!({}), "call_id"),
        ("request-3", "room.join", json!({ "room_id": "a", "call_id": NO_CALL }), "call_id"),
        ("short", "ice_servers.get", json!({}), "request_id"),
    ] {
        let answer = ann.command_as(id, name, &fields).await;
        assert_eq!((&answer["status"], &answer["problem"]["code"]), (&json!(400), &json!("invalid_field")));
        assert_eq!(answer["problem"]["fields"][0]["field"], field, "{answer}");
    }
}

#[tokio::test]
async fn a_request_id_is_the_same_thing_on_both_ways() {
    let world = World::with_calls(&[], &[]).await;
    let device = Device::of(&world, "ann");
    let (mut socket, _) = Socket::of(&world, "ann", "phone").await;
    let body = invite(&["bob"], "p2p");
    let first = device.post_once("one-of-ann", "/calls", &body).await.json();
    let again = socket.command_as("one-of-ann", "call.invite", &json!({ "body": body })).await;
    assert_eq!((&again["status"], &again["body"]["call"]["id"]), (&json!(201), &first["call"]["id"]));
    let other = json!({ "body": invite(&["eve"], "p2p") });
    let reused = socket.command_as("one-of-ann", "call.invite", &other).await;
    assert_eq!(reused["problem"]["code"], "request_id_reused");
}

#[tokio::test]
async fn commands_over_a_socket_count_like_those_over_http() {
    let limits = [("LIMITS__COMMANDS_PER_SECOND", "1"), ("LIMITS__COMMANDS_BURST", "2")];
    let world = World::with_calls(&limits, &[]).await;
    let (mut ann, _) = Socket::of(&world, "ann", "phone").await;
    let cancel = json!({ "call_id": NO_CALL });
    for status in [404, 404, 429] {
        assert_eq!(ann.command("call.cancel", &cancel).await["status"], status);
    }
    Device::of(&world, "ann").command(NO_CALL, "cancel").await.is_problem(429, "rate_limited");
}
