//! Calls: commands, deadlines, what is done for them elsewhere.

use crate::observability::alert::{Example, Severity, Written};

pub(super) const ALERTS: [Written; 6] = [
    Written {
        name: "CallCommandsFail",
        severity: Severity::Page,
        expression: "sum(rate(call_commands_total{outcome=~\"store_unavailable|internal\"}[5m]))\n  > 0.02 * sum(rate(call_commands_total[5m]))",
        lasting: "5m",
        summary: "More than one command to a call in fifty fails.",
        fires: Example {
            series: &[
                (r#"call_commands_total{command="call.invite",outcome="store_unavailable"}"#, "0+5x20"),
                (r#"call_commands_total{command="call.invite",outcome="changed"}"#, "0+95x20"),
            ],
            minutes: 15,
        },
        labels: &[],
        quiet: Example {
            series: &[
                (r#"call_commands_total{command="call.invite",outcome="store_unavailable"}"#, "0+1x20"),
                (r#"call_commands_total{command="call.invite",outcome="changed"}"#, "0+99x20"),
            ],
            minutes: 15,
        },
    },
    Written {
        name: "CallServiceIsNotReached",
        severity: Severity::Page,
        expression: "sum(rate(http_requests_total{job=\"realtime-service\",code=\"call_state_unavailable\"}[5m])) > 0.1",
        lasting: "2m",
        summary: "realtime-service cannot reach call-state-service: nobody can ring anybody.",
        fires: Example {
            series: &[(
                r#"http_requests_total{job="realtime-service",route="/api/realtime/calls",method="POST",status="503",code="call_state_unavailable"}"#,
                "0+30x20",
            )],
            minutes: 10,
        },
        labels: &[],
        quiet: Example {
            series: &[(
                r#"http_requests_total{job="realtime-service",route="/api/realtime/calls",method="POST",status="503",code="call_state_unavailable"}"#,
                "0x3 3x20",
            )],
            minutes: 10,
        },
    },
    Written {
        name: "DeadlinesWait",
        severity: Severity::Page,
        // Every replica shows the same number.
        expression: "max by (tenant) (timers_backlog) > 20",
        lasting: "2m",
        summary: "Deadlines of calls have passed and nobody sees to them: calls ring on and people stay busy.",
        fires: Example { series: &[(r#"timers_backlog{tenant="acme"}"#, "0 40x10")], minutes: 4 },
        labels: &[("tenant", "acme")],
        quiet: Example { series: &[(r#"timers_backlog{tenant="acme"}"#, "0 400 3x10")], minutes: 4 },
    },
    Written {
        name: "HooksAreLost",
        severity: Severity::Ticket,
        expression: "sum by (kind) (increase(hooks_total{outcome=~\"given_up|crowded_out|unreadable\"}[15m])) > 0\nor sum by (kind) (label_replace(increase(room_records_crowded_out_total[15m]), \"kind\", \"room\", \"\", \"\")) > 0",
        lasting: "0m",
        summary: "The push service was to be told of something and never will be.",
        fires: Example {
            series: &[(r#"hooks_total{kind="ring.unseen",outcome="given_up"}"#, "0x5 3x15")],
            minutes: 10,
        },
        labels: &[("kind", "ring.unseen")],
        quiet: Example {
            series: &[(r#"hooks_total{kind="ring.unseen",outcome="put_off"}"#, "0+5x20")],
            minutes: 10,
        },
    },
    Written {
        name: "PushServiceIsAway",
        severity: Severity::Page,
        expression: "sum(rate(hook_requests_seconds_count{outcome!~\"told|unwanted\"}[5m]))\n  > 0.5 * sum(rate(hook_requests_seconds_count[5m]))",
        lasting: "5m",
        summary: "The push service takes no hooks: phones that sleep do not ring.",
        fires: Example {
            series: &[(r#"hook_requests_seconds_count{outcome="status"}"#, "0+6x20")],
            minutes: 15,
        },
        labels: &[],
        quiet: Example {
            series: &[
                (r#"hook_requests_seconds_count{outcome="status"}"#, "0+2x20"),
                (r#"hook_requests_seconds_count{outcome="told"}"#, "0+6x20"),
            ],
            minutes: 15,
        },
    },
    Written {
        name: "TheReaperRepairs",
        severity: Severity::Ticket,
        expression: "sum by (kind) (increase(repairs_total[1h])) > 10",
        lasting: "0m",
        summary: "Records of calls did not agree with each other, and were put right: writes were lost, or a hand was in the store.",
        fires: Example {
            series: &[(r#"repairs_total{kind="leg_of_missing_call"}"#, "0x5 30x60")],
            minutes: 30,
        },
        labels: &[("kind", "leg_of_missing_call")],
        quiet: Example {
            series: &[(r#"repairs_total{kind="leg_of_missing_call"}"#, "0x5 3x60")],
            minutes: 30,
        },
    },
];
