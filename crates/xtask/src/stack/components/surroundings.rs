//! What the product is told of the second issuer, the membership service and the OTLP receiver.

use clock::Clock;
use serde_json::{Map, Value, json};
use testkit::{Issuer, MembershipService, OtlpReceiver};

use crate::stack::product::{AUDIENCE, CLIENT, Plan};

pub(super) const SECOND_TENANT: &str = "second";

/// How long the tokens of [`good_claims`] live.
const LIFETIME_SECONDS: i64 = 300;

/// The product of the system tests, which do in seconds what people do in hours and must not wait for what was remembered.
pub(super) fn plan(issuer: &Issuer, membership: &MembershipService, otlp: &OtlpReceiver) -> Plan {
    Plan {
        gateway_port: None,
        known_places: false,
        more_issuers: vec![json!({ "issuer": issuer.url(), "tenant": SECOND_TENANT })],
        settings: vec![
            ("MEMBERSHIP__SOURCES", "token_claims,http".to_owned()),
            ("MEMBERSHIP__HTTP__URL", membership.template()),
            ("MEMBERSHIP__HTTP__TIMEOUT_MS", "300".to_owned()),
            ("MEMBERSHIP__HTTP__REMEMBER_SECONDS", "0".to_owned()),
            ("MEMBERSHIP__HTTP__REMEMBER_ABSENCE_MS", "0".to_owned()),
            ("IDENTITY__JWKS_COOL_DOWN_MS", "200".to_owned()),
            // A machine on which a browser, Keycloak and the tests share two cores is slow, and that is not what is tested.
            ("IDENTITY__JWKS_WAIT_MS", "600".to_owned()),
            ("LIVEKIT__REQUEST_TIMEOUT_MS", "1200".to_owned()),
            ("SERVER__HANDLER_TIMEOUT_MS", "2900".to_owned()),
            ("LIVEKIT__PROBE_SECONDS", "1".to_owned()),
            ("LIMITS__JOINS_PER_MINUTE", "60000".to_owned()),
            ("LIMITS__JOINS_BURST", "1000".to_owned()),
            ("LIMITS__READS_PER_SECOND", "1000".to_owned()),
            ("LIMITS__FAILED_AUTHENTICATIONS_PER_MINUTE", "60000".to_owned()),
            ("LIMITS__INVITES_PER_MINUTE", "60000".to_owned()),
            ("LIMITS__INVITES_PER_MINUTE_TO_ONE", "60000".to_owned()),
            ("LIMITS__CALLEES_PER_MINUTE", "60000".to_owned()),
            ("LIMITS__COMMANDS_PER_SECOND", "1000".to_owned()),
            ("LIMITS__SIGNALS_PER_SECOND", "1000".to_owned()),
            ("LIMITS__ICE_SERVERS_PER_MINUTE", "60000".to_owned()),
            ("TELEMETRY__OTLP_ENDPOINT", otlp.endpoint()),
            ("TELEMETRY__SAMPLE_RATIO", "1".to_owned()),
        ],
        call_state: vec![
            ("CALLS__RING_SECONDS_MIN", "1".to_owned()),
            ("CALLS__LEASE_SECONDS", "2".to_owned()),
            ("TELEMETRY__OTLP_ENDPOINT", otlp.endpoint()),
            ("TELEMETRY__SAMPLE_RATIO", "1".to_owned()),
        ],
        gateway: vec![
            ("OTEL_EXPORTER_OTLP_ENDPOINT", otlp.endpoint()),
            ("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf".to_owned()),
            // A test that looks at a trace does not wait the usual five seconds for it.
            ("OTEL_BSP_SCHEDULE_DELAY", "200".to_owned()),
        ],
    }
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
