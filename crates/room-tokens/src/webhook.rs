//! What proves that a webhook is LiveKit's: a token of LiveKit's own that holds the hash of the body.
//!
//! The token is read first, the body only for whoever has a good one, and nothing in it is looked at before its hash was found
//! in the token.

use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use livekit_api::access_token::TokenVerifier;
use serde_json::{Map, Value};

/// The longest token that is looked at, in bytes: LiveKit's own are below three hundred.
const MAX_BYTES: usize = 4 * 1024;

/// Why a webhook is not taken for LiveKit's. Never holds any of the token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum WebhookRefused {
    /// No key of ours has signed the token, or it has expired, or it is no token at all.
    #[error("the webhook's token is not accepted")]
    Token,
    /// It is a token for a participant, which holds grants.
    #[error("the webhook's token is one that lets somebody into a room")]
    Grants,
    /// It says nothing of a body.
    #[error("the webhook's token has no hash of the body")]
    NoHash,
    /// It is for another body.
    #[error("the hash in the webhook's token is not that of its body")]
    OtherBody,
}

impl WebhookRefused {
    /// The word for it in metrics.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Token => "token",
            Self::Grants => "grants",
            Self::NoHash => "no_hash",
            Self::OtherBody => "other_body",
        }
    }
}

/// Verifies the tokens of webhooks against every key that LiveKit may sign them with.
#[derive(Clone)]
pub struct WebhookVerifier(Vec<(String, TokenVerifier)>);

/// The hash that a good token holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WebhookSeal(String);

impl WebhookVerifier {
    /// Accepts what is signed with any of these API keys and its secret.
    #[must_use]
    pub fn new<'a>(keys: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        let verifier =
            |(key, secret): (&str, &str)| (key.to_owned(), TokenVerifier::with_api_key(key, secret));
        Self(keys.into_iter().map(verifier).collect())
    }

    /// Reads the token of a webhook, the whole of its `Authorization` header.
    ///
    /// # Errors
    /// See [`WebhookRefused`].
    pub fn open(&self, token: &str) -> Result<WebhookSeal, WebhookRefused> {
        if token.len() > MAX_BYTES {
            return Err(WebhookRefused::Token);
        }
        // The verifier accepts a token that names no key, which LiveKit never gives.
        let is_signed = |(key, verifier): &(String, TokenVerifier)| {
            verifier.verify(token).is_ok_and(|claims| claims.iss == *key)
        };
        if !self.0.iter().any(is_signed) {
            return Err(WebhookRefused::Token);
        }
        // What the verifier gives does not tell grants that are empty from none.
        let mut claims = claims(token).ok_or(WebhookRefused::Token)?;
        if claims.contains_key("video") {
            return Err(WebhookRefused::Grants);
        }
        match claims.remove("sha256") {
            Some(Value::String(hash)) if !hash.is_empty() => Ok(WebhookSeal(hash)),
            Some(_) | None => Err(WebhookRefused::NoHash),
        }
    }
}

impl std::fmt::Debug for WebhookVerifier {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_list().entries(self.0.iter().map(|(key, _)| key)).finish()
    }
}

impl WebhookSeal {
    /// Whether the token was made for exactly this body.
    ///
    /// # Errors
    /// [`WebhookRefused::OtherBody`].
    pub fn covers(&self, body: &[u8]) -> Result<(), WebhookRefused> {
        // As LiveKit writes it, and no other way: what is compared is text, so that there is nothing to decode before.
        let hash = STANDARD.encode(digest(&SHA256, body));
        verify_slices_are_equal(hash.as_bytes(), self.0.as_bytes()).map_err(|_| WebhookRefused::OtherBody)
    }
}

/// The claims of a token whose signature was verified.
fn claims(token: &str) -> Option<Map<String, Value>> {
    let claims = token.split('.').nth(1)?;
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(claims).ok()?).ok()
}
