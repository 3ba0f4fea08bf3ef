//! Whether what is kept is what LiveKit has.

use std::collections::{BTreeMap, BTreeSet};

use clock::{Clock, DateTime, Utc};
use livekit_protocol::ParticipantInfo;
use livekit_protocol::participant_info::State;
use reqwest::Method;
use serde_json::Value;
use testkit::eventually;
use tokio::time::Instant;

use super::BOUND;
use super::acts::{ROOMS, USERS};
use super::answers::ask;
use super::scene::{MOST, Scene};

/// A room as LiveKit has it.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Truth {
    /// None if it is not there.
    sid: Option<String>,
    /// The connection of each identity, and since when.
    pub(super) people: BTreeMap<String, (String, i64)>,
}

impl Truth {
    fn users(&self) -> BTreeSet<&str> {
        self.people.keys().filter_map(|identity| Some(identity.split_once(':')?.0)).collect()
    }
}

/// Those of the application, there or not, and those of calls that are there.
pub(super) type Rooms = BTreeMap<String, Truth>;

impl Scene {
    /// Waits until all that is kept is LiveKit's truth, which must not change while it is looked at.
    pub(super) async fn comes_to_rest(&mut self) {
        let began = Instant::now();
        eventually("what is kept here is what LiveKit has", BOUND, async || {
            let before = self.truth().await?;
            self.agrees(&before).await?;
            if self.truth().await? == before { Ok(()) } else { Err("LiveKit has changed".to_owned()) }
        })
        .await;
        self.longest = self.longest.max(began.elapsed());
    }

    async fn truth(&self) -> Result<Rooms, String> {
        let livekit = self.livekit();
        let mut rooms: Rooms = ROOMS.into_iter().map(|room| (room.to_owned(), Truth::default())).collect();
        for listed in livekit.list_rooms(Vec::new()).await.map_err(|error| error.to_string())? {
            let Some(room) = listed.name.strip_prefix("realtime/") else { continue };
            let people = livekit.list_participants(&listed.name).await.map_err(|error| error.to_string())?;
            let mut there = BTreeMap::new();
            for one in people {
                if !self.is_unreachable(room, &one) {
                    there.insert(one.identity, (one.sid, one.joined_at_ms));
                }
            }
            rooms.insert(room.to_owned(), Truth { sid: Some(listed.sid), people: there });
        }
        Ok(rooms)
    }

    /// Whom LiveKit lists and cannot reach, by the rule that is documented: nobody is let in for ten seconds. Fails if they are
    /// there all the same.
    fn is_unreachable(&self, room: &str, one: &ParticipantInfo) -> bool {
        let is_joining = one.state() == State::Joining && one.tracks.is_empty();
        let since = Clock::system().now().timestamp_millis() - one.joined_at_ms;
        if !is_joining || since <= 10_000 {
            return false;
        }
        assert!(!self.has_connection(&one.sid), "{} is in {room} and taken for unreachable", one.identity);
        true
    }

    async fn agrees(&self, truth: &Rooms) -> Result<(), String> {
        for (room, truth) in truth {
            self.occupancy_agrees(room, truth).await?;
            self.nobody_barred_is_inside(room, truth).await?;
            let Some(room) = ROOMS.into_iter().find(|one| one == room) else { continue };
            for url in &self.urls {
                self.views_agree(url, room, truth).await?;
                for user in USERS {
                    self.door_agrees(url, (user, room), truth).await?;
                }
            }
        }
        for user in USERS {
            let found = self.kept.whereabouts(user).await;
            let rooms = truth.iter().filter(|(_, truth)| truth.users().contains(user));
            same(&format!("where {user} is"), &found, &rooms.map(|(room, _)| room.clone()).collect())?;
        }
        self.calls_agree(truth).await
    }

