//! Who people are and where they may go: tokens, keys, memberships, logins that were ended.

use crate::observability::alert::{Example, Severity, Written};

pub(super) const ALERTS: [Written; 5] = [
    Written {
        name: "TokensAreRefused",
        severity: Severity::Page,
        expression: "sum by (job) (rate(identity_token_refusals_total[10m]))\n  > 0.5 * sum by (job) (rate(http_requests_total[10m]))\nand sum by (job) (rate(identity_token_refusals_total[10m])) > 0.5",
        lasting: "5m",
        summary: "Half of all requests come with a token that is not accepted.",
        fires: Example {
            series: &[
                (r#"identity_token_refusals_total{job="realtime-service",reason="issuer"}"#, "0+90x20"),
                (
                    r#"http_requests_total{job="realtime-service",route="/api/realtime/rooms",method="GET",status="401",code="token_invalid"}"#,
                    "0+90x20",
                ),
            ],
            minutes: 18,
        },
        labels: &[("job", "realtime-service")],
        quiet: Example {
            series: &[
                (r#"identity_token_refusals_total{job="realtime-service",reason="issuer"}"#, "0+90x20"),
                (
                    r#"http_requests_total{job="realtime-service",route="/api/realtime/rooms",method="GET",status="200",code=""}"#,
                    "0+900x20",
                ),
            ],
            minutes: 18,
        },
    },
    Written {
        name: "KeysCannotBeRead",
        severity: Severity::Ticket,
        expression: "sum by (issuer) (increase(identity_key_refreshes_total{outcome=~\"unreachable|unusable\"}[30m])) > 0\nunless sum by (issuer) (increase(identity_key_refreshes_total{outcome=~\"changed|unchanged\"}[30m])) > 0",
        lasting: "5m",
        summary: "A realm's keys could not be read for half an hour; those that are known go on working.",
        fires: Example {
            series: &[(r#"identity_key_refreshes_total{issuer="a",outcome="unreachable"}"#, "0+1x40")],
            minutes: 40,
        },
        labels: &[("issuer", "a")],
        quiet: Example {
            series: &[
                (r#"identity_key_refreshes_total{issuer="a",outcome="unreachable"}"#, "0+1x40"),
                (r#"identity_key_refreshes_total{issuer="a",outcome="unchanged"}"#, "0+1x40"),
            ],
            minutes: 40,
        },
    },
    Written {
        name: "NoServiceToken",
        severity: Severity::Page,
        expression: "sum by (issuer) (increase(identity_service_tokens_total{outcome!=\"granted\"}[10m])) > 0\nunless sum by (issuer) (increase(identity_service_tokens_total{outcome=\"granted\"}[10m])) > 0",
        lasting: "5m",
        summary: "Keycloak gives the service account no token: calls are not looked after, and invites into rooms fail.",
        fires: Example {
            series: &[(r#"identity_service_tokens_total{issuer="a",outcome="refused"}"#, "0+2x20")],
            minutes: 20,
        },
        labels: &[("issuer", "a")],
        quiet: Example {
            series: &[
                (r#"identity_service_tokens_total{issuer="a",outcome="unreachable"}"#, "0+1x20"),
                (r#"identity_service_tokens_total{issuer="a",outcome="granted"}"#, "0+1x20"),
            ],
            minutes: 20,
        },
    },
    Written {
        name: "MembershipIsUnknown",
        severity: Severity::Page,
        expression: "sum by (source) (rate(membership_answers_total{answer=\"Unknown\"}[5m]))\n  > 0.05 * sum by (source) (rate(membership_answers_total[5m]))",
        lasting: "5m",
        summary: "A source of membership does not answer: whoever it would let in is not let in.",
        fires: Example {
            series: &[
                (r#"membership_answers_total{source="service",answer="Unknown"}"#, "0+5x20"),
                (r#"membership_answers_total{source="service",answer="Member"}"#, "0+10x20"),
            ],
            minutes: 15,
        },
        labels: &[("source", "service")],
        quiet: Example {
            series: &[
                (r#"membership_answers_total{source="service",answer="Unknown"}"#, "0+1x20"),
                (r#"membership_answers_total{source="service",answer="Member"}"#, "0+100x20"),
            ],
            minutes: 15,
        },
    },
    Written {
        name: "EndedLoginsAreNotHeardOf",
        severity: Severity::Page,
        expression: "max by (job) (revocation_deaf) > 0\nor sum by (job) (increase(revocation_unreadable_total[15m])) > 0",
        lasting: "2m",
        summary: "A replica does not hear of logins that were ended, and accepts their tokens until they expire.",
        fires: Example {
            series: &[(r#"revocation_deaf{job="realtime-service",instance="a"}"#, "0 1x10")],
            minutes: 5,
        },
        labels: &[("job", "realtime-service")],
        quiet: Example {
            series: &[(r#"revocation_deaf{job="realtime-service",instance="a"}"#, "0 1 0x10")],
            minutes: 5,
        },
    },
];
