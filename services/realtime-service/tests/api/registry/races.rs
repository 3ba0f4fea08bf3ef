//! Two replicas change the same at the same moment.

use std::collections::BTreeMap;

use futures_util::future::join_all;
use reqwest::Method;
use serde_json::{Value, json};

use super::Host;
use crate::world::{Answer, send};

/// How many rounds each race has. Both sides win some of them.
const ROUNDS: usize = 30;

/// The records, the indexes and what is answered say the same of `room` and of everybody in `people`.
async fn agree(host: &Host, room: &str, people: &[&str]) {
    let index = host.stored(&format!("members:{room}")).await;
    let index = index.map_or_else(|| json!({}), |index| index["members"].clone());
    for user in people {
        let record = host.stored(&format!("member:{room}/{user}")).await;
        let role = record.as_ref().map_or(&Value::Null, |record| &record["role"]);
        let rooms = host.stored(&format!("rooms-of:{user}")).await;
        let listed = rooms.as_ref().map_or(&Value::Null, |rooms| &rooms["rooms"][room]);
        assert_eq!((role, listed), (&index[user], &index[user]), "{user}");
        let shown = host.get(&format!("/rooms/{room}"), &host.token(user)).await;
        match role.as_str() {
            Some(role) => assert_eq!(shown.json()["role"], role, "{user}"),
            None => drop(shown.is_problem(404, "room_not_found")),
        }
    }
}

async fn set(host: &Host, url: &str, user: &str, role: &str) -> Answer {
    let path = format!("/rooms/standup/members/{user}");
    let request = host.world.request_to(url, Method::PUT, &path, &host.root);
    send(request.json(&json!({ "role": role }))).await
}

#[tokio::test]
async fn of_two_who_make_a_room_one_has_made_it() {
    let host = Host::start().await;
    let other = host.world.replica(&super::UNLIMITED).await;
    let mut won = BTreeMap::new();
    for round in 0..ROUNDS {
        let path = format!("/rooms/room-{round}");
        let put = async |url: &str, name: &str| {
            let request = host.world.request_to(url, Method::PUT, &path, &host.root);
            send(request.json(&json!({ "name": name }))).await.status.as_u16()
        };
        let statuses = futures_util::join!(put(&host.world.url, "here"), put(&other.url, "there"));
        assert!(matches!(statuses, (201, 200) | (200, 201)), "{statuses:?}");
        *won.entry(statuses.0).or_insert(0) += 1;
        let last = host.get(&path, &host.root).await.json()["name"].clone();
        // Whoever came second has changed what the first has made.
        assert_eq!(last, if statuses.0 == 201 { "there" } else { "here" });
    }
    println!("first here, or there: {won:?}");
}

#[tokio::test]
async fn roles_and_removals_that_meet_leave_records_and_indexes_that_agree() {
    let host = Host::start().await;
    let other = host.world.replica(&super::UNLIMITED).await;
    host.makes("standup", &[]).await;
    let mut ends = BTreeMap::new();
    for _ in 0..ROUNDS {
        let remove = async {
            let request = host.world.request(Method::DELETE, "/rooms/standup/members/bob", &host.root);
            send(request).await
        };
        let (one, two, three) = futures_util::join!(
            set(&host, &host.world.url, "bob", "viewer"),
            set(&host, &other.url, "bob", "presenter"),
            remove,
        );
        for answer in [one, two, three] {
            assert!(answer.status.is_success(), "{}", answer.text);
        }
        agree(&host, "standup", &["bob"]).await;
        let end =
            host.stored("member:standup/bob").await.map_or(Value::Null, |member| member["role"].clone());
        *ends.entry(end.to_string()).or_insert(0) += 1;
    }
    println!("{ends:?}");
    assert!(ends.len() > 1, "not always the same wins: {ends:?}");
}

#[tokio::test]
async fn a_crowd_is_added_at_once_by_two_replicas() {
    let host = Host::start().await;
    let other = host.world.replica(&super::UNLIMITED).await;
    host.makes("standup", &[]).await;
    let people: Vec<String> = (0..24).map(|number| format!("user-{number}")).collect();
    let adding = people.iter().enumerate().map(|(number, user)| {
        let url = if number % 2 == 0 { &host.world.url } else { &other.url };
        set(&host, url, user, "participant")
    });
    let mut added = 0;
    for answer in join_all(adding).await {
        // Too many at once is said, and nothing of it stands half.
        match answer.status.as_u16() {
            201 => added += 1,
            _ => drop(answer.is_problem(503, "store_unavailable")),
        }
    }
    println!("{added} of {} at once", people.len());
    let people: Vec<&str> = people.iter().map(String::as_str).collect();
    for user in &people {
        assert!(set(&host, &other.url, user, "participant").await.status.is_success());
    }
    agree(&host, "standup", &people).await;
    let index = host.stored("members:standup").await.unwrap();
    assert_eq!(index["members"].as_object().unwrap().len(), people.len());
}
