//! The table itself.

use serde_json::{Value, json};

use super::people::Person;

/// A call of the API, and what becomes of it by whom.
pub(super) struct Row {
    pub(super) method: &'static str,
    /// As OpenAPI writes it, without the beginning that all have.
    pub(super) path: &'static str,
    /// May hold places, as the path does.
    pub(super) body: Option<Value>,
    who: Who,
}

/// An answer: its status and, for a refusal, its code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Expected {
    pub(super) status: u16,
    pub(super) code: &'static str,
}

/// What becomes of a call by whom.
enum Who {
    /// The same for everybody, with or without a token.
    Anybody(Expected),
    /// The same for everybody with a good token: it is about nothing but themselves, or about what is none of theirs.
    AnyCaller(Expected),
    /// It is about a room.
    Room {
        /// For whoever is no member. The same for those of other tenants.
        stranger: Expected,
        banned: Expected,
        kicked: Expected,
        viewer: Expected,
        participant: Expected,
        presenter: Expected,
        moderator: Expected,
        administrator: Expected,
    },
}

impl Row {
    pub(super) fn expected(&self, person: Person) -> Expected {
        if let Who::Anybody(expected) = self.who {
            return expected;
        }
        if let Some(code) = person.token_refused() {
            return refused(401, code);
        }
        match (&self.who, person) {
            (Who::Anybody(expected) | Who::AnyCaller(expected), _)
            | (Who::Room { stranger: expected, .. }, Person::Stranger | Person::OfOtherTenant)
            | (Who::Room { banned: expected, .. }, Person::Banned)
            | (Who::Room { kicked: expected, .. }, Person::Kicked)
            | (Who::Room { viewer: expected, .. }, Person::Viewer)
            | (Who::Room { participant: expected, .. }, Person::Participant)
            | (Who::Room { presenter: expected, .. }, Person::Presenter)
            | (Who::Room { moderator: expected, .. }, Person::Moderator)
            | (Who::Room { administrator: expected, .. }, Person::Administrator) => *expected,
            (Who::Room { .. }, Person::Anonymous | Person::Expired | Person::SignedOut) => {
                unreachable!("their token is refused")
            }
        }
    }

    /// As the OpenAPI document names it.
    pub(super) fn operation(&self) -> (String, String) {
        (self.method.to_owned(), format!("/api/realtime{}", self.path))
    }

    /// Whether it is about one room.
    pub(super) fn is_about_a_room(&self) -> bool {
        self.path.contains("{room_id}")
    }

    /// Whether it is about one call.
    pub(super) fn is_about_a_call(&self) -> bool {
        self.path.contains("{call_id}")
    }
}

const fn ok(status: u16) -> Expected {
    Expected { status, code: "" }
}

const fn refused(status: u16, code: &'static str) -> Expected {
    Expected { status, code }
}

const NO_ROOM: Expected = refused(404, "room_not_found");
const NO_CALL: Expected = refused(404, "call_not_found");
const NOBODY: Expected = refused(404, "participant_not_found");
const BANNED: Expected = refused(403, "banned");
const KICKED: Expected = refused(403, "kicked");
const ROLE: Expected = refused(403, "role_required");

/// What members may, whichever their role, unless they were sent out.
const fn members(answer: Expected, administrator: Expected) -> Who {
    Who::Room {
        stranger: NO_ROOM,
        banned: BANNED,
        kicked: KICKED,
        viewer: answer,
        participant: answer,
        presenter: answer,
        moderator: answer,
        administrator,
    }
}

/// What members may also after they were sent out.
const fn members_wherever(answer: Expected, administrator: Expected) -> Who {
    Who::Room {
        stranger: NO_ROOM,
        banned: answer,
        kicked: answer,
        viewer: answer,
        participant: answer,
        presenter: answer,
        moderator: answer,
        administrator,
    }
}

/// What moderators and administrators may.
const fn moderators(answer: Expected) -> Who {
    Who::Room {
        stranger: NO_ROOM,
        banned: BANNED,
        kicked: KICKED,
        viewer: ROLE,
        participant: ROLE,
        presenter: ROLE,
        moderator: answer,
        administrator: answer,
    }
}

const fn row(method: &'static str, path: &'static str, who: Who) -> Row {
    Row { method, path, body: None, who }
}

