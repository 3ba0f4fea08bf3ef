//! What the service and the gateway of a stack are told.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use clock::Clock;
use serde_json::{Map, Value, json};
use testkit::{Issuer, Keycloak, LiveKit, MembershipService, OtlpReceiver};

use super::Plan;
use crate::stack::service::Service;

pub(super) const AUDIENCE: &str = "realtime";
pub(super) const CLIENT: &str = "web";
pub(super) const SECOND_TENANT: &str = "second";

/// How long the tokens of [`good_claims`] live.
const LIFETIME_SECONDS: i64 = 300;

/// The usual settings of the service, all but the addresses that it listens at.
pub(super) fn usual(
    plan: &Plan,
    keycloak: &Keycloak,
    livekit: &LiveKit,
    issuer: &Issuer,
    membership: &MembershipService,
    otlp: &OtlpReceiver,
) -> BTreeMap<String, String> {
    let issuers =
        json!([{ "issuer": keycloak.issuer() }, { "issuer": issuer.url(), "tenant": SECOND_TENANT }]);
    let mut settings = BTreeMap::from([
        ("ENVIRONMENT", "development".to_owned()),
        ("SERVER__TRUSTED_PROXIES", "127.0.0.1".to_owned()),
        // Nobody needs time here to notice that it is about to end.
        ("SERVER__DRAIN_SECONDS", "0".to_owned()),
        ("IDENTITY__ISSUERS", issuers.to_string()),
        ("IDENTITY__AUDIENCE", AUDIENCE.to_owned()),
        ("IDENTITY__AUTHORIZED_PARTIES", CLIENT.to_owned()),
        ("LIVEKIT__URL", livekit.url.clone()),
        ("LIVEKIT__PUBLIC_URL", livekit.public_url.clone()),
        ("LIVEKIT__API_KEY", livekit.api_key.clone()),
        ("LIVEKIT__API_SECRET", livekit.api_secret.clone()),
        ("MEMBERSHIP__SOURCES", "token_claims,http".to_owned()),
        ("MEMBERSHIP__HTTP__URL", membership.template()),
        ("TELEMETRY__OTLP_ENDPOINT", otlp.endpoint()),
        ("TELEMETRY__SAMPLE_RATIO", "1".to_owned()),
    ]);
    if !plan.for_people {
        settings.extend(hurried());
    }
    settings.into_iter().map(|(name, value)| (format!("REALTIME__{name}"), value)).collect()
}

/// Tests do in seconds what people do in hours, and must not wait for what was remembered.
fn hurried() -> [(&'static str, String); 9] {
    [
        ("MEMBERSHIP__HTTP__TIMEOUT_MS", "300".to_owned()),
        ("MEMBERSHIP__HTTP__REMEMBER_SECONDS", "0".to_owned()),
        ("MEMBERSHIP__HTTP__REMEMBER_ABSENCE_MS", "0".to_owned()),
        ("IDENTITY__JWKS_COOL_DOWN_MS", "200".to_owned()),
        ("LIVEKIT__PROBE_SECONDS", "1".to_owned()),
        ("LIMITS__JOINS_PER_MINUTE", "60000".to_owned()),
        ("LIMITS__JOINS_BURST", "1000".to_owned()),
        ("LIMITS__READS_PER_SECOND", "1000".to_owned()),
        ("LIMITS__FAILED_AUTHENTICATIONS_PER_MINUTE", "60000".to_owned()),
    ]
}

/// What `deploy/gateway/Caddyfile` takes from its environment.
pub(super) fn gateway(
    address: SocketAddr,
    service: &Service,
    otlp: &OtlpReceiver,
) -> [(&'static str, String); 7] {
    [
        ("GATEWAY_LISTEN", format!(":{}", address.port())),
        ("GATEWAY_BIND", address.ip().to_string()),
        ("REALTIME_SERVICE", service.address()),
        ("OTEL_SERVICE_NAME", "gateway".to_owned()),
        ("OTEL_EXPORTER_OTLP_ENDPOINT", otlp.endpoint()),
        ("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf".to_owned()),
        // Whoever looks at a trace, a person or a test, does not wait the usual five seconds for it.
        ("OTEL_BSP_SCHEDULE_DELAY", "200".to_owned()),
    ]
}

/// The claims of a token of the second issuer that the service accepts: `alice`, a moderator of `standup` there too.
pub(super) fn good_claims(issuer: &Issuer) -> Map<String, Value> {
    let now = Clock::system().now().timestamp();
    let claims = json!({
        "iss": issuer.url(),
        "aud": AUDIENCE,
        "azp": CLIENT,
        "sub": "alice",
        "typ": "Bearer",
        "sid": "a-session-of-alice",
        "iat": now,
        "exp": now + LIFETIME_SECONDS,
        "name": "Alice",
        "preferred_username": "alice",
        "groups": ["/rooms/standup/moderator"],
    });
    match claims {
        Value::Object(claims) => claims,
        _ => unreachable!("the literal above is an object"),
    }
}

/// Scheme, host and port of an address.
pub(super) fn origin(url: &str) -> String {
    url.splitn(4, '/').take(3).collect::<Vec<_>>().join("/")
}