    async fn occupancy_agrees(&self, room: &str, truth: &Truth) -> Result<(), String> {
        let record = self.kept.at(&format!("occupancy:{room}")).await.unwrap_or_default();
        same(&format!("which {room} there is"), &record["sid"].as_str(), &truth.sid.as_deref())?;
        let people = record["people"].as_object().into_iter().flatten();
        let people: BTreeMap<_, _> = people
            .map(|(identity, one)| (identity.as_str(), one["sid"].as_str().unwrap_or_default()))
            .collect();
        let there = truth.people.iter().map(|(identity, (sid, _))| (identity.as_str(), sid.as_str()));
        same(&format!("who is in {room}"), &people, &there.collect())
    }

    /// Whoever is there came in after they were last sent out, and was let in again.
    async fn nobody_barred_is_inside(&self, room: &str, truth: &Truth) -> Result<(), String> {
        for (identity, (_, joined_at_ms)) in &truth.people {
            let user = identity.split_once(':').map_or("", |(user, _)| user);
            let Some(denial) = self.kept.at(&format!("denial:{room}/{user}")).await else { continue };
            let at = |field: &str| serde_json::from_value::<DateTime<Utc>>(denial[field].clone()).ok();
            let came_later = at("since").is_some_and(|since| *joined_at_ms > since.timestamp_millis());
            let was_let_in = at("readmitted_at").is_some() && came_later;
            if !was_let_in {
                return Err(format!("{identity} is in {room} since {joined_at_ms} in spite of {denial}"));
            }
        }
        Ok(())
    }

    /// What members are shown of the room.
    async fn views_agree(&self, url: &str, room: &str, truth: &Truth) -> Result<(), String> {
        let token = self.token("mona");
        let get = async |path: String| -> Result<Value, String> {
            let said = ask(self.world.request_to(url, Method::GET, &path, &token)).await;
            said.filter(|said| said.status == 200).map(|said| said.body).ok_or(format!("no {path}"))
        };
        let is_live = !truth.people.is_empty();
        same(
            &format!("whether {room} is live"),
            &get(format!("/rooms/{room}")).await?["live"],
            &is_live.into(),
        )?;
        let listed = get("/rooms".to_owned()).await?;
        let listed = listed["items"].as_array().into_iter().flatten().find(|one| one["room_id"] == room);
        let listed = listed.map_or(Value::Null, |one| one["live"].clone());
        same(&format!("whether {room} is live in the list"), &listed, &is_live.into())?;
        let there = get(format!("/rooms/{room}/participants")).await?;
        let there = there["items"].as_array().into_iter().flatten();
        let there: BTreeSet<_> = there.filter_map(|one| one["identity"].as_str()).collect();
        same(&format!("who is listed in {room}"), &there, &truth.people.keys().map(String::as_str).collect())
    }

    /// Whether somebody who joined now would be refused, and for what.
    async fn door_agrees(
        &self,
        url: &str,
        whose: (&'static str, &'static str),
        truth: &Truth,
    ) -> Result<(), String> {
        let (user, room) = whose;
        let path = format!("/rooms/{room}/join?dry_run=true");
        let request = self.world.request_to(url, Method::POST, &path, &self.token(user));
        let said = ask(request.header("X-Device-Id", "web")).await;
        let said = said.filter(|said| said.status == 200).ok_or(format!("{user} cannot ask about {room}"))?;
        let code = |check: &str| {
            let checks = said.body["checks"].as_array().into_iter().flatten();
            checks.into_iter().find(|one| one["check"] == check).and_then(|one| one["code"].as_str())
        };
        let others = truth.people.keys().filter(|identity| **identity != format!("{user}:web"));
        let full = (others.count() >= MOST).then_some("room_full");
        same(&format!("whether {room} is full for {user}"), &code("capacity"), &full)?;
        if let Some(banned) = self.is_banned(user, room) {
            same(
                &format!("whether {user} is banned from {room}"),
                &(code("ban") == Some("banned")),
                &banned,
            )?;
        }
        Ok(())
    }
}

fn same<T: PartialEq + std::fmt::Debug>(what: &str, found: &T, truth: &T) -> Result<(), String> {
    if found == truth { Ok(()) } else { Err(format!("{what}: here {found:?}, in truth {truth:?}")) }
}
