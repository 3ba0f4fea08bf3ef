//! `REALTIME__LIVEKIT__…`

use std::time::Duration;

use ::settings::{Faults, Secret};
use schemars::JsonSchema;
use serde::Deserialize;
use url::Url;

/// For how long after its expiry LiveKit still accepts a token.
const LIVEKIT_LEEWAY_SECONDS: u64 = 60;

/// The LiveKit server.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LiveKitSettings {
    /// Where this service calls LiveKit's API, such as `http://livekit:7880`.
    pub url: Url,
    /// Where clients are told to connect, such as `wss://calls.example.com`.
    pub public_url: Url,
    /// The API key. Not a secret by itself.
    #[schemars(length(min = 1, max = 128), extend("x-refuse-samples" = true))]
    pub api_key: String,
    /// The secret of the API key; signs every token that clients are given.
    pub api_secret: Secret,
    /// For how long a token admits. Who is connected by then stays.
    #[serde(default = "default::token_ttl_seconds")]
    #[schemars(range(min = 30, max = 600))]
    pub token_ttl_seconds: u64,
    /// How long LiveKit may take to answer, all that a request asks of it taken together.
    #[serde(default = "default::request_timeout_ms")]
    #[schemars(range(min = 10, max = 1500))]
    pub request_timeout_ms: u64,
    /// For how long a room that LiveKit has confirmed is taken to exist. 0 asks before every token.
    #[serde(default = "default::known_room_seconds")]
    #[schemars(range(min = 0, max = 30))]
    pub known_room_seconds: u64,
    /// How long LiveKit keeps a room that nobody has entered yet.
    #[serde(default = "default::empty_timeout_seconds")]
    #[schemars(range(min = 1, max = 86_400))]
    pub empty_timeout_seconds: u32,
    /// How long LiveKit keeps a room after the last one has left.
    #[serde(default = "default::departure_timeout_seconds")]
    #[schemars(range(min = 1, max = 86_400))]
    pub departure_timeout_seconds: u32,
    /// How many may be in a room whose source of membership sets no number. 0 is no limit.
    #[serde(default)]
    #[schemars(range(min = 0, max = 100_000))]
    pub max_participants: u32,
    /// How often LiveKit is asked whether it is there, for `/readyz`.
    #[serde(default = "default::probe_seconds")]
    #[schemars(range(min = 1, max = 300))]
    pub probe_seconds: u64,
}

mod default {
    //! What is used where nothing is said.

    pub(super) const fn token_ttl_seconds() -> u64 {
        120
    }
    pub(super) const fn request_timeout_ms() -> u64 {
        500
    }
    pub(super) const fn known_room_seconds() -> u64 {
        30
    }
    pub(super) const fn empty_timeout_seconds() -> u32 {
        300
    }
    pub(super) const fn departure_timeout_seconds() -> u32 {
        240
    }
    pub(super) const fn probe_seconds() -> u64 {
        10
    }
}

impl LiveKitSettings {
    /// How long one call to LiveKit may take.
    #[must_use]
    pub const fn request_timeout(&self) -> Duration {
        Duration::from_millis(self.request_timeout_ms)
    }

    /// How much longer a room must live once it is remembered: the last token for it is given when it is about to be
    /// forgotten, and admits until LiveKit's leeway is over.
    pub(crate) const fn room_needed_seconds(&self) -> u64 {
        self.known_room_seconds + self.token_ttl_seconds + LIVEKIT_LEEWAY_SECONDS
    }

    pub(super) fn check(&self, faults: &mut Faults) {
        check_scheme(&self.url, "url", &["http", "https", "ws", "wss"], faults);
        check_scheme(&self.public_url, "public_url", &["ws", "wss", "http", "https"], faults);
        if !matches!(self.url.path(), "" | "/") {
            faults.add("url", "has a path; LiveKit's API is expected at the root of its host");
        }
        // A room must outlive every token given for it.
        let needed = self.room_needed_seconds();
        for (name, timeout) in [
            ("empty_timeout_seconds", self.empty_timeout_seconds),
            ("departure_timeout_seconds", self.departure_timeout_seconds),
        ] {
            if u64::from(timeout) <= needed {
                faults.add(
                    name,
                    format!(
                        "is {timeout}; it must be more than {needed} (KNOWN_ROOM_SECONDS + TOKEN_TTL_SECONDS + \
                         {LIVEKIT_LEEWAY_SECONDS}), so that no token is given for a room that closes before it is used"
                    ),
                );
            }
        }
    }
}

fn check_scheme(url: &Url, name: &str, allowed: &[&str], faults: &mut Faults) {
    if !allowed.contains(&url.scheme()) {
        faults
            .add(name, format!("begins with `{}:`; it must be one of {}", url.scheme(), allowed.join(", ")));
    }
    if !url.username().is_empty() || url.password().is_some() {
        faults.add(name, "holds a user name or password; an address must hold none");
    }
}
