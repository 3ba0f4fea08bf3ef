//! What the calls of the table are about: rooms and calls, new ones for each cell, so that no cell is another's cause.

use std::sync::atomic::{AtomicUsize, Ordering};

use clock::Clock;
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};
use testkit::{Issuer, RoomGuest, eventually};

use super::people::Person;
use super::table::Row;
use crate::device::Device;
use crate::revocation::{CLIENTS, logout_claims, say};
use crate::socket::BOUND;
use crate::world::{World, claims, send};

/// What is not tested here is not in the way.
const SETTINGS: [(&str, &str); 13] = [
    CLIENTS,
    ("MEMBERSHIP__SOURCES", "token_claims,http,registry"),
    ("MEMBERSHIP__HTTP__URL", "{membership}"),
    ("MEMBERSHIP__HTTP__TIMEOUT_MS", "1500"),
    ("MEMBERSHIP__HTTP__REMEMBER_SECONDS", "0"),
    ("MEMBERSHIP__HTTP__REMEMBER_ABSENCE_MS", "0"),
    ("MODERATION__KICK_SECONDS", "600"),
    ("LIMITS__COMMANDS_PER_SECOND", "100000"),
    ("LIMITS__COMMANDS_BURST", "100000"),
    ("LIMITS__READS_PER_SECOND", "100000"),
    ("LIMITS__JOINS_PER_MINUTE", "100000"),
    ("LIMITS__FAILED_AUTHENTICATIONS_PER_MINUTE", "100000"),
    ("REVOCATION__LEAVE_ROOMS", "false"),
];

/// A world of two tenants with everything that can be asked.
pub(super) struct Stage {
    pub(super) world: World,
    other: Issuer,
    root: String,
    signed_out: String,
    cells: AtomicUsize,
}

/// One call by one person, and what it is about.
pub(super) struct Cell {
    pub(super) request: RequestBuilder,
    /// None for whoever has none.
    pub(super) token: Option<String>,
    places: Places,
    /// Who is in the room as long as this is.
    pub(super) guest: Option<RoomGuest>,
}

/// What stands in the places of a path and of a body.
#[derive(Clone)]
pub(super) struct Places {
    pub(super) room: String,
    pub(super) call: String,
    /// Another member of the room.
    pub(super) mate: String,
}

impl Places {
    pub(super) fn fill(&self, text: &str) -> String {
        text.replace("{room_id}", &self.room)
            .replace("{call_id}", &self.call)
            .replace("{mate}", &self.mate)
            .replace("{identity}", "nobody:phone")
            .replace("{user_id}", "nobody")
    }
}

impl Cell {
    /// The body of `row` about what this cell is about.
    pub(super) fn body(&self, row: &Row) -> Option<Value> {
        let body = row.body.as_ref()?;
        Some(serde_json::from_str(&self.places.fill(&body.to_string())).unwrap())
    }

    pub(super) const fn places(&self) -> &Places {
        &self.places
    }
}

impl Stage {
    pub(super) async fn set() -> Self {
        let other = Issuer::start().await.unwrap();
        let issuers =
            json!([{ "issuer": "{issuer}" }, { "issuer": other.url(), "tenant": "other" }]).to_string();
        let issuers = ("IDENTITY__ISSUERS", issuers.as_str());
        let settings: Vec<_> = SETTINGS.into_iter().chain([issuers]).collect();
        let world = World::with_calls(&settings, &[issuers]).await;
        let root = world.issuer.sign(&administrator(&world, "root"));
        let signed_out = administrator(&world, "rex");
        let logout = world.issuer.sign(&logout_claims(&world, &signed_out));
        assert_eq!(say(&world, &world.url, &logout).await.status, 200);
        let signed_out = world.issuer.sign(&signed_out);
        eventually("the login is over", BOUND, async || world.get("/rooms", &signed_out).await.status == 401)
            .await;
        Self { world, other, root, signed_out, cells: AtomicUsize::new(0) }
    }

