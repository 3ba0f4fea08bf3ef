//! Tokens as LiveKit would give them, and what is kept about people, written by hand.

use aws_lc_rs::hmac;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use clock::Clock;
use serde_json::{Value, json};
use signal_protocol::Tenant;
use store::{Commit, Committed, Key, Store, StoreSettings, Write};
use testkit::{LiveKit, Redis};

use crate::world::STORE_PATIENCE_MS;

/// A LiveKit API key and its secret.
pub(crate) struct Signer {
    pub(crate) key: String,
    pub(crate) secret: String,
}

impl Signer {
    /// The key that LiveKit signs with itself when it refreshes a token.
    pub(crate) fn of(livekit: &LiveKit) -> Self {
        Self { key: livekit.api_key.clone(), secret: livekit.api_secret.clone() }
    }

    /// A key that nobody here knows, by the name of one that somebody does.
    pub(crate) fn foreign() -> Self {
        Self { key: "APIforeign".to_owned(), secret: "a secret that nobody has ever told us".to_owned() }
    }

    /// A token of `ann` for `standup`, with these claims over it.
    pub(crate) fn token(&self, over: &Value) -> String {
        let mut claims = json!({
            "iss": self.key, "sub": "ann:default", "nbf": now(), "exp": now() + 60,
            "video": {"roomJoin": true, "room": "realtime/standup"},
        });
        claims.as_object_mut().unwrap().extend(over.as_object().unwrap().clone());
        let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let signed = format!("{}.{}", part(&json!({"alg": "HS256", "typ": "JWT"})), part(&claims));
        let key = hmac::Key::new(hmac::HMAC_SHA256, self.secret.as_bytes());
        format!("{signed}.{}", URL_SAFE_NO_PAD.encode(hmac::sign(&key, signed.as_bytes())))
    }
}

/// Unix seconds.
pub(crate) fn now() -> i64 {
    Clock::system().now().timestamp()
}

/// The records of the tenant, as another service would write them.
pub(crate) struct Records {
    store: Store,
    tenant: Tenant,
}

impl Records {
    pub(crate) fn of(redis: &Redis) -> Self {
        let tenant = Tenant::parse("realtime").unwrap();
        let settings = StoreSettings {
            url: redis.url.clone().into(),
            timeout_ms: STORE_PATIENCE_MS,
            ..StoreSettings::default()
        };
        Self { store: Store::start(&settings, std::slice::from_ref(&tenant)).unwrap(), tenant }
    }

    pub(crate) async fn put(&self, kind: &'static str, id: &str, record: &Value) {
        let data = record.to_string().into_bytes();
        self.write(Write::Put { key: Key::new(kind, id), data, refs: Vec::new(), ttl: None }).await;
    }

    pub(crate) async fn delete(&self, kind: &'static str, id: &str) {
        self.write(Write::Delete { key: Key::new(kind, id) }).await;
    }

    async fn write(&self, write: Write) {
        let commit = Commit { expect: Vec::new(), writes: vec![write], durable: false, not_after: None };
        let done = self.store.commit(&self.tenant, commit).await.unwrap();
        assert!(matches!(done, Committed::Applied { .. }), "{done:?}");
    }
}
