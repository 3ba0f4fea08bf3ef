//! A server with a small application, on ports of its own.

use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use actix_web::{HttpResponse, web};
use clock::Clock;
use http_server::{
    Authenticated, ClientAddress, CorsSettings, Device, Ending, IdempotencyKey, InOrder, Json, LimitSettings,
    OptionalJson, PathId, Problem, Query, Readiness, Refusal, Route, Server, ServerSettings, waiting_for,
};
use prometheus_client::registry::Registry;
use serde::Deserialize;
use serde_json::{Value, json};
use signal_protocol::{ErrorCode, RoomId};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::raw::{self, Answer};
use crate::sockets;

/// A running server; it ends with its owner.
pub(crate) struct Fixture {
    pub(crate) address: SocketAddr,
    pub(crate) management: SocketAddr,
    pub(crate) readiness: Readiness,
    stop: Option<oneshot::Sender<()>>,
    running: JoinHandle<std::io::Result<()>>,
}

/// What a test may change.
pub(crate) struct Setup {
    pub(crate) settings: ServerSettings,
    pub(crate) limits: LimitSettings,
    pub(crate) cors: CorsSettings,
    pub(crate) verifier: Option<identity::Verifier>,
}

impl Fixture {
    pub(crate) fn start() -> Self {
        Self::with(|_| {})
    }

    pub(crate) fn with(change: impl FnOnce(&mut Setup)) -> Self {
        let loopback = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        let mut setup = Setup {
            settings: ServerSettings {
                listen: loopback,
                management_listen: loopback,
                workers: Some(1),
                drain_seconds: 0,
                stop_seconds: 5,
                ..ServerSettings::default()
            },
            limits: LimitSettings::default(),
            cors: CorsSettings::default(),
            verifier: None,
        };
        change(&mut setup);
        let readiness = Readiness::new(Clock::system());
        let verifier = setup.verifier;
        let bound = Server {
            name: "test-service",
            version: "1.2.3",
            commit: Some("abc1234"),
            settings: setup.settings,
            limits: setup.limits,
            cors: setup.cors,
            registry: Registry::default(),
            readiness: readiness.clone(),
            clock: Clock::system(),
            app: move |config: &mut web::ServiceConfig| configure(config, verifier.as_ref()),
        }
        .bind()
        .expect("free ports");
        let (address, management) = (bound.address(), bound.management_address());
        let (stop, stopped) = oneshot::channel::<()>();
        let running = tokio::spawn(bound.run(async {
            let _ = stopped.await;
        }));
        Self { address, management, readiness, stop: Some(stop), running }
    }

    pub(crate) async fn exchange(&self, request: impl AsRef<[u8]>) -> Answer {
        raw::exchange(self.address, request).await
    }

    pub(crate) async fn get(&self, target: &str) -> Answer {
        self.exchange(raw::request("GET", target, &[])).await
    }

    pub(crate) async fn metrics(&self) -> String {
        let answer = raw::exchange(self.management, raw::request("GET", "/metrics", &[])).await;
        String::from_utf8(answer.body).expect("text")
    }

    /// Asks the server to end.
    pub(crate) fn stop(&mut self) {
        let stop = self.stop.take().expect("is asked once");
        stop.send(()).expect("the server runs");
    }

    /// Waits until the server has ended.
    pub(crate) async fn ended(self) {
        let ended = tokio::time::timeout(Duration::from_secs(30), self.running);
        ended.await.expect("an end in time").expect("no panic").expect("a good end");
    }
}

