//! Real servers for tests and for `cargo xtask`: started in private folders on free loopback ports, awaited until they
//! serve, and gone when their owner is gone, however it went.
//!
//! | what | is |
//! |---|---|
//! | [`LiveKit`], [`Keycloak`], [`Caddy`] | the real programs, of the versions pinned in `components.toml` |
//! | [`Coturn`] | real coturn, started as it is deployed; [`TurnClient`] speaks to it |
//! | [`Redis`], [`SecureRedis`], [`RedisSentinel`], [`RedisCluster`] | real Redis, alone, behind TLS, with replicas, with slots |
//! | `Issuer` (feature `issuer`) | an OpenID provider in this process that can rotate its keys, fail and lie |
//! | [`MembershipService`] | the other side of the `http` membership source, likewise |
//! | [`HookReceiver`] | the application's push service, likewise |
//! | [`OtlpReceiver`] | an OpenTelemetry collector that keeps what it received |
//! | [`RoomGuest`] | a participant of a LiveKit room, without media |
//! | [`WebhookRelay`] | the way of LiveKit's webhooks, on which they get lost |
//! | [`Answer`] | what a service under test answers over HTTP |
//! | [`frames`] | what a client of sockets sends, byte by byte |
//! | [`Process`], [`ports`], [`eventually`] | what they are made of |
//!
//! Nothing here pretends to be a component that exists: what a test sees of LiveKit, LiveKit said.
//! This crate installs nothing; `cargo xtask setup` does.

mod answer;
mod caddy;
mod certificates;
pub mod components;
mod coturn;
mod environment;
mod failure;
pub mod frames;
mod guest;
mod hooks;
mod http_client;
mod http_server;
#[cfg(feature = "issuer")]
mod issuer;
mod keycloak;
mod livekit;
mod livekit_webhook;
mod lock;
mod membership;
mod otlp;
pub mod ports;
mod process;
mod redis;
mod rounds;
mod scratch;
mod turn;
mod wait;
mod webhook_relay;

pub use answer::Answer;
pub use caddy::Caddy;
pub use coturn::Coturn;
pub use failure::Failure;
pub use guest::{GuestState, NotIn, RoomGuest};
pub use hooks::{Hook, HookReceiver};
#[cfg(feature = "issuer")]
pub use issuer::{Issuer, IssuerMode};
pub use keycloak::{Keycloak, Tokens};
pub use livekit::LiveKit;
pub use livekit_webhook::{WebhookForge, WebhookRoom};
pub use membership::{MembershipMode, MembershipService, Seen};
pub use otlp::{OtlpReceiver, Span, SpanEvent, SpanKind, SpanLink};
pub use process::{Exit, Launch, Process, Ready};
pub use redis::{Redis, RedisCluster, RedisSentinel, SecureRedis};
pub use rounds::{dice, rounds, soaking};
pub use turn::{Family, TurnClient, TurnError, binding};
pub use wait::{Verdict, eventually};
pub use webhook_relay::{Carried, Mishaps, WebhookRelay};
