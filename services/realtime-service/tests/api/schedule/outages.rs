//! Redis, LiveKit or the membership service away or silent: every answer about rooms is the documented one, what was answered is
//! true afterwards, and nothing has to be started again.

use std::collections::BTreeSet;
use std::time::Duration;

use clock::Clock;
use futures_util::future::join_all;
use livekit_api::services::room::RoomClient;
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};
use testkit::{MembershipMode, RoomGuest, WebhookForge, WebhookRoom, eventually};

use super::BOUND;
use crate::webhook_pipe::WebhookPipe;
use crate::webhooks::{Kept, PATH};
use crate::world::{Answer, World, send};

/// Slower than anybody waits for.
const VERY_SLOW: Duration = Duration::from_secs(20);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fault {
    RedisAway,
    RedisHangs,
    LiveKitAway,
    LiveKitHangs,
    MembersAway,
    MembersSlow,
}

/// What is asked while something is wrong, and what is answered where Redis, LiveKit or the membership service is at fault.
/// `sfu` is LiveKit's own fault, away or silent.
const TABLE: [(&str, [&str; 3]); 11] = [
    ("join", ["store", "sfu", "membership"]),
    ("explain", ["store", "200", "membership"]),
    ("show", ["200", "sfu", "membership"]),
    ("participants", ["store", "sfu", "membership"]),
    ("mute", ["store", "sfu", "membership"]),
    ("kick", ["store", "sfu, barred", "membership"]),
    ("ban", ["store", "sfu, barred", "membership"]),
    ("unban", ["store", "204", "membership"]),
    ("bans", ["store", "200", "membership"]),
    ("end", ["store", "sfu", "membership"]),
    ("webhook", ["store", "200", "200"]),
];

impl Fault {
    const ALL: [Self; 6] = [
        Self::RedisAway,
        Self::RedisHangs,
        Self::LiveKitAway,
        Self::LiveKitHangs,
        Self::MembersAway,
        Self::MembersSlow,
    ];

    const fn column(self) -> usize {
        match self {
            Self::RedisAway | Self::RedisHangs => 0,
            Self::LiveKitAway | Self::LiveKitHangs => 1,
            Self::MembersAway | Self::MembersSlow => 2,
        }
    }

    async fn begins(self, world: &mut World) {
        match self {
            Self::RedisAway => {
                // What it has then it has when it is back.
                world.redis().command(&["SAVE"]).await.unwrap();
                world.store().stop().await;
            }
            Self::RedisHangs => world.redis().process().unwrap().pause(),
            Self::LiveKitAway => world.livekit.stop().await,
            Self::LiveKitHangs => world.livekit.process().unwrap().pause(),
            Self::MembersAway => world.membership.down().await,
            Self::MembersSlow => world.membership.behave(MembershipMode::Slow(VERY_SLOW)),
        }
    }

    async fn ends(self, world: &mut World) {
        match self {
            Self::RedisAway => world.store().start_again().await.unwrap(),
            Self::RedisHangs => world.redis().process().unwrap().resume(),
            Self::LiveKitAway => world.livekit.start_again().await.unwrap(),
            Self::LiveKitHangs => world.livekit.process().unwrap().resume(),
            Self::MembersAway => world.membership.up().await.unwrap(),
            Self::MembersSlow => world.membership.behave(MembershipMode::Honest),
        }
    }

    /// Whether the answer is what the table says.
    fn explains(self, answer: &Answer, expected: &str) -> bool {
        let (status, body) =
            (answer.status.as_u16(), serde_json::from_str(&answer.text).unwrap_or(Value::Null));
        let code = body["code"].as_str();
        let of_livekit = match self {
            // After some questions in vain it is left alone.
            Self::LiveKitHangs => matches!(code, Some("sfu_timeout" | "sfu_unavailable")),
            _ => code == Some("sfu_unavailable"),
        };
        match expected {
            "store" => (status, code) == (503, Some("store_unavailable")),
            "membership" => (status, code) == (503, Some("membership_unavailable")),
            "sfu" => of_livekit && body.get("barred").is_none(),
            "sfu, barred" => of_livekit && body["barred"] == true,
            other => status.to_string() == other,
        }
    }
}

