//! Everything this crate starts, started for real; and nothing of it left behind.

mod system {
    mod caddy;
    mod death;
    #[cfg(feature = "issuer")]
    mod issuer;
    mod keycloak;
    mod livekit;
    mod membership;
    mod otlp;
    mod process;
}
