//! Webhooks as LiveKit sends them, and as others might.

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::hmac;
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde_json::{Map, Value, json};

use crate::LiveKit;

/// Signs webhooks with a key of LiveKit's.
#[derive(Clone)]
pub struct WebhookForge {
    api_key: String,
    api_secret: String,
}

impl WebhookForge {
    /// One with the key of this server.
    #[must_use]
    pub fn of(livekit: &LiveKit) -> Self {
        Self::new(&livekit.api_key, &livekit.api_secret)
    }

    /// One with any key.
    #[must_use]
    pub fn new(api_key: &str, api_secret: &str) -> Self {
        Self { api_key: api_key.to_owned(), api_secret: api_secret.to_owned() }
    }

    /// What LiveKit writes into `Authorization` when it sends `body` at `now`, in Unix seconds.
    #[must_use]
    pub fn authorization(&self, body: &[u8], now: i64) -> String {
        self.token(&self.claims(body, now))
    }

    /// The claims of that token, to be changed.
    #[must_use]
    pub fn claims(&self, body: &[u8], now: i64) -> Map<String, Value> {
        let claims = json!({
            "iss": self.api_key,
            "nbf": now,
            "exp": now + 300,
            "sha256": STANDARD.encode(digest(&SHA256, body)),
        });
        match claims {
            Value::Object(claims) => claims,
            _ => Map::new(),
        }
    }

    /// A token with any claims, signed as LiveKit signs.
    #[must_use]
    pub fn token(&self, claims: &Map<String, Value>) -> String {
        self.token_with_header(&json!({ "alg": "HS256", "typ": "JWT" }), claims)
    }

    /// A token with any header, signed with HMAC-SHA256 whatever the header says.
    #[must_use]
    pub fn token_with_header(&self, header: &Value, claims: &Map<String, Value>) -> String {
        let part = |text: String| URL_SAFE_NO_PAD.encode(text);
        let claims = Value::Object(claims.clone());
        let signed = format!("{}.{}", part(header.to_string()), part(claims.to_string()));
        let key = hmac::Key::new(hmac::HMAC_SHA256, self.api_secret.as_bytes());
        format!("{signed}.{}", URL_SAFE_NO_PAD.encode(hmac::sign(&key, signed.as_bytes())))
    }
}

/// One of LiveKit's rooms, whose events are to be told.
#[derive(Debug, Clone)]
pub struct WebhookRoom {
    /// The room's name in LiveKit.
    pub name: String,
    /// LiveKit's id of this very room.
    pub sid: String,
    /// When it was made, in Unix milliseconds.
    pub created_at_ms: i64,
}

impl WebhookRoom {
    /// The body of a webhook about this room, as protojson writes it: 64-bit numbers are strings. `id` is the event's own, `at_ms`
    /// when it happened.
    #[must_use]
    pub fn event(&self, event: &str, id: &str, at_ms: i64) -> Value {
        let Self { name, sid, created_at_ms } = self;
        json!({
            "event": event,
            "id": id,
            "createdAt": (at_ms / 1_000).to_string(),
            "room": {
                "sid": sid,
                "name": name,
                "emptyTimeout": 300,
                "creationTime": (created_at_ms / 1_000).to_string(),
                "creationTimeMs": created_at_ms.to_string(),
            },
        })
    }

    /// The same about somebody in it, who came at `joined_at_ms`.
    #[must_use]
    pub fn event_of(
        &self,
        event: &str,
        id: &str,
        at_ms: i64,
        (identity, sid, joined_at_ms): (&str, &str, i64),
    ) -> Value {
        let mut body = self.event(event, id, at_ms);
        body["participant"] = json!({
            "sid": sid,
            "identity": identity,
            "state": "ACTIVE",
            "joinedAt": (joined_at_ms / 1_000).to_string(),
            "joinedAtMs": joined_at_ms.to_string(),
        });
        body
    }
}