/// Those whom it concerns, others for each fault.
struct Cast {
    present: [String; 2],
    banned: String,
}

impl Cast {
    fn new(world: &World, fault: Fault) -> Self {
        let name = |who: &str| format!("{who}-{fault:?}");
        let [kicked, present, banned] = ["kim", "pat", "dan"].map(name);
        for user in [&kicked, &present, &banned] {
            world.membership.admit("standup", user, "participant");
        }
        Self { present: [kicked, present], banned }
    }

    fn request(&self, world: &World, act: &str) -> RequestBuilder {
        let [kicked, present] = &self.present;
        let (mona, ann) = (world.token("mona", &[]), world.token("ann", &[]));
        let ask = |method, path: String, token| world.request(method, &path, token);
        let standup = |path: &str| format!("/rooms/standup{path}");
        match act {
            "join" => ask(Method::POST, standup("/join"), &ann),
            "explain" => ask(Method::POST, standup("/join?dry_run=true"), &ann),
            "show" => ask(Method::GET, standup(""), &ann),
            "participants" => ask(Method::GET, standup("/participants"), &ann),
            "mute" => ask(Method::POST, standup(&format!("/participants/{present}:default/mute")), &mona)
                .json(&json!({ "source": "microphone" })),
            "kick" => ask(Method::DELETE, standup(&format!("/participants/{kicked}:default")), &mona),
            "ban" => ask(Method::PUT, standup(&format!("/bans/{present}")), &mona).json(&json!({})),
            "unban" => ask(Method::DELETE, standup(&format!("/bans/{}", self.banned)), &mona),
            "bans" => ask(Method::GET, standup("/bans"), &mona),
            "end" => ask(Method::POST, "/rooms/forum/end".to_owned(), &mona),
            _ => webhook(world),
        }
    }
}

/// That a room was opened that has nothing to do with the others.
fn webhook(world: &World) -> RequestBuilder {
    let now = Clock::system().now();
    let room = WebhookRoom {
        name: "realtime/aside".to_owned(),
        sid: "RM_aside".to_owned(),
        created_at_ms: now.timestamp_millis(),
    };
    let id = format!("EV_{}", now.timestamp_micros());
    let body = room.event("room_started", &id, now.timestamp_millis()).to_string();
    let signed = WebhookForge::of(&world.livekit).authorization(body.as_bytes(), now.timestamp());
    let request = world.http(Method::POST, &format!("{}{PATH}", world.url)).header("Authorization", signed);
    request.header("Content-Type", "application/webhook+json").body(body)
}

async fn enters(world: &World, user: &str) -> RoomGuest {
    eventually("somebody comes in", BOUND, async || {
        let answer = world.join("standup", &world.token(user, &[])).await;
        let joined: Value = serde_json::from_str(&answer.text).map_err(|error| error.to_string())?;
        let pass = joined["participant_token"].as_str().ok_or(answer.text)?;
        RoomGuest::enter(&world.livekit.public_url, pass).await.map_err(|not_in| format!("{not_in:?}"))
    })
    .await
}

/// Who is in the room, by LiveKit itself.
async fn in_truth(world: &World) -> Result<BTreeSet<String>, String> {
    let livekit = &world.livekit;
    let client = RoomClient::with_api_key(&livekit.url, &livekit.api_key, &livekit.api_secret);
    let rooms =
        client.list_rooms(vec!["realtime/standup".to_owned()]).await.map_err(|error| error.to_string())?;
    if rooms.is_empty() {
        return Ok(BTreeSet::new());
    }
    let there = client.list_participants("realtime/standup").await.map_err(|error| error.to_string())?;
    Ok(there.into_iter().map(|one| one.identity).collect())
}

