//! Two replicas, a LiveKit whose webhooks pass through a relay, and the people.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use clock::Clock;
use futures_util::future::join_all;
use livekit_api::services::room::RoomClient;
use reqwest::Method;
use serde_json::json;
use testkit::{RoomGuest, WebhookForge, WebhookRelay, WebhookRoom, eventually};
use tokio::time::{sleep, timeout};

use super::BOUND;
use super::acts::{Act, Deed, ROOMS, Seat};
use super::answers::{ENTRY_PATIENCE, PATIENCE, Said, ask, check};
use super::drift::Drift;
use super::trouble::Weather;
use crate::replica::Replica;
use crate::webhooks::{Kept, PATH};
use crate::world::World;

/// How many may be in a room: fewer than there are.
pub(super) const MOST: usize = 4;

/// The usual times, shorter; and nobody is to be told to ask less.
const SETTINGS: [(&str, &str); 7] = [
    ("RECONCILE__SECONDS", "1"),
    ("MODERATION__KICK_SECONDS", "2"),
    ("LIVEKIT__MAX_PARTICIPANTS", "4"),
    ("LIMITS__JOINS_PER_MINUTE", "100000"),
    ("LIMITS__JOINS_BURST", "10000"),
    ("LIMITS__COMMANDS_BURST", "10000"),
    ("LIMITS__READS_PER_SECOND", "10000"),
];

/// The times of calls, shorter.
const CALL_SETTINGS: [(&str, &str); 6] = [
    ("CALLS__RING_SECONDS_MIN", "2"),
    ("CALLS__RING_SECONDS", "2"),
    ("CALLS__CONNECT_SECONDS", "2"),
    ("CALLS__EMPTY_SECONDS", "1"),
    ("CALLS__LEASE_SECONDS", "2"),
    ("CALLS__RECHECK_SECONDS", "1"),
];

/// Everything, and what is known of it for certain.
pub(super) struct Scene {
    pub(super) world: World,
    /// None while it is dead.
    pub(super) second: Option<Replica>,
    /// Where both replicas are, dead or alive.
    pub(super) urls: [String; 2],
    pub(super) relay: WebhookRelay,
    pub(super) kept: Kept,
    pub(super) drift: Drift,
    /// How long it took to come to rest at most.
    pub(super) longest: Duration,
    people: Mutex<People>,
}

#[derive(Default)]
pub(super) struct People {
    /// Who has a connection, as far as they know.
    pub(super) guests: BTreeMap<Seat, RoomGuest>,
    /// Who is in the room of which call, as far as they know.
    pub(super) in_calls: BTreeMap<&'static str, (String, RoomGuest)>,
    /// What each device was given last.
    passes: BTreeMap<Seat, String>,
    /// Who is banned from which room and who is not, where the last answer about it left no doubt.
    bans: BTreeMap<(&'static str, &'static str), bool>,
    /// How often what was done ended how.
    tally: BTreeMap<(Deed, String), u32>,
}

impl Scene {
    pub(super) async fn set(seed: u64) -> Self {
        Self::set_with(seed, &[]).await
    }

