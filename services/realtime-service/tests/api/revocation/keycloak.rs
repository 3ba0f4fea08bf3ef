//! A real Keycloak that tells of real logouts.

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use testkit::{Keycloak, Tokens, eventually};
use tokio::sync::oneshot;

use super::{PATH, is_refused};
use crate::socket::{BOUND, Socket};
use crate::world::World;

/// A realm of its own whose client `web` tells the first replica of logouts.
struct Realm {
    keycloak: &'static Keycloak,
    name: &'static str,
}

impl Realm {
    async fn start(name: &'static str) -> Self {
        let keycloak = Keycloak::shared().await.unwrap();
        keycloak.create_realm(name).await.unwrap();
        Self { keycloak, name }
    }

    /// Where Keycloak tells it, which is known only once the service is there.
    async fn tells(&self, url: &str) {
        self.keycloak.tell_logouts(self.name, &format!("{url}{PATH}")).await.unwrap();
    }

    async fn log_in(&self, user: &str) -> (Tokens, Value) {
        let tokens = self.keycloak.password_grant_of(self.name, user).await.unwrap();
        let claims = claims_of(&tokens.access);
        (tokens, claims)
    }
}

fn claims_of(token: &str) -> Value {
    use base64::Engine as _;
    let payload = token.split('.').nth(1).unwrap();
    let payload = base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(payload).unwrap();
    serde_json::from_slice(&payload).unwrap()
}

async fn world(realm: &Realm, more: &[(&'static str, &str)]) -> World {
    let issuer = realm.keycloak.issuer_of(realm.name);
    let mut settings = vec![
        ("IDENTITY__ISSUERS", issuer.as_str()),
        ("IDENTITY__AUTHORIZED_PARTIES", "web"),
        ("IDENTITY__SERVICE_ACCOUNT__CLIENT_ID", "realtime-service"),
        (
            "IDENTITY__SERVICE_ACCOUNT__CLIENT_SECRET",
            "development-realtime-service-secret-never-in-production",
        ),
    ];
    settings.extend_from_slice(more);
    let of_calls = [("IDENTITY__ISSUERS", issuer.as_str())];
    // Its name is the tenant's in both.
    World::with_calls(&settings, &of_calls).await
}

/// What is promised, from the logout at Keycloak on.
const CLOSED_WITHIN: Duration = Duration::from_secs(5);

#[tokio::test]
async fn each_way_to_end_a_session_closes_its_sockets_on_every_replica_and_voids_its_tokens_everywhere() {
    let realm = Realm::start("logouts").await;
    let world = world(&realm, &[]).await;
    realm.tells(&world.url).await;
    let issuer = realm.keycloak.issuer_of(realm.name);
    let other = world
        .replica(&[("IDENTITY__ISSUERS", issuer.as_str()), ("IDENTITY__AUTHORIZED_PARTIES", "web")])
        .await;
    for (user, way) in [("alice", "logs out"), ("bob", "is ended"), ("carol", "is logged out everywhere")] {
        let (ended, claims) = realm.log_in(user).await;
        let (stays, _) = realm.log_in("erin").await;
        let mut sockets = Vec::new();
        for (device, url) in [("phone", &world.url), ("laptop", &other.url)] {
            sockets.push(Socket::resumed(url, &ended.access, device, None).await.0);
        }
        let (mut untouched, _) = Socket::resumed(&other.url, &stays.access, "tablet", None).await;
        let (session, subject) = (claims["sid"].as_str().unwrap(), claims["sub"].as_str().unwrap());
        let begun = Instant::now();
        match way {
            "logs out" => realm.keycloak.log_out(realm.name, &ended).await.unwrap(),
            "is ended" => realm.keycloak.end_session(realm.name, session).await.unwrap(),
            _ => realm.keycloak.end_sessions(realm.name, subject).await.unwrap(),
        }
        for socket in &mut sockets {
            let closed = tokio::time::timeout(CLOSED_WITHIN, socket.closed()).await;
            assert_eq!(closed, Ok((4401, "token_invalid".to_owned())), "{user} {way}");
        }
        println!("{user} {way}: sockets closed after {:?}", begun.elapsed());
        for url in [&world.url, &other.url] {
            is_refused(&world, url, &ended.access).await;
        }
        let call_state = world.call_state_url();
        eventually("call-state-service refuses it", BOUND, async || {
            let request = world.http(reqwest::Method::GET, &format!("{call_state}/internal/calls"));
            crate::world::send(request.bearer_auth(&ended.access)).await.status == 401
        })
        .await;
        untouched.say(&json!({ "type": "ping" })).await;
        untouched.next_of("pong").await;
        let (again, _) = realm.log_in(user).await;
        assert_eq!(world.get("/events", &again.access).await.status, 200, "{user} logs in again");
    }
    realm.keycloak.remove_realm(realm.name).await.unwrap();
}

#[tokio::test]
async fn somebody_who_was_disabled_or_removed_is_found_by_the_sweep() {
    let realm = Realm::start("swept").await;
    let world = world(&realm, &[("REVOCATION__SWEEP_SECONDS", "10")]).await;
    let (alice, of_alice) = realm.log_in("alice").await;
    let (bob, of_bob) = realm.log_in("bob").await;
    let (carol, _) = realm.log_in("carol").await;
    let (mut phone, _) = Socket::resumed(&world.url, &alice.access, "phone", None).await;
    let (mut laptop, _) = Socket::resumed(&world.url, &bob.access, "laptop", None).await;
    let (mut tablet, _) = Socket::resumed(&world.url, &carol.access, "tablet", None).await;
    realm.keycloak.disable(realm.name, of_alice["sub"].as_str().unwrap()).await.unwrap();
    realm.keycloak.remove_user(realm.name, of_bob["sub"].as_str().unwrap()).await.unwrap();
    let (stop, stopped) = oneshot::channel::<()>();
    // Whoever says nothing for long is taken for gone.
    let answering = async {
        let closed = async { (phone.closed().await, laptop.closed().await) };
        let (of_phone, of_laptop) = tokio::time::timeout(BOUND * 2, closed).await.unwrap();
        drop(stop);
        assert_eq!(of_phone, (4401, "token_invalid".to_owned()));
        assert_eq!(of_laptop, (4401, "token_invalid".to_owned()));
    };
    let goes_on = async {
        tokio::select! {
            heard = tablet.hear() => panic!("the third hears {heard:?}"),
            _ = stopped => {}
        }
    };
    tokio::join!(answering, goes_on);
    is_refused(&world, &world.url, &alice.access).await;
    is_refused(&world, &world.url, &bob.access).await;
    assert_eq!(world.get("/events", &carol.access).await.status, 200);
    realm.keycloak.remove_realm(realm.name).await.unwrap();
}
