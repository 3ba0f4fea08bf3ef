//! The other side of the `http` membership source.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::time::Duration;

use http::{HeaderMap, Method, StatusCode};
use serde_json::{Value, json};

use crate::Failure;
use crate::http_server::{self, Answer, Handler, Request, Server};
use crate::lock::held;

/// How a [`MembershipService`] answers.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub enum MembershipMode {
    /// As its table says.
    #[default]
    Honest,
    /// As its table says, this much later.
    Slow(Duration),
    /// With this status and an empty body.
    Status(StatusCode),
    /// With 200 and a body that is no JSON.
    Garbage,
    /// With 200 and a role that does not exist.
    UnknownRole,
}

/// One request that the service was sent.
#[derive(Clone, Debug)]
pub struct Seen {
    /// The request's path, percent-encoding included.
    pub path: String,
    /// The request's headers, `authorization` and `traceparent` included.
    pub headers: HeaderMap,
}

impl Seen {
    /// A header's value, if it is there and text.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }
}

/// `GET /rooms/{room_id}/members/{user_id}` over a table: 200 with the entry, 404 without one. And
/// `GET /rooms/{room_id}/members`: 200 with all entries of the room, 404 if there is none.
#[derive(Debug)]
pub struct MembershipService {
    server: Server<Desk>,
}

#[derive(Debug, Default)]
struct Desk {
    table: Mutex<BTreeMap<(String, String), Value>>,
    mode: Mutex<MembershipMode>,
    seen: Mutex<Vec<Seen>>,
}

impl MembershipService {
    /// Starts with an empty table: nobody is a member of anything.
    ///
    /// # Errors
    /// No port is free.
    pub async fn start() -> Result<Self, Failure> {
        Ok(Self { server: Server::start(|_| Desk::default()).await? })
    }

    /// The template for the setting `MEMBERSHIP__HTTP__URL`.
    #[must_use]
    pub fn template(&self) -> String {
        format!("{}/rooms/{{room_id}}/members/{{user_id}}", self.server.url())
    }

    /// The template for the setting `MEMBERSHIP__HTTP__MEMBERS_URL`.
    #[must_use]
    pub fn members_template(&self) -> String {
        format!("{}/rooms/{{room_id}}/members", self.server.url())
    }

    /// From now on the user is a member of the room with this role.
    pub fn admit(&self, room: &str, user: &str, role: &str) {
        self.answer(room, user, json!({ "role": role }));
    }

    /// From now on this is the answer for the user in the room: `{role, name?, max_participants?}`.
    pub fn answer(&self, room: &str, user: &str, body: Value) {
        held(&self.server.handler().table).insert((room.to_owned(), user.to_owned()), body);
    }

    /// From now on the user is no member of the room.
    pub fn dismiss(&self, room: &str, user: &str) {
        held(&self.server.handler().table).remove(&(room.to_owned(), user.to_owned()));
    }

    /// Changes how it answers.
    pub fn behave(&self, mode: MembershipMode) {
        *held(&self.server.handler().mode) = mode;
    }

    /// Refuses connections from now on.
    pub async fn down(&self) {
        self.server.down().await;
    }

    /// Accepts connections again, at the same address.
    ///
    /// # Errors
    /// Somebody took the port meanwhile.
    pub async fn up(&self) -> Result<(), Failure> {
        self.server.up().await
    }

    /// Every request so far, those answered badly included.
    #[must_use]
    pub fn seen(&self) -> Vec<Seen> {
        held(&self.server.handler().seen).clone()
    }
}

impl Handler for Desk {
    async fn answer(&self, request: Request) -> Answer {
        held(&self.seen).push(Seen { path: request.path.clone(), headers: request.headers.clone() });
        let mode = held(&self.mode).clone();
        match mode {
            MembershipMode::Honest => self.honest(&request),
            MembershipMode::Slow(delay) => {
                tokio::time::sleep(delay).await;
                self.honest(&request)
            }
            MembershipMode::Status(status) => http_server::status(status),
            MembershipMode::Garbage => http_server::answer(StatusCode::OK, "application/json", "{\"role\": "),
            MembershipMode::UnknownRole => http_server::json(&json!({ "role": "janitor" })),
        }
    }
}

impl Desk {
    fn honest(&self, request: &Request) -> Answer {
        if request.method != Method::GET {
            return http_server::status(StatusCode::METHOD_NOT_ALLOWED);
        }
        let answer = match question(&request.path) {
            Some((room, Some(user))) => held(&self.table).get(&(room, user)).cloned(),
            Some((room, None)) => self.listing(&room),
            None => None,
        };
        answer.map_or_else(|| http_server::status(StatusCode::NOT_FOUND), |body| http_server::json(&body))
    }

    /// Everybody of a room, if there is anybody.
    fn listing(&self, room: &str) -> Option<Value> {
        let table = held(&self.table);
        let of_room = table.iter().filter(|((own, _), _)| own == room);
        let members: Vec<Value> =
            of_room.map(|((_, user), entry)| json!({ "user_id": user, "role": entry["role"] })).collect();
        (!members.is_empty()).then(|| json!({ "members": members }))
    }
}

/// Room and user of `/rooms/{room_id}/members/{user_id}`, or the room alone without the last segment.
fn question(path: &str) -> Option<(String, Option<String>)> {
    let (room, below) = path.strip_prefix("/rooms/")?.split_once("/members")?;
    let user = match below.strip_prefix('/') {
        Some(user) => Some(decoded(user)?),
        None if below.is_empty() => None,
        None => return None,
    };
    Some((decoded(room)?, user))
}

/// One path segment without its percent-encoding.
fn decoded(segment: &str) -> Option<String> {
    if segment.contains('/') {
        return None;
    }
    percent_encoding::percent_decode_str(segment).decode_utf8().ok().map(Into::into)
}
