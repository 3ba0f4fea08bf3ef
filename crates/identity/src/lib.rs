//! From a Keycloak access token to a verified [`Caller`], for one or several issuers.
//!
//! Start with [`install_crypto`], then one [`Verifier`] a process. It reads each issuer's keys in the background and
//! answers from memory: a fresh token costs one signature check, a remembered one a hash. What a token says before its
//! signature was checked and what it says after are different types, so the one cannot be taken for the other.
//!
//! Logins that were ended before their tokens expired are told to the verifier's [`Revocations`]; a [`LogoutVerifier`] reads
//! what an issuer says of them.
//!
//! A [`ServiceAccount`] is the other direction: who our own services are where no user asks.
//!
//! This crate decides who is calling, never what they may do; and it alone handles JSON Web Tokens.

mod algorithm;
mod caller;
mod crypto;
#[cfg(feature = "development-issuer")]
pub mod development_issuer;
mod keys;
mod logout;
mod metrics;
mod refusal;
mod remembered;
mod revocations;
mod service_account;
mod settings;
mod token;
mod verifier;

pub use algorithm::Algorithm;
pub use caller::Caller;
pub use crypto::install_crypto;
pub use logout::{Logout, LogoutVerifier};
pub use refusal::TokenRefused;
pub use revocations::{LoginWatch, Logins, Revocation, Revocations};
pub use service_account::{ServiceAccount, ServiceAccountFailure, ServiceToken};
pub use settings::{IdentitySettings, IssuerSettings, ServiceAccountSettings};
pub use verifier::{IssuerReadiness, StartError, Verifier};

/// The longest token that is looked at, in bytes.
pub const MAX_TOKEN_BYTES: usize = 8 * 1024;
