//! Logins that are ended before their tokens expire.

mod keycloak;
mod outage;
mod rooms;
mod said;
mod sweep;

use clock::Clock;
use reqwest::Method;
use serde_json::{Value, json};
use testkit::eventually;

use crate::socket::{BOUND, Socket};
use crate::world::{Answer, World, send};

/// The path of the endpoint, below that of the service.
const PATH: &str = "/api/realtime/backchannel-logout";
/// That the logout tokens of the tests' client are accepted.
pub(crate) const CLIENTS: (&str, &str) = ("REVOCATION__CLIENTS", "web");

/// What Keycloak says when this login ends.
pub(crate) fn logout_claims(world: &World, login: &Value) -> Value {
    let now = Clock::system().now().timestamp();
    json!({
        "iss": world.issuer.url(), "aud": "web", "sub": login["sub"], "sid": login["sid"], "iat": now, "exp": now + 120,
        "jti": format!("j-{}", login["jti"]), "typ": "Logout",
        "events": { "http://schemas.openid.net/event/backchannel-logout": {} },
    })
}

/// Says it to a replica.
pub(crate) async fn say(world: &World, url: &str, token: &str) -> Answer {
    let body = format!("logout_token={token}");
    let request = world.http(Method::POST, &format!("{url}{PATH}"));
    send(request.header("content-type", "application/x-www-form-urlencoded").body(body)).await
}

/// Until a replica refuses this token.
async fn is_refused(world: &World, url: &str, token: &str) {
    eventually("the token is refused", BOUND, async || {
        send(world.request_to(url, Method::GET, "/rooms/standup", token)).await.status == 401
    })
    .await;
    let answer = send(world.request_to(url, Method::GET, "/rooms/standup", token)).await;
    answer.is_problem(401, "token_invalid");
}

#[tokio::test]
async fn the_end_of_a_login_is_known_to_every_replica_and_closes_its_sockets_and_polls() {
    let world = World::with_calls(&[CLIENTS], &[]).await;
    let other = world.replica(&[CLIENTS]).await;
    let urls = [world.url.as_str(), other.url.as_str()];
    let (ended, stays) = (world.claims("ann", &[]), world.claims("ann", &[]));
    let (ended_token, stays_token) = (world.issuer.sign(&ended), world.issuer.sign(&stays));
    let mut sockets = Vec::new();
    for (device, url) in [("phone", urls[0]), ("laptop", urls[1])] {
        sockets.push(Socket::resumed(url, &ended_token, device, None).await.0);
    }
    let (mut untouched, _) = Socket::resumed(urls[1], &stays_token, "tablet", None).await;
    let begun = world.get("/events", &ended_token).await.json();
    let after = begun["cursor"].as_str().unwrap();
    let path = format!("/events?after={after}&wait=25");
    let poll = send(world.request_to(urls[1], Method::GET, &path, &ended_token).header("x-device-id", "tv"));
    let said = async {
        eventually("the poll waits", BOUND, async || {
            let metrics = send(world.http(Method::GET, &format!("{}/metrics", other.management_url))).await;
            metrics.text.lines().any(|line| line == "events_polls_open 1")
        })
        .await;
        let answer = say(&world, urls[0], &world.issuer.sign(&logout_claims(&world, &ended))).await;
        assert_eq!((answer.status.as_u16(), answer.text.as_str()), (200, ""));
        assert_eq!(answer.headers["cache-control"], "no-store");
    };
    let (polled, ()) = tokio::join!(poll, said);
    polled.is_problem(401, "token_invalid");
    for socket in &mut sockets {
        assert_eq!(socket.closed().await, (4401, "token_invalid".to_owned()));
    }
    for url in urls {
        is_refused(&world, url, &ended_token).await;
        let answer = send(world.request_to(url, Method::GET, "/events", &stays_token)).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
    }
    untouched.say(&json!({ "type": "ping" })).await;
    untouched.next_of("pong").await;
    // call-state-service itself, past realtime-service, which has refused the token already.
    let call_state = world.call_state_url();
    eventually("call-state-service refuses it as well", BOUND, async || {
        let calls =
            world.http(Method::GET, &format!("{call_state}/internal/calls")).bearer_auth(&ended_token);
        send(calls).await.status == 401
    })
    .await;
    let mut again = Socket::open(urls[0]).await;
    again.hello(&ended_token, "phone", None).await;
    assert_eq!(again.closed().await, (4401, "token_invalid".to_owned()));
    let renewed = json!({ "type": "authenticate", "token": ended_token });
    untouched.say(&renewed).await;
    assert_eq!(untouched.closed().await, (4401, "token_invalid".to_owned()));
}

#[tokio::test]
async fn where_no_session_is_named_every_login_from_before_is_over_and_a_later_one_is_good() {
    let world = World::with_calls(&[CLIENTS], &[]).await;
    let mut past = world.claims("ann", &[]);
    past["iat"] = json!(past["iat"].as_i64().unwrap() - 30);
    let (first, second) = (world.issuer.sign(&past), world.token("ann", &[]));
    let (mut socket, _) = Socket::resumed(&world.url, &second, "phone", None).await;
    let mut logout = logout_claims(&world, &past);
    logout.as_object_mut().unwrap().remove("sid");
    assert_eq!(say(&world, &world.url, &world.issuer.sign(&logout)).await.status, 200);
    assert_eq!(socket.closed().await, (4401, "token_invalid".to_owned()));
    is_refused(&world, &world.url, &first).await;
    is_refused(&world, &world.url, &second).await;
    let mut later = world.claims("ann", &[]);
    later["iat"] = json!(logout["iat"].as_i64().unwrap() + 1);
    assert_eq!(world.get("/events", &world.issuer.sign(&later)).await.status, 200);
    assert_eq!(world.get("/events", &world.token("bob", &[])).await.status, 200);
}
