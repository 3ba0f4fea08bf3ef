//! Everything this crate starts, started for real; and nothing of it left behind.

#![expect(clippy::unwrap_used, reason = "tests fail by panicking, what they share included")]

mod system {
    mod caddy;
    mod components;
    mod coturn;
    mod death;
    mod hooks;
    mod http;
    #[cfg(feature = "issuer")]
    mod issuer;
    mod keycloak;
    mod livekit;
    mod membership;
    mod otlp;
    mod process;
    mod redis;
}
