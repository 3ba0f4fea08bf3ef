//! The one way out over HTTP: bounded in time and in size, traced, and never redirected.
//!
//! A [`Client`] belongs to one purpose (the membership service, an identity provider) and is made once. Each request
//! ends within its total timeout whatever the other side does, reads no more than the limit of its body, and is a
//! client span that passes `traceparent` on. What may hold a secret or a person's data, the query and the
//! credentials, reaches neither a span nor a [`Failure`].
//!
//! Proxies of the environment (`HTTP_PROXY`) are not used: what a service talks to is in its settings alone.

mod attempt;
mod client;
mod failure;
mod request;
mod response;
mod settings;

pub use client::Client;
pub use failure::Failure;
pub use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
pub use request::Request;
pub use response::Response;
pub use settings::ClientSettings;
