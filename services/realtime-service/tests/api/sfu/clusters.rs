//! Two real LiveKit servers: each room is in one of them, and stays there.

use std::collections::BTreeMap;

use reqwest::Method;
use serde_json::{Value, json};
use testkit::{LiveKit, eventually};

use super::{BOUND, lets_in, rooms_of};
use crate::replica::Replica;
use crate::world::{Answer, World, send};

/// Enough that each cluster has some.
const ROOMS: usize = 12;

/// An issuer, and two LiveKit servers called `one` and `two`.
struct Two {
    world: World,
    second: LiveKit,
    token: String,
    /// Where a secret is.
    folder: tempfile::TempDir,
}

impl Two {
    async fn start() -> Self {
        let world = World::start().await;
        let second = LiveKit::start().await.unwrap();
        let groups: Vec<_> = (0..ROOMS).map(|number| format!("/rooms/room-{number}")).collect();
        let token = world.token("ann", &groups.iter().map(String::as_str).collect::<Vec<_>>());
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("secret"), &second.api_secret).unwrap();
        Self { world, second, token, folder }
    }

    fn table(&self, name: &str) -> Value {
        let livekit = if name == "one" { &self.world.livekit } else { &self.second };
        let mut table = json!({
            "name": name,
            "url": livekit.url,
            "public_url": livekit.public_url,
            "api_key": livekit.api_key,
        });
        if name == "one" {
            table["api_secret"] = json!(livekit.api_secret);
        } else {
            table["api_secret_file"] = json!(self.folder.path().join("secret"));
        }
        table
    }

    /// A replica with these clusters, in this order.
    async fn replica(&self, names: &[&str]) -> Replica {
        let clusters: Value = names.iter().map(|name| self.table(name)).collect();
        let settings = [
            ("ENVIRONMENT", "development".to_owned()),
            ("SERVER__DRAIN_SECONDS", "0".to_owned()),
            ("SIGNALLING__DRAIN_SECONDS", "0".to_owned()),
            ("SERVER__HANDLER_TIMEOUT_MS", "2900".to_owned()),
            ("IDENTITY__ISSUERS", self.world.issuer.url()),
            ("IDENTITY__AUDIENCE", "realtime".to_owned()),
            ("LIVEKIT__CLUSTERS", clusters.to_string()),
            ("LIVEKIT__PROBE_SECONDS", "1".to_owned()),
            ("LIVEKIT__REQUEST_TIMEOUT_MS", "1400".to_owned()),
            ("LIMITS__JOINS_PER_MINUTE", "100000".to_owned()),
            ("LIMITS__JOINS_BURST", "10000".to_owned()),
        ];
        Replica::start("/readyz", settings.into_iter()).await
    }

    async fn join(&self, replica: &Replica, room: usize) -> Answer {
        let path = format!("/rooms/room-{room}/join");
        send(self.world.request_to(&replica.url, Method::POST, &path, &self.token)).await
    }

    /// Where a replica sends people for each of the rooms.
    async fn homes(&self, replica: &Replica) -> BTreeMap<usize, String> {
        let mut homes = BTreeMap::new();
        for room in 0..ROOMS {
            let answer = self.join(replica, room).await;
            assert_eq!(answer.status, 201, "{}", answer.text);
            homes.insert(room, answer.json()["server_url"].as_str().unwrap().to_owned());
        }
        homes
    }
}

#[tokio::test]
async fn each_room_is_in_one_cluster_and_every_replica_knows_which() {
    let site = Two::start().await;
    let replica = site.replica(&["one", "two"]).await;
    let homes = site.homes(&replica).await;
    let (one, two) = (rooms_of(&site.world.livekit).await, rooms_of(&site.second).await);
    assert!(!one.is_empty() && !two.is_empty(), "{homes:?}");
    assert_eq!(one.len() + two.len(), ROOMS);
    for (room, home) in &homes {
        let there = if *home == site.second.public_url { &two } else { &one };
        assert!(there.contains(&format!("realtime/room-{room}")), "{room}: {home}");
    }
    // Another replica, told of them the other way round, before anything exists.
    let other = site.replica(&["two", "one"]).await;
    assert_eq!(site.homes(&other).await, homes);

    let answer = site.join(&replica, 0).await.json();
    let token = answer["participant_token"].as_str().unwrap();
    let elsewhere = [&site.world.livekit, &site.second].map(|livekit| livekit.public_url.as_str());
    for url in elsewhere {
        assert_eq!(lets_in(&site.world, url, token).await, url == homes[&0], "{url}");
    }
}

#[tokio::test]
async fn a_room_stays_where_it_is_when_a_cluster_is_added() {
    let site = Two::start().await;
    let before = site.replica(&["one"]).await;
    site.homes(&before).await;
    assert_eq!(rooms_of(&site.world.livekit).await.len(), ROOMS);
    let after = site.replica(&["one", "two"]).await;
    let homes = site.homes(&after).await;
    assert!(homes.values().all(|home| *home == site.world.livekit.public_url), "{homes:?}");
    assert_eq!(rooms_of(&site.second).await, [""; 0]);
}

#[tokio::test]
async fn without_one_of_them_the_rooms_of_the_other_go_on() {
    let mut site = Two::start().await;
    let replica = site.replica(&["one", "two"]).await;
    let homes = site.homes(&replica).await;
    site.second.stop().await;
    eventually("readyz names the one that is away", BOUND, async || {
        let ready = send(site.world.http(Method::GET, &format!("{}/readyz", replica.management_url))).await;
        ready.status == 200 && ready.json()["checks"]["sfu"]["reason"] == "two: sfu_unavailable"
    })
    .await;
    for (room, home) in &homes {
        let answer = site.join(&replica, *room).await;
        if *home == site.second.public_url {
            answer.is_problem(503, "sfu_unavailable");
        } else {
            assert_eq!(answer.json()["server_url"], **home);
        }
    }
    site.second.start_again().await.unwrap();
    eventually("all rooms can be joined again", BOUND, async || {
        for room in 0..ROOMS {
            if site.join(&replica, room).await.status != 201 {
                return false;
            }
        }
        true
    })
    .await;
    assert_eq!(site.homes(&replica).await, homes);
}
