//! The whole product in one process, from outside. LiveKit is not there: nobody here joins a room.

#![expect(clippy::unwrap_used, reason = "a test may panic, and its helpers are part of it")]

use std::time::Duration;

use reqwest::{Method, RequestBuilder, StatusCode};
use serde_json::{Value, json};
use testkit::{Exit, Launch, Process, Ready, eventually, ports};

const START_BOUND: Duration = Duration::from_secs(30);

const BOB: &str = "b0b00000-0000-4000-8000-000000000002";
const DAVE: &str = "dafe0000-0000-4000-8000-000000000004";

struct World {
    server: Process,
    url: String,
    http: reqwest::Client,
}

/// Status and body of an answer.
type Answer = (StatusCode, Value);

impl World {
    async fn start() -> Self {
        let listen = format!("127.0.0.1:{}", ports::free().unwrap());
        let server = Launch::new("dev-server", env!("CARGO_BIN_EXE_dev-server"))
            .args(["--dev", "--listen", &listen])
            .spawn()
            .unwrap();
        let url = format!("http://{listen}");
        server.ready(Ready::Http(&format!("{url}/livez")), START_BOUND).await.unwrap();
        #[expect(clippy::disallowed_methods, reason = "a test's client waits as long as the test does")]
        let http = reqwest::Client::new();
        let world = Self { server, url, http };
        // It lives before either service inside has read the keys of the issuer beside it.
        let token = world.log_in("erin").await;
        eventually("both services accept tokens", START_BOUND, async || {
            world.get("/api/realtime/calls", &token).await.0 == StatusCode::OK
        })
        .await;
        world
    }

    async fn log_in(&self, name: &str) -> String {
        let form = format!("grant_type=password&client_id=web&username={name}&password={name}");
        self.token(|request| request.body(form)).await.unwrap()
    }

    async fn token(&self, fill: impl FnOnce(RequestBuilder) -> RequestBuilder) -> Option<String> {
        let endpoint = format!("{}/realms/realtime/protocol/openid-connect/token", self.url);
        let request = self.http.post(endpoint).header("content-type", "application/x-www-form-urlencoded");
        let answer: Value = fill(request).send().await.unwrap().json().await.unwrap();
        answer["access_token"].as_str().map(str::to_owned)
    }

    async fn ask(&self, method: Method, path: &str, token: &str, body: Option<Value>) -> Answer {
        let request = self.http.request(method, format!("{}{path}", self.url)).bearer_auth(token);
        let request = if let Some(body) = body { request.json(&body) } else { request };
        let answer = request.send().await.unwrap();
        (answer.status(), answer.json().await.unwrap_or_default())
    }

    async fn call(&self, token: &str, path: &str, body: Value) -> Answer {
        self.ask(Method::POST, &format!("/api/realtime/calls{path}"), token, Some(body)).await
    }

    async fn get(&self, path: &str, token: &str) -> Answer {
        self.ask(Method::GET, path, token, None).await
    }
}

fn invite(callee: &str) -> Value {
    json!({ "callees": [callee], "kind": "audio", "media": "p2p", "room_id": "standup" })
}

#[tokio::test]
async fn members_of_a_room_call_each_other_and_nobody_else() {
    let world = World::start().await;
    let (alice, bob, dave) =
        (world.log_in("alice").await, world.log_in("bob").await, world.log_in("dave").await);

    let (status, refused) = world.call(&alice, "", invite(DAVE)).await;
    assert_eq!((status, &refused["code"]), (StatusCode::FORBIDDEN, &json!("access_denied")), "{refused}");
    assert_eq!(refused["user_ids"], json!([DAVE]));
    let (status, refused) = world.call(&dave, "", invite(BOB)).await;
    assert_eq!((status, &refused["code"]), (StatusCode::NOT_FOUND, &json!("room_not_found")), "{refused}");

    let (status, invited) = world.call(&alice, "", invite(BOB)).await;
    assert_eq!((status, &invited["call"]["phase"]), (StatusCode::CREATED, &json!("ringing")), "{invited}");
    let (_, events) = world.get("/api/realtime/events", &bob).await;
    let call = invited["call"]["id"].as_str().unwrap();
    assert_eq!(events["calls"][0]["id"], call, "{events}");

    let (status, accepted) = world.call(&bob, &format!("/{call}/accept"), json!({})).await;
    assert_eq!((status, &accepted["call"]["phase"]), (StatusCode::OK, &json!("active")), "{accepted}");
    let (status, ended) = world.call(&alice, &format!("/{call}/hangup"), json!({})).await;
    assert_eq!((status, &ended["call"]["reason"]), (StatusCode::OK, &json!("completed")), "{ended}");
    let (_, history) = world.get("/api/realtime/calls/history", &bob).await;
    assert_eq!(history["items"][0]["id"], call, "{history}");
}

#[tokio::test]
async fn groups_are_shown_to_our_service_account_alone() {
    let world = World::start().await;
    let secret = "development-realtime-service-secret-never-in-production";
    let ask = async |secret: &'static str| {
        let fill = |request: RequestBuilder| {
            request.basic_auth("realtime-service", Some(secret)).body("grant_type=client_credentials")
        };
        world.token(fill).await
    };
    assert_eq!(ask("another").await, None);
    let service = ask(secret).await.unwrap();

    let standup = "/admin/realms/realtime/group-by-path/rooms/standup";
    let (status, group) = world.get(standup, &service).await;
    assert_eq!((status, &group["path"]), (StatusCode::OK, &json!("/rooms/standup")), "{group}");
    let id = group["id"].as_str().unwrap();
    let (_, children) = world.get(&format!("/admin/realms/realtime/groups/{id}/children"), &service).await;
    assert_eq!(children.as_array().unwrap().len(), 4, "{children}");
    let nowhere = world.get("/admin/realms/realtime/group-by-path/rooms/nowhere", &service).await;
    assert_eq!(nowhere, (StatusCode::NOT_FOUND, json!({ "error": "Group path does not exist" })));
    let alice = world.log_in("alice").await;
    assert_eq!(world.get(standup, &alice).await.0, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn it_ends_in_good_order_when_it_is_told_to() {
    let world = World::start().await;
    world.server.terminate();
    let exit = tokio::time::timeout(START_BOUND, world.server.exit()).await;
    assert_eq!(exit, Ok(Exit::Code(0)), "{}", world.server.output());
}