fn configure(config: &mut web::ServiceConfig, verifier: Option<&identity::Verifier>) {
    if let Some(verifier) = verifier {
        config.app_data(verifier.clone());
    }
    config
        .service(Route::at("/rooms/{room_id}").get("room", room).post("rename", rename))
        .service(Route::at("/optional").post("optional", optional))
        .service(Route::at("/page").get("page", page))
        .service(Route::at("/device").get("device", device))
        .service(Route::at("/address").get("address", address))
        .service(Route::at("/who").get("who", who))
        .service(Route::at("/private/{room_id}").post("rename_privately", rename_privately))
        .service(Route::at("/panic").get("panic", panics))
        .service(Route::at("/never").get("never", never))
        .service(Route::at("/waits").get("waits", waits))
        .service(Route::at("/later").get("later", later).without_deadline())
        .service(Route::at("/events").get("events", events).without_deadline())
        .service(Route::at("/socket").get("socket", sockets::app::open))
        .service(Route::at("/key").get("key", key))
        .service(Route::at("/large").get("large", large))
        .service(Route::at("/broken").get("broken", broken))
        .service(web::resource("/foreign").to(foreign));
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Name {
    name: String,
}

#[derive(Deserialize)]
struct Page {
    limit: Option<u32>,
}

async fn room(PathId(room): PathId<RoomId>) -> HttpResponse {
    HttpResponse::Ok().json(json!({ "room_id": room }))
}

async fn rename(PathId(room): PathId<RoomId>, Json(name): Json<Name>) -> HttpResponse {
    HttpResponse::Ok().json(json!({ "room_id": room, "name": name.name }))
}

async fn optional(OptionalJson(body): OptionalJson<Value>) -> HttpResponse {
    HttpResponse::Ok().json(json!({ "body": body }))
}

async fn page(Query(page): Query<Page>) -> HttpResponse {
    HttpResponse::Ok().json(json!({ "limit": page.limit }))
}

async fn device(Device(device): Device) -> HttpResponse {
    HttpResponse::Ok().json(json!({ "device": device }))
}

async fn key(IdempotencyKey(key): IdempotencyKey) -> HttpResponse {
    HttpResponse::Ok().json(json!({ "key": key }))
}

async fn address(ClientAddress(address): ClientAddress) -> HttpResponse {
    HttpResponse::Ok().json(json!({ "address": address }))
}

async fn who(Authenticated(caller): Authenticated) -> HttpResponse {
    HttpResponse::Ok().json(json!({ "user": caller.user }))
}

async fn rename_privately(
    InOrder(Authenticated(caller), (PathId(room), Json(name))): InOrder<
        Authenticated,
        (PathId<RoomId>, Json<Name>),
    >,
) -> HttpResponse {
    HttpResponse::Ok().json(json!({ "user": caller.user, "room_id": room, "name": name.name }))
}

async fn panics() -> HttpResponse {
    panic!("SECRET of a user")
}

/// Has an answer of its own after what it waits for, which never comes; meanwhile something else is waited for, and ends.
async fn waits() -> HttpResponse {
    waiting_for(ErrorCode::StoreUnavailable, tokio::time::sleep(Duration::from_millis(20))).await;
    let answer = waiting_for(ErrorCode::SfuTimeout, std::future::pending::<()>());
    let around = waiting_for(ErrorCode::MembershipUnavailable, answer);
    tokio::join!(around, tokio::time::sleep(Duration::from_millis(50)));
    HttpResponse::Ok().finish()
}

async fn never() -> HttpResponse {
    std::future::pending().await
}

/// Longer than the deadline of the tests that ask for it.
async fn later() -> HttpResponse {
    tokio::time::sleep(Duration::from_millis(300)).await;
    HttpResponse::Ok().json(json!({}))
}

/// Waits for something that never happens.
async fn events(mut ending: Ending) -> HttpResponse {
    ending.begun().await;
    HttpResponse::Ok().json(json!({}))
}

/// More than the buffers between a server and its client hold.
async fn large() -> HttpResponse {
    static LARGE: [u8; 32 * 1024 * 1024] = [0; 32 * 1024 * 1024];
    HttpResponse::Ok().body(web::Bytes::from_static(&LARGE))
}

#[derive(Debug, thiserror::Error)]
#[error("SECRET is down")]
struct Down;

impl Refusal for Down {
    fn problem(&self) -> Problem {
        Problem::new(ErrorCode::SfuUnavailable).retry_after(3).extension("hint", "x")
    }
}

async fn broken() -> Result<HttpResponse, Problem> {
    Err(Down)?;
    Ok(HttpResponse::Ok().finish())
}

async fn foreign() -> actix_web::Result<HttpResponse> {
    Err(actix_web::error::ErrorBadGateway("SECRET"))
}
