//! Serving HTTP: what every service of this workspace does alike, so that a handler is extractors, `?`, and an answer.
//!
//! | idea | where |
//! |---|---|
//! | an endpoint and its name in traces and metrics | [`Route`] |
//! | every refusal is one problem document | [`Problem`], [`Refusal`] |
//! | what a request carries, parsed or refused | [`Json`], [`OptionalJson`], [`Form`], [`WebhookBody`], [`Query`], [`Slice`], [`PathId`], [`Device`], [`IdempotencyKey`], [`Authenticated`], [`ClientAddress`] |
//! | who is calling, before anything else is looked at | [`InOrder`] |
//! | what a request waits for | [`waiting_for`] |
//! | how often somebody may ask | [`Limiter`], [`PerCaller`] |
//! | two listeners, readiness, a graceful end | [`Server`], [`Bound`], [`serve`], [`Readiness`], [`Draining`], [`Ending`] |
//! | a WebSocket, and requests that come over it | [`Handshake`], [`Incoming`], [`Outgoing`], [`Inside`] |
//!
//! A request passes, from outside in: the guard of its connection (time limits, answers to what is not HTTP), the
//! observer (span, metrics, headers, problem documents), CORS, head limits, containment (panics, deadline), the
//! route. This crate knows nothing of rooms, calls or LiveKit.

mod address;
mod authenticated;
mod challenge;
mod connection;
mod contain;
mod cors;
mod current;
mod device;
mod edge;
mod ending;
mod form;
mod guesses;
mod head;
mod idempotency_key;
mod in_order;
mod inside;
mod json;
mod limiter;
mod management;
mod metrics;
mod network;
mod observe;
mod part;
mod path;
mod problem;
mod query;
mod readiness;
mod render;
mod route;
mod server;
mod settings;
mod signals;
mod slice;
mod socket;
mod waiting;
mod webhook_body;

pub use address::ClientAddress;
pub use authenticated::Authenticated;
pub use device::Device;
pub use ending::{Draining, Ending};
pub use form::Form;
pub use guesses::Guesses;
pub use idempotency_key::IdempotencyKey;
pub use in_order::InOrder;
pub use inside::{Inside, InsideAnswer, InsideRequest};
pub use json::{Json, OptionalJson};
pub use limiter::{Limiter, PerCaller, Quota};
pub use network::{Network, subscriber};
pub use part::{NotACursor, Part};
pub use path::{PathId, PathParameter};
pub use problem::{Problem, Refusal};
pub use query::Query;
pub use readiness::{Probe, Readiness, Requirement};
pub use route::Route;
pub use server::{BindError, Bound, Server, serve};
pub use slice::Slice;
pub use socket::{Garbled, Handshake, Incoming, Outgoing, Received, Unsent};
pub use waiting::{WaitingFor, waiting_for};
pub use webhook_body::WebhookBody;

pub use crate::settings::{CorsSettings, LimitSettings, ServerSettings};
