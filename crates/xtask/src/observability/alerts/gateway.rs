//! The gateway: what clients get at the door, whoever it was that failed behind it.

use crate::observability::alert::{Example, Severity, Written};

pub(super) const ALERTS: [Written; 2] = [
    Written {
        name: "TheGatewayFails",
        severity: Severity::Page,
        expression: "sum by (job) (rate(caddy_http_request_duration_seconds_count{code=~\"5..\"}[5m]))\n  > 0.05 * sum by (job) (rate(caddy_http_request_duration_seconds_count[5m]))\nand sum by (job) (rate(caddy_http_request_duration_seconds_count{code=~\"5..\"}[5m])) > 0.1",
        lasting: "5m",
        summary: "One request in twenty ends in a failure at the gateway: it finds nobody behind it, or who it finds fails.",
        fires: Example {
            series: &[
                (
                    r#"caddy_http_request_duration_seconds_count{job="gateway",handler="subroute",code="502"}"#,
                    "0+20x20",
                ),
                (
                    r#"caddy_http_request_duration_seconds_count{job="gateway",handler="subroute",code="201"}"#,
                    "0+100x20",
                ),
            ],
            minutes: 15,
        },
        labels: &[("job", "gateway")],
        quiet: Example {
            series: &[
                (
                    r#"caddy_http_request_duration_seconds_count{job="gateway",handler="subroute",code="502"}"#,
                    "0+20x20",
                ),
                (
                    r#"caddy_http_request_duration_seconds_count{job="gateway",handler="subroute",code="201"}"#,
                    "0+1000x20",
                ),
            ],
            minutes: 15,
        },
    },
    Written {
        name: "TheGatewayIsAway",
        severity: Severity::Page,
        expression: "sum by (job) (up{job=\"gateway\"}) == 0",
        lasting: "1m",
        summary: "No gateway answers the scraper.",
        fires: Example { series: &[(r#"up{job="gateway",instance="a"}"#, "0x10")], minutes: 5 },
        labels: &[("job", "gateway")],
        quiet: Example {
            series: &[
                (r#"up{job="gateway",instance="a"}"#, "0x10"),
                (r#"up{job="gateway",instance="b"}"#, "1x10"),
            ],
            minutes: 5,
        },
    },
];
