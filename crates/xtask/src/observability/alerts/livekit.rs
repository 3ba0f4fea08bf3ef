//! LiveKit: what it answers, what it says by itself, and whether it does as it was told.

use crate::observability::alert::{Example, Severity, Written};

pub(super) const ALERTS: [Written; 9] = [
    Written {
        name: "LiveKitIsLeftAlone",
        severity: Severity::Page,
        expression: "max by (cluster) (sfu_breaker_open) > 0",
        lasting: "1m",
        summary: "A cluster of LiveKit does not answer: nobody can join its rooms.",
        fires: Example { series: &[(r#"sfu_breaker_open{cluster="default"}"#, "0 1x10")], minutes: 3 },
        labels: &[("cluster", "default")],
        quiet: Example { series: &[(r#"sfu_breaker_open{cluster="default"}"#, "0 1 0x10")], minutes: 3 },
    },
    Written {
        name: "LiveKitRefusesUs",
        severity: Severity::Page,
        expression: "sum by (cluster) (rate(sfu_requests_seconds_count{outcome=\"rejected\"}[5m])) > 0.05",
        lasting: "2m",
        summary: "LiveKit does not accept what it is asked: its key, its secret or its address is wrong.",
        fires: Example {
            series: &[(
                r#"sfu_requests_seconds_count{cluster="default",method="CreateRoom",outcome="rejected"}"#,
                "0+10x20",
            )],
            minutes: 10,
        },
        labels: &[("cluster", "default")],
        quiet: Example {
            series: &[(
                r#"sfu_requests_seconds_count{cluster="default",method="CreateRoom",outcome="ok"}"#,
                "0+100x20",
            )],
            minutes: 10,
        },
    },
    Written {
        name: "LiveKitIsSlow",
        severity: Severity::Ticket,
        expression: "histogram_quantile(0.99, sum by (cluster, le) (rate(sfu_requests_seconds_bucket[10m]))) > 0.5\nor sum by (cluster) (rate(sfu_retries_total{outcome=\"no_budget\"}[10m])) > 0.05",
        lasting: "10m",
        summary: "LiveKit takes longer than half a second to answer, or fails so often that calls to it are not tried again.",
        fires: Example {
            series: &[
                (
                    r#"sfu_requests_seconds_bucket{cluster="default",method="CreateRoom",outcome="ok",le="0.5"}"#,
                    "0x30",
                ),
                (
                    r#"sfu_requests_seconds_bucket{cluster="default",method="CreateRoom",outcome="ok",le="1.5"}"#,
                    "0+10x30",
                ),
                (
                    r#"sfu_requests_seconds_bucket{cluster="default",method="CreateRoom",outcome="ok",le="+Inf"}"#,
                    "0+10x30",
                ),
            ],
            minutes: 25,
        },
        labels: &[("cluster", "default")],
        quiet: Example {
            series: &[
                (
                    r#"sfu_requests_seconds_bucket{cluster="default",method="CreateRoom",outcome="ok",le="0.5"}"#,
                    "0+10x30",
                ),
                (
                    r#"sfu_requests_seconds_bucket{cluster="default",method="CreateRoom",outcome="ok",le="+Inf"}"#,
                    "0+10x30",
                ),
            ],
            minutes: 25,
        },
    },
    Written {
        name: "WebhooksDoNotArrive",
        severity: Severity::Ticket,
        expression: "sum(increase(reconcile_drift_total{kind=~\"arrival|departure\"}[15m])) > 5\nunless sum(increase(webhooks_total{outcome=\"applied\"}[15m])) > 0",
        lasting: "5m",
        summary: "People come and go, and LiveKit's webhooks do not say so: who is in a room is known late.",
        fires: Example {
            series: &[
                (r#"reconcile_drift_total{kind="arrival"}"#, "0+2x30"),
                (r#"webhooks_total{event="participant_joined",outcome="applied"}"#, "7x30"),
            ],
            minutes: 25,
        },
        labels: &[],
        quiet: Example {
            series: &[
                (r#"reconcile_drift_total{kind="arrival"}"#, "0+2x30"),
                (r#"webhooks_total{event="participant_joined",outcome="applied"}"#, "0+9x30"),
            ],
            minutes: 25,
        },
    },
    Written {
        name: "WebhooksAreNotLiveKits",
        severity: Severity::Ticket,
        expression: "sum by (outcome) (rate(webhooks_total{event=\"none\"}[10m])) > 0.05",
        lasting: "5m",
        summary: "What comes as a webhook is not signed as LiveKit would: a stranger, or another key.",
        fires: Example {
            series: &[(r#"webhooks_total{event="none",outcome="token"}"#, "0+10x30")],
            minutes: 20,
        },
        labels: &[("outcome", "token")],
        quiet: Example {
            series: &[(r#"webhooks_total{event="none",outcome="token"}"#, "0x5 5x30")],
            minutes: 20,
        },
    },
    Written {
        name: "RoomsAreComparedTooRarely",
        severity: Severity::Ticket,
        expression: "max(reconcile_lag_seconds) > 60\nor sum(increase(reconcile_turns_total[10m])) > 0 unless sum(increase(reconcile_turns_total{outcome=\"done\"}[10m])) > 0",
        lasting: "5m",
        summary: "Rooms have not been compared with LiveKit for a minute, or no turn at it went well.",
        fires: Example { series: &[("reconcile_lag_seconds", "90x20")], minutes: 10 },
        labels: &[],
        quiet: Example {
            series: &[
                ("reconcile_lag_seconds", "20x20"),
                (r#"reconcile_turns_total{outcome="failed"}"#, "0+1x20"),
                (r#"reconcile_turns_total{outcome="done"}"#, "0+3x20"),
            ],
            minutes: 10,
        },
    },
    Written {
        name: "SomebodyBarredIsStillThere",
        severity: Severity::Page,
        expression: "sum by (outcome) (increase(evictions_total{outcome!~\"removed|absent\"}[5m])) > 0",
        lasting: "2m",
        summary: "LiveKit does not remove somebody who was kicked or banned.",
        fires: Example { series: &[(r#"evictions_total{outcome="timeout"}"#, "0+1x20")], minutes: 10 },
        labels: &[("outcome", "timeout")],
        quiet: Example { series: &[(r#"evictions_total{outcome="removed"}"#, "0+5x20")], minutes: 10 },
    },
    Written {
        name: "NobodyIsLetThroughToLiveKit",
        severity: Severity::Page,
        expression: "sum(rate(sfu_admissions_total{outcome=~\"store_failed|question_refused\"}[5m]))\n  > 0.1 * sum(rate(sfu_admissions_total[5m]))",
        lasting: "2m",
        summary: "The gateway turns people away from LiveKit, because the service cannot say whether they may pass.",
        fires: Example {
            series: &[
                (r#"sfu_admissions_total{outcome="store_failed"}"#, "0+30x20"),
                (r#"sfu_admissions_total{outcome="admitted"}"#, "0+30x20"),
            ],
            minutes: 10,
        },
        labels: &[],
        quiet: Example {
            series: &[
                (r#"sfu_admissions_total{outcome="barred"}"#, "0+30x20"),
                (r#"sfu_admissions_total{outcome="admitted"}"#, "0+30x20"),
            ],
            minutes: 10,
        },
    },
    Written {
        name: "LiveKitIsReachedDirectly",
        severity: Severity::Ticket,
        expression: "sum(increase(joins_total{outcome=\"minted\"}[30m])) > 20\nunless sum(increase(sfu_admissions_total[30m])) > 0",
        lasting: "15m",
        summary: "People join, and nobody comes to LiveKit through the gateway: bans are enforced afterwards, not before.",
        fires: Example {
            series: &[
                (r#"joins_total{outcome="minted"}"#, "0+5x60"),
                (r#"sfu_admissions_total{outcome="admitted"}"#, "0x60"),
            ],
            minutes: 55,
        },
        labels: &[],
        quiet: Example {
            series: &[
                (r#"joins_total{outcome="minted"}"#, "0+5x60"),
                (r#"sfu_admissions_total{outcome="admitted"}"#, "0+4x60"),
            ],
            minutes: 55,
        },
    },
];