    /// With other settings than those of the scene.
    pub(super) async fn set_with(seed: u64, other: &[(&'static str, &str)]) -> Self {
        let settings: Vec<_> = SETTINGS.iter().chain(other).copied().collect();
        let relay = WebhookRelay::start(seed).await.unwrap();
        let world = World::with_webhooks_to(&relay.url(PATH), &settings, &CALL_SETTINGS).await;
        let second = world.replica(&settings).await;
        let urls = [world.url.clone(), second.url.clone()];
        relay.lead_to(urls.clone());
        let kept = Kept::by(&world);
        let (drift, people) = (Drift::default(), Mutex::default());
        Self { world, second: Some(second), urls, relay, kept, drift, longest: Duration::ZERO, people }
    }

    /// LiveKit itself, asked by a client that is not ours.
    pub(super) fn livekit(&self) -> RoomClient {
        let livekit = &self.world.livekit;
        RoomClient::with_api_key(&livekit.url, &livekit.api_key, &livekit.api_secret)
    }

    /// A round begins with this weather.
    pub(super) fn begin(&self, weather: Weather) {
        self.relay.suffer(weather.mishaps());
        if let Weather::Held = weather {
            self.relay.keep_back();
        }
    }

    /// Everything that is on its way arrives, or does not.
    pub(super) async fn clear_up(&self) {
        self.relay.let_go();
        eventually("no webhook is on its way", BOUND, async || self.relay.is_idle()).await;
    }

    /// All of it happens, at about the same time.
    pub(super) async fn play(&self, acts: Vec<Act>) {
        let playing = acts.into_iter().map(async |act| {
            sleep(act.after).await;
            let ended = Box::pin(self.perform(act)).await;
            *self.people().tally.entry((act.deed, ended)).or_default() += 1;
        });
        join_all(playing).await;
    }

    /// Whether somebody is banned, if that is beyond doubt.
    pub(super) fn is_banned(&self, user: &'static str, room: &'static str) -> Option<bool> {
        self.people().bans.get(&(user, room)).copied()
    }

    /// A token of Keycloak's for somebody who belongs to all rooms.
    pub(super) fn token(&self, user: &str) -> String {
        let role = if user == "mona" { "moderator" } else { "participant" };
        let groups = ROOMS.map(|room| format!("/rooms/{room}/{role}"));
        self.world.token(user, &groups.each_ref().map(String::as_str))
    }

    /// How the act ended, in a word.
    async fn perform(&self, Act { deed, seat, replica, .. }: Act) -> String {
        match deed {
            Deed::Enter => self.enter(seat, replica).await,
            Deed::Return => self.come_back(seat).await,
            Deed::Leave => match self.hang_up(seat) {
                Some(guest) => {
                    let _ = timeout(PATIENCE, guest.leave()).await;
                    "left".to_owned()
                }
                None => "was not there".to_owned(),
            },
            Deed::Crash => {
                let guest = self.hang_up(seat);
                (if guest.is_some() { "crashed" } else { "was not there" }).to_owned()
            }
            Deed::Kick | Deed::Ban | Deed::Unban | Deed::End => self.moderate(deed, seat, replica).await,
            Deed::Ring => self.ring(seat, replica).await,
            Deed::Talk => Box::pin(self.talk(seat, replica)).await,
            Deed::HangUp => self.hang_up_call(seat, replica).await,
            Deed::LeaveCall => self.leave_call(seat, true).await,
            Deed::CrashCall => self.leave_call(seat, false).await,
            Deed::ReturnToCall => self.return_to_call(seat, replica).await,
        }
    }

    async fn enter(&self, seat: Seat, replica: usize) -> String {
        let path = format!("/rooms/{}/join", seat.room);
        let request = self.world.request_to(&self.urls[replica], Method::POST, &path, &self.token(seat.user));
        let Some(said) = ask(request.header("X-Device-Id", seat.device)).await else {
            return "no answer".to_owned();
        };
        check(Deed::Enter, &said);
        let Some(pass) = said.body["participant_token"].as_str() else { return said.word() };
        self.people().passes.insert(seat, pass.to_owned());
        self.go_in(seat, pass).await
    }

    async fn come_back(&self, seat: Seat) -> String {
        let pass = self.people().passes.get(&seat).cloned();
        match pass {
            Some(pass) => self.go_in(seat, &pass).await,
            None => "has no pass".to_owned(),
        }
    }

    /// Past the gateway: LiveKit lets in whoever has a pass.
    async fn go_in(&self, seat: Seat, pass: &str) -> String {
        match timeout(ENTRY_PATIENCE, RoomGuest::enter(&self.world.livekit.public_url, pass)).await {
            Ok(Ok(guest)) => {
                self.tell_of_arrival(seat.room, &guest.sid).await;
                // An earlier connection of the device is gone with this.
                self.people().guests.insert(seat, guest);
                "in".to_owned()
            }
            Ok(Err(_)) => "LiveKit did not let them in".to_owned(),
            Err(_) => "LiveKit did not answer".to_owned(),
        }
    }

    /// LiveKit tells of an arrival once media are connected, which guests never have: so it is told here, in LiveKit's words
    /// and with what LiveKit lists. That they go LiveKit says itself.
    pub(super) async fn tell_of_arrival(&self, room: &str, sid: &str) {
        let livekit = self.livekit();
        let name = format!("realtime/{room}");
        let listing = async {
            let room = livekit.list_rooms(vec![name.clone()]).await.ok()?.pop()?;
            let people = livekit.list_participants(&name).await.ok()?;
            Some((room, people.into_iter().find(|one| one.sid == sid)?))
        };
        let Ok(Some((room, one))) = timeout(ENTRY_PATIENCE, listing).await else { return };
        let room = WebhookRoom { name, sid: room.sid, created_at_ms: room.creation_time_ms };
        let now = Clock::system().now();
        let id = format!("EV_{sid}");
        let who = (one.identity.as_str(), sid, one.joined_at_ms);
        let body = room.event_of("participant_joined", &id, now.timestamp_millis(), who).to_string();
        let signed = WebhookForge::of(&self.world.livekit).authorization(body.as_bytes(), now.timestamp());
        let request = self.world.http(Method::POST, &self.relay.url(PATH)).header("Authorization", signed);
        request.header("Content-Type", "application/webhook+json").body(body).send().await.unwrap();
    }

    /// Whether somebody has this connection and has not heard that it is over.
    pub(super) fn has_connection(&self, sid: &str) -> bool {
        let people = self.people();
        let in_calls = people.in_calls.values().map(|(_, guest)| guest);
        people.guests.values().chain(in_calls).any(|guest| guest.sid == sid && guest.is_in())
    }

    /// Whom it makes sense to send out.
    fn somebody_in(&self, room: &str) -> Option<Seat> {
        self.people()
            .guests
            .iter()
            .find(|(seat, guest)| seat.room == room && guest.is_in())
            .map(|(&seat, _)| seat)
    }

    fn hang_up(&self, seat: Seat) -> Option<RoomGuest> {
        self.people().guests.remove(&seat)
    }

    async fn moderate(&self, deed: Deed, seat: Seat, replica: usize) -> String {
        let Seat { user, room, .. } = seat;
        let (method, path) = match deed {
            Deed::Kick => {
                let identity = self.somebody_in(room).unwrap_or(seat).identity();
                (Method::DELETE, format!("/rooms/{room}/participants/{identity}"))
            }
            Deed::Ban => (Method::PUT, format!("/rooms/{room}/bans/{user}")),
            Deed::Unban => (Method::DELETE, format!("/rooms/{room}/bans/{user}")),
            Deed::End
            | Deed::Enter
            | Deed::Return
            | Deed::Leave
            | Deed::Crash
            | Deed::Ring
            | Deed::Talk
            | Deed::HangUp
            | Deed::LeaveCall
            | Deed::CrashCall
            | Deed::ReturnToCall => (Method::POST, format!("/rooms/{room}/end")),
        };
        let request = self.world.request_to(&self.urls[replica], method, &path, &self.token("mona"));
        let said = ask(if deed == Deed::Ban { request.json(&json!({})) } else { request }).await;
        if let Some(said) = &said {
            check(deed, said);
        }
        self.note_ban(deed, (user, room), said.as_ref());
        said.as_ref().map_or_else(|| "no answer".to_owned(), Said::word)
    }

    fn note_ban(&self, deed: Deed, whom: (&'static str, &'static str), said: Option<&Said>) {
        if !matches!(deed, Deed::Ban | Deed::Unban) {
            return;
        }
        let is_certain = said.is_some_and(|said| said.status == 204 || said.body["barred"] == true);
        let bans = &mut self.people().bans;
        if is_certain {
            bans.insert(whom, deed == Deed::Ban);
        } else {
            bans.remove(&whom);
        }
    }

    /// What became of it all.
    pub(super) async fn report(&mut self) {
        let urls = [&self.world.management_url, &self.second.as_ref().unwrap().management_url];
        for url in urls {
            self.drift.add(&self.world, url).await;
        }
        for ((deed, ended), times) in &self.people().tally {
            println!("{deed:?}: {ended}: {times}");
        }
        println!("webhooks: {:?}", self.relay.carried());
        println!("drift: {:?}; at rest after {:?} at most", self.drift.0, self.longest);
        assert_eq!(self.relay.carried().refused, 0, "a webhook of LiveKit's was not taken for one");
        assert!(self.world.figure("panics_total").await.abs() < f64::EPSILON);
    }

    pub(super) fn people(&self) -> std::sync::MutexGuard<'_, People> {
        self.people.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
