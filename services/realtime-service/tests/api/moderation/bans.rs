//! Bans: out and not back, listed, lifted, over by themselves.

use clock::Clock;
use reqwest::Method;
use serde_json::{Value, json};
use testkit::eventually;

use super::{BOUND, REMOVED, act, administrator, ban, enters, token, unban};
use crate::world::World;

async fn listed(world: &World, query: &str) -> Value {
    let answer = world.get(&format!("/rooms/standup/bans{query}"), &token(world, "mona", "moderator")).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    answer.json()
}

#[tokio::test]
async fn whoever_is_banned_is_out_and_stays_out_until_the_ban_is_lifted() {
    let world = World::with_store(&[]).await;
    let (mona, ann) = (token(&world, "mona", "moderator"), token(&world, "ann", "participant"));
    let mut guest = enters(&world, &ann, "phone").await;
    assert_eq!(ban(&world, &mona, "ann", &json!({ "reason": "noise" })).await.status, 204);
    assert_eq!(guest.sent_out(BOUND).await.reason, REMOVED);
    world.join("standup", &ann).await.is_problem(403, "banned");
    let bans = listed(&world, "").await;
    let ban_of_ann = &bans["items"][0];
    assert_eq!((&ban_of_ann["user_id"], &ban_of_ann["by"]), (&json!("ann"), &json!("mona")));
    assert_eq!((&ban_of_ann["reason"], ban_of_ann.get("until")), (&json!("noise"), None), "{bans}");
    let since = ban_of_ann["since"].clone();
    // Changed, it is the same ban: it began when it began.
    assert_eq!(
        ban(&world, &administrator(&world), "ann", &json!({ "until": "2999-01-01T00:00:00Z" })).await.status,
        204
    );
    let changed = listed(&world, "").await["items"][0].clone();
    assert_eq!((&changed["since"], &changed["by"]), (&since, &json!("root")), "{changed}");
    assert_eq!(
        (&changed["until"], changed.get("reason")),
        (&json!("2999-01-01T00:00:00.000Z"), None),
        "{changed}"
    );
    for _ in 0..2 {
        assert_eq!(unban(&world, &mona, "ann").await.status, 204);
    }
    assert_eq!(listed(&world, "").await, json!({ "items": [] }));
    assert_eq!(world.join("standup", &ann).await.status, 201);
}

#[tokio::test]
async fn a_ban_ends_by_itself() {
    let world = World::with_store(&[]).await;
    let (mona, ann) = (token(&world, "mona", "moderator"), token(&world, "ann", "participant"));
    let until = Clock::system().now() + chrono::TimeDelta::seconds(2);
    // Somebody may be banned who is not there, and who is no member.
    for user in ["ann", "stranger"] {
        assert_eq!(ban(&world, &mona, user, &json!({ "until": until.to_rfc3339() })).await.status, 204);
    }
    world.join("standup", &ann).await.is_problem(403, "banned");
    eventually("the ban is over", BOUND, async || world.join("standup", &ann).await.status == 201).await;
    assert_eq!(listed(&world, "").await, json!({ "items": [] }));
}

#[tokio::test]
async fn bans_are_listed_in_parts_and_are_bounded() {
    let world = World::with_store(&[("MODERATION__BANS_PER_ROOM", "5")]).await;
    let mona = token(&world, "mona", "moderator");
    let users = ["ann", "bob", "cat", "dan", "eve"];
    let for_ever = json!({});
    let bans = users.map(|user| ban(&world, &mona, user, &for_ever));
    for answer in futures_util::future::join_all(bans).await {
        assert_eq!(answer.status, 204, "{}", answer.text);
    }
    ban(&world, &mona, "fay", &json!({})).await.blames(&["user_id"]);
    assert_eq!(ban(&world, &mona, "ann", &json!({ "reason": "again" })).await.status, 204);
    let (mut found, mut query) = (Vec::new(), "?limit=2".to_owned());
    loop {
        let page = listed(&world, &query).await;
        let users =
            page["items"].as_array().unwrap().iter().map(|ban| ban["user_id"].as_str().unwrap().to_owned());
        found.extend(users);
        match page["next_cursor"].as_str() {
            Some(cursor) => query = format!("?limit=2&cursor={cursor}"),
            None => break,
        }
    }
    assert_eq!(found, users);
    assert_eq!(unban(&world, &mona, "cat").await.status, 204);
    assert_eq!(ban(&world, &mona, "fay", &json!({})).await.status, 204);
}

#[tokio::test]
async fn a_kick_takes_nothing_from_a_ban() {
    let world = World::with_store(&[("MODERATION__KICK_SECONDS", "1")]).await;
    let (mona, ann) = (token(&world, "mona", "moderator"), token(&world, "ann", "participant"));
    let pass = super::joins(&world, &ann, "phone").await;
    assert_eq!(ban(&world, &mona, "ann", &json!({})).await.status, 204);
    // LiveKit knows nothing of bans.
    let mut guest = testkit::RoomGuest::enter(&world.livekit.public_url, &pass).await.unwrap();
    assert_eq!(super::kick(&world, &mona, "ann:phone").await.status, 204);
    guest.sent_out(BOUND).await;
    world.join("standup", &ann).await.is_problem(403, "banned");
    assert_eq!(listed(&world, "").await["items"][0]["user_id"], "ann");
}

#[tokio::test]
async fn nobody_is_banned_from_the_room_of_a_call() {
    let world = World::with_store(&[]).await;
    for token in [administrator(&world), token(&world, "ann", "viewer")] {
        for method in [Method::PUT, Method::DELETE] {
            let request = world.request(method, "/rooms/call-7/bans/bob", &token);
            crate::world::send(request).await.blames(&["room_id"]);
        }
        world.get("/rooms/call-7/bans", &token).await.blames(&["room_id"]);
    }
    act(&world, &token(&world, "ann", "viewer"), Method::GET, "bans", None)
        .await
        .is_problem(403, "role_required");
}

/// What is kept is bounded in time, but for bans without an end.
#[tokio::test]
async fn what_is_kept_of_somebody_who_was_sent_out_goes_when_it_no_longer_matters() {
    let world = World::with_store(&[("MODERATION__KICK_SECONDS", "30")]).await;
    let (mona, ann) = (token(&world, "mona", "moderator"), token(&world, "ann", "participant"));
    let ttl = async |key: &str| {
        let keys = world.redis().command(&["KEYS", &format!("*{key}")]).await.unwrap();
        let key = keys.to_string();
        let key = key.trim_matches(|letter| matches!(letter, '[' | ']' | '"')).to_owned();
        world.redis().command(&["PTTL", &key]).await.unwrap().as_i64().unwrap()
    };
    let mut guest = enters(&world, &ann, "phone").await;
    assert_eq!(super::kick(&world, &mona, "ann:phone").await.status, 204);
    guest.sent_out(BOUND).await;
    let (bar, token_life, afterlife) = (30, 120, 900);
    let most = (bar + token_life + afterlife) * 1_000;
    let kept = ttl("denial:standup/ann").await;
    assert!(kept > most - 60_000 && kept <= most, "{kept} ms");
    assert_eq!(ban(&world, &mona, "ann", &json!({})).await.status, 204);
    assert_eq!((ttl("denial:standup/ann").await, ttl("bans:standup").await), (-1, -1));
    assert_eq!(unban(&world, &mona, "ann").await.status, 204);
    assert!((1..=most).contains(&ttl("denial:standup/ann").await));
}