/// With what code somebody would not get in; none if they would.
async fn bar(world: &World, user: &str) -> Result<Option<String>, String> {
    let path = "/rooms/standup/join?dry_run=true";
    let answer = send(world.request(Method::POST, path, &world.token(user, &[]))).await;
    let body: Value = serde_json::from_str(&answer.text).map_err(|error| error.to_string())?;
    let checks = body["checks"].as_array().ok_or(answer.text)?;
    let ban = checks.iter().find(|one| one["check"] == "ban").ok_or("no ban is looked for")?;
    Ok(ban["code"].as_str().map(ToOwned::to_owned))
}

#[tokio::test]
async fn whatever_is_away_the_answers_are_the_documented_ones_and_true() {
    let pipe = WebhookPipe::open().await;
    let settings = [
        ("MEMBERSHIP__SOURCES", "http"),
        ("MEMBERSHIP__HTTP__URL", "{membership}"),
        ("MEMBERSHIP__HTTP__REMEMBER_SECONDS", "0"),
        ("MEMBERSHIP__HTTP__REMEMBER_ABSENCE_MS", "0"),
        ("LIVEKIT__KNOWN_ROOM_SECONDS", "0"),
        ("MODERATION__KICK_SECONDS", "600"),
        ("LIMITS__JOINS_PER_MINUTE", "100000"),
        ("LIMITS__JOINS_BURST", "10000"),
        ("LIMITS__COMMANDS_BURST", "10000"),
        ("RECONCILE__SECONDS", "1"),
    ];
    let mut world = World::with_store_and_webhooks(&pipe, &settings).await;
    let kept = Kept::by(&world);
    for (room, user) in [("standup", "mona"), ("forum", "mona"), ("standup", "ann")] {
        world.membership.admit(room, user, if user == "mona" { "moderator" } else { "participant" });
    }
    for fault in Fault::ALL {
        let cast = Cast::new(&world, fault);
        let [kicked, present] = &cast.present;
        let guests = [enters(&world, kicked).await, enters(&world, present).await];
        let path = format!("/rooms/standup/bans/{}", cast.banned);
        let ban = world.request(Method::PUT, &path, &world.token("mona", &[])).json(&json!({}));
        assert_eq!(send(ban).await.status, 204);
        fault.begins(&mut world).await;
        let asking = TABLE.map(|(act, _)| send(cast.request(&world, act)));
        let answers = join_all(asking).await;
        fault.ends(&mut world).await;
        for ((act, expected), answer) in TABLE.into_iter().zip(&answers) {
            let expected = expected[fault.column()];
            assert!(
                fault.explains(answer, expected),
                "{act} while {fault:?}: {expected}, not {} {}",
                answer.status,
                answer.text
            );
        }
        // What was said is so: who is barred is out, and nobody else is.
        let livekit_is_at_fault = fault.column() == 1;
        let barred = |code: &str| livekit_is_at_fault.then(|| code.to_owned());
        let still_banned = (!livekit_is_at_fault).then(|| "banned".to_owned());
        eventually("what was answered is so", BOUND, async || {
            for act in ["join", "participants", "webhook"] {
                let answer = send(cast.request(&world, act)).await;
                if !answer.status.is_success() {
                    return Err(answer.text);
                }
            }
            for (user, wanted) in [
                (kicked, barred("kicked")),
                (present, barred("banned")),
                (&cast.banned, still_banned.clone()),
            ] {
                let found = bar(&world, user).await?;
                if found != wanted {
                    return Err(format!("{user} is {found:?}, not {wanted:?}"));
                }
            }
            let there = in_truth(&world).await?;
            let record = kept.at("occupancy:standup").await.unwrap_or_default();
            let known: BTreeSet<_> = record["people"]
                .as_object()
                .into_iter()
                .flatten()
                .map(|(identity, _)| identity.clone())
                .collect();
            let inside =
                cast.present.iter().filter(|user| there.contains(&format!("{user}:default"))).count();
            // Where Redis or the membership service was at fault, both stay.
            let agrees = there == known && (inside == 0) == livekit_is_at_fault;
            if agrees { Ok(()) } else { Err(format!("known {known:?}, there {there:?}")) }
        })
        .await;
        drop(guests);
    }
}