    /// `row` by `person`, about a room and a call that nobody else has to do with.
    pub(super) async fn cell(&self, row: &Row, person: Person) -> Cell {
        let number = self.cells.fetch_add(1, Ordering::Relaxed);
        let (user, mate) = (format!("user-{number}"), format!("mate-{number}"));
        let room = format!("room-{number}");
        let token = self.token(person, &user);
        let asks_for_room = row.body.as_ref().is_some_and(|body| body["room_id"].is_string());
        let mut guest = None;
        if row.is_about_a_room() || asks_for_room {
            self.makes(&room, &mate, "viewer").await;
            guest = self.takes_part(person, &user, &room).await;
        }
        let call = if row.is_about_a_call() { self.others_call(number).await } else { String::new() };
        let places = Places { room, call, mate };
        let request = self.request(row, token.as_deref(), &places);
        Cell { request, token, places, guest }
    }

    /// `row` with this token about these.
    pub(super) fn request(&self, row: &Row, token: Option<&str>, places: &Places) -> RequestBuilder {
        let method: Method = row.method.parse().unwrap();
        let path = places.fill(row.path);
        let request = match token {
            Some(token) => self.world.request(method, &path, token),
            None => self.world.http(method, &format!("{}/api/realtime{path}", self.world.url)),
        };
        match &row.body {
            Some(body) => {
                request.header("content-type", "application/json").body(places.fill(&body.to_string()))
            }
            None => request,
        }
    }

    fn token(&self, person: Person, user: &str) -> Option<String> {
        let world = &self.world;
        Some(match person {
            Person::Anonymous => return None,
            Person::Expired => {
                let mut claims = world.claims(user, &[]);
                let now = Clock::system().now().timestamp();
                (claims["iat"], claims["exp"]) = (json!(now - 400), json!(now - 100));
                world.issuer.sign(&claims)
            }
            Person::SignedOut => self.signed_out.clone(),
            Person::OfOtherTenant => self.other.sign(&claims(&self.other, user, &[])),
            Person::Administrator => world.issuer.sign(&administrator(world, user)),
            Person::Stranger
            | Person::Banned
            | Person::Kicked
            | Person::Viewer
            | Person::Participant
            | Person::Presenter
            | Person::Moderator => world.token(user, &[]),
        })
    }

    /// Makes a room with one member.
    async fn makes(&self, room: &str, user: &str, role: &str) {
        self.puts(&format!("/rooms/{room}"), &json!({}), 201).await;
        self.puts(&format!("/rooms/{room}/members/{user}"), &json!({ "role": role }), 201).await;
    }

    /// Sees to it that `person` is in the room what they are. Whoever was kicked leaves somebody behind.
    async fn takes_part(&self, person: Person, user: &str, room: &str) -> Option<RoomGuest> {
        if let Some(role) = person.role() {
            self.puts(&format!("/rooms/{room}/members/{user}"), &json!({ "role": role }), 201).await;
        }
        match person {
            Person::Banned => {
                self.puts(&format!("/rooms/{room}/bans/{user}"), &json!({}), 204).await;
                None
            }
            Person::Kicked => {
                let joined = self.world.join(room, &self.world.token(user, &[])).await;
                assert_eq!(joined.status, 201, "{}", joined.text);
                let pass = joined.json()["participant_token"].as_str().unwrap().to_owned();
                let guest = RoomGuest::enter(&self.world.livekit.public_url, &pass).await.unwrap();
                let path = format!("/rooms/{room}/participants/{}", guest.identity);
                let kicked = send(self.world.request(Method::DELETE, &path, &self.root)).await;
                assert_eq!(kicked.status, 204, "{}", kicked.text);
                Some(guest)
            }
            Person::Anonymous
            | Person::Expired
            | Person::SignedOut
            | Person::OfOtherTenant
            | Person::Stranger
            | Person::Viewer
            | Person::Participant
            | Person::Presenter
            | Person::Moderator
            | Person::Administrator => None,
        }
    }

    /// A call of two who have to do with nobody.
    pub(super) async fn others_call(&self, number: usize) -> String {
        let (carl, dora) = (format!("carl-{number}"), format!("dora-{number}"));
        Device::of(&self.world, &carl).calls(&[&dora], "p2p").await
    }

    async fn puts(&self, path: &str, body: &Value, status: u16) {
        let answer = send(self.world.request(Method::PUT, path, &self.root).json(body)).await;
        assert_eq!(answer.status, status, "{path}: {}", answer.text);
    }
}

/// The claims of an administrator of the tenant.
fn administrator(world: &World, user: &str) -> Value {
    let mut claims = world.claims(user, &[]);
    claims["realm_access"] = json!({ "roles": ["realtime-admin"] });
    claims
}
