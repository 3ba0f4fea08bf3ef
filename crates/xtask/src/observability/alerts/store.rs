//! Redis, as the services meet it.

use crate::observability::alert::{Example, Severity, Written};

pub(super) const ALERTS: [Written; 5] = [
    Written {
        name: "StoreDoesNotAnswer",
        severity: Severity::Page,
        expression: "sum by (job) (rate(store_operation_seconds_count{outcome=~\"unavailable|ambiguous|moving\"}[2m]))\n  > 0.05 * sum by (job) (rate(store_operation_seconds_count[2m]))",
        lasting: "1m",
        summary: "Redis does not answer, or takes no changes: no calls, no joins, no events.",
        fires: Example {
            series: &[
                (
                    r#"store_operation_seconds_count{job="call-state-service",operation="commit",outcome="unavailable"}"#,
                    "0+30x20",
                ),
                (
                    r#"store_operation_seconds_count{job="call-state-service",operation="read",outcome="ok"}"#,
                    "0+30x20",
                ),
            ],
            minutes: 8,
        },
        labels: &[("job", "call-state-service")],
        quiet: Example {
            series: &[
                (
                    r#"store_operation_seconds_count{job="call-state-service",operation="commit",outcome="conflict"}"#,
                    "0+30x20",
                ),
                (
                    r#"store_operation_seconds_count{job="call-state-service",operation="read",outcome="ok"}"#,
                    "0+30x20",
                ),
            ],
            minutes: 8,
        },
    },
    Written {
        name: "StoreIsFull",
        severity: Severity::Page,
        expression: "sum(increase(store_operation_seconds_count{outcome=\"full\"}[5m])) > 0",
        lasting: "0m",
        summary: "Redis has no memory left and refuses every change.",
        fires: Example {
            series: &[(r#"store_operation_seconds_count{operation="commit",outcome="full"}"#, "0x3 5x20")],
            minutes: 5,
        },
        labels: &[],
        quiet: Example {
            series: &[(r#"store_operation_seconds_count{operation="commit",outcome="applied"}"#, "0+5x20")],
            minutes: 5,
        },
    },
    Written {
        name: "StoreIsSlow",
        severity: Severity::Ticket,
        expression: "histogram_quantile(0.99, sum by (job, le) (rate(store_operation_seconds_bucket{operation=~\"read|commit\"}[10m]))) > 0.05",
        lasting: "10m",
        summary: "One in a hundred reads and commits takes longer than 50 ms.",
        fires: Example {
            series: &[
                (
                    r#"store_operation_seconds_bucket{job="call-state-service",operation="commit",outcome="applied",le="0.05"}"#,
                    "0+90x30",
                ),
                (
                    r#"store_operation_seconds_bucket{job="call-state-service",operation="commit",outcome="applied",le="0.1"}"#,
                    "0+100x30",
                ),
                (
                    r#"store_operation_seconds_bucket{job="call-state-service",operation="commit",outcome="applied",le="+Inf"}"#,
                    "0+100x30",
                ),
            ],
            minutes: 25,
        },
        labels: &[("job", "call-state-service")],
        quiet: Example {
            series: &[
                (
                    r#"store_operation_seconds_bucket{job="call-state-service",operation="commit",outcome="applied",le="0.05"}"#,
                    "0+100x30",
                ),
                (
                    r#"store_operation_seconds_bucket{job="call-state-service",operation="commit",outcome="applied",le="+Inf"}"#,
                    "0+100x30",
                ),
            ],
            minutes: 25,
        },
    },
    Written {
        name: "RecordsCannotBeRead",
        severity: Severity::Page,
        expression: "sum by (job) (increase(store_corrupt_records_total[15m])) > 0\nor sum by (job) (increase(mailbox_entries_unreadable_total[15m])) > 0",
        lasting: "0m",
        summary: "Something in Redis is not what was written: whoever it is about gets errors until it is mended.",
        fires: Example {
            series: &[(r#"store_corrupt_records_total{job="call-state-service"}"#, "0x5 1x20")],
            minutes: 8,
        },
        labels: &[("job", "call-state-service")],
        quiet: Example {
            series: &[(r#"store_corrupt_records_total{job="call-state-service"}"#, "1x30")],
            minutes: 8,
        },
    },
    Written {
        name: "StoreLostWrites",
        severity: Severity::Ticket,
        expression: "sum(increase(mailbox_cursors_lost_total{why=~\"OtherEpoch|Ahead\"}[10m])) > 0",
        lasting: "0m",
        summary: "Redis failed over or came back with less than it had: clients were told to begin anew.",
        fires: Example {
            series: &[(r#"mailbox_cursors_lost_total{why="OtherEpoch"}"#, "0x5 40x20")],
            minutes: 8,
        },
        labels: &[],
        quiet: Example { series: &[(r#"mailbox_cursors_lost_total{why="Trimmed"}"#, "0+1x30")], minutes: 8 },
    },
];