fn with(body: Value, row: Row) -> Row {
    Row { body: Some(body), ..row }
}

/// Those that have to do with rooms.
pub(super) fn rooms() -> Vec<Row> {
    vec![
        row("GET", "/rooms", Who::AnyCaller(ok(200))),
        row("POST", "/rooms/{room_id}/join", members(ok(201), NO_ROOM)),
        row("GET", "/rooms/{room_id}", members_wherever(ok(200), ok(200))),
        with(json!({}), row("PUT", "/rooms/{room_id}", moderators(ok(200)))),
        row("DELETE", "/rooms/{room_id}", moderators(ok(204))),
        row("GET", "/rooms/{room_id}/members", moderators(ok(200))),
        with(
            json!({ "role": "viewer" }),
            row("PUT", "/rooms/{room_id}/members/{user_id}", moderators(ok(201))),
        ),
        row("DELETE", "/rooms/{room_id}/members/{user_id}", moderators(ok(204))),
        row("GET", "/rooms/{room_id}/participants", members(ok(200), ok(200))),
        with(
            json!({ "source": "microphone" }),
            row("POST", "/rooms/{room_id}/participants/{identity}/mute", moderators(NOBODY)),
        ),
        row("DELETE", "/rooms/{room_id}/participants/{identity}", moderators(NOBODY)),
        row("GET", "/rooms/{room_id}/bans", moderators(ok(200))),
        with(json!({}), row("PUT", "/rooms/{room_id}/bans/{user_id}", moderators(ok(204)))),
        row("DELETE", "/rooms/{room_id}/bans/{user_id}", moderators(ok(204))),
        row("POST", "/rooms/{room_id}/end", moderators(ok(204))),
    ]
}

fn calls() -> Vec<Row> {
    let nobodys = |method, path| row(method, path, Who::AnyCaller(NO_CALL));
    let ring = json!({ "callees": ["{mate}"], "kind": "audio", "media": "livekit" });
    let mut ring_in_room = ring.clone();
    ring_in_room["room_id"] = json!("{room_id}");
    let signal = json!({ "kind": "candidates", "generation": 0, "payload": { "sealed": "AAAA" } });
    vec![
        with(ring, row("POST", "/calls", Who::AnyCaller(ok(201)))),
        // The room lends its members to each other. Who is sent out of it is a member all the same.
        with(ring_in_room, row("POST", "/calls", members_wherever(ok(201), NO_ROOM))),
        row("GET", "/calls", Who::AnyCaller(ok(200))),
        row("GET", "/calls/history", Who::AnyCaller(ok(200))),
        nobodys("GET", "/calls/{call_id}"),
        nobodys("POST", "/calls/{call_id}/accept"),
        nobodys("POST", "/calls/{call_id}/decline"),
        nobodys("POST", "/calls/{call_id}/cancel"),
        nobodys("POST", "/calls/{call_id}/hangup"),
        nobodys("POST", "/calls/{call_id}/ringing"),
        with(json!({ "state": "connected" }), nobodys("POST", "/calls/{call_id}/media")),
        with(json!({ "user_id": "{mate}" }), nobodys("POST", "/calls/{call_id}/parties")),
        with(signal, nobodys("POST", "/calls/{call_id}/signals")),
    ]
}

fn others() -> Vec<Row> {
    vec![
        row("GET", "/events", Who::AnyCaller(ok(200))),
        row("GET", "/ice-servers", Who::AnyCaller(refused(403, "access_denied"))),
        row("GET", "/blocks", Who::AnyCaller(ok(200))),
        row("PUT", "/blocks/{user_id}", Who::AnyCaller(ok(204))),
        row("DELETE", "/blocks/{user_id}", Who::AnyCaller(ok(204))),
        row("GET", "/availability", Who::AnyCaller(ok(200))),
        with(json!({ "do_not_disturb": false }), row("PUT", "/availability", Who::AnyCaller(ok(200)))),
        // Who somebody is, they say once it is open.
        row("GET", "/ws", Who::Anybody(refused(426, "upgrade_required"))),
    ]
}

/// All of them.
pub(super) fn rows() -> Vec<Row> {
    [rooms(), calls(), others()].into_iter().flatten().collect()
}
