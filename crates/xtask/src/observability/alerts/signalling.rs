//! Sockets, polls, and what wakes them.

use crate::observability::alert::{Example, Severity, Written};

pub(super) const ALERTS: [Written; 5] = [
    Written {
        name: "ClientsBeginAnew",
        severity: Severity::Ticket,
        expression: "sum(increase(signalling_welcomes_total{outcome=\"not_recovered\"}[10m]))\n  > 0.2 * sum(increase(signalling_welcomes_total[10m]))\nand sum(increase(signalling_welcomes_total{outcome=\"not_recovered\"}[10m])) > 20",
        lasting: "0m",
        summary: "Many clients come back and cannot be given what they missed.",
        fires: Example {
            series: &[
                (r#"signalling_welcomes_total{outcome="not_recovered"}"#, "0+20x20"),
                (r#"signalling_welcomes_total{outcome="recovered"}"#, "0+20x20"),
            ],
            minutes: 15,
        },
        labels: &[],
        quiet: Example {
            series: &[
                (r#"signalling_welcomes_total{outcome="not_recovered"}"#, "0+3x20"),
                (r#"signalling_welcomes_total{outcome="recovered"}"#, "0+50x20"),
            ],
            minutes: 15,
        },
    },
    Written {
        name: "SocketsAreRefused",
        severity: Severity::Page,
        expression: "sum by (reason) (rate(signalling_sockets_closed_total{reason=~\"store_unavailable|call_state_unavailable|identity_unavailable|internal\"}[5m])) > 0.2",
        lasting: "3m",
        summary: "Whoever opens a socket is sent away, because a part behind the service fails.",
        fires: Example {
            series: &[(r#"signalling_sockets_closed_total{reason="store_unavailable"}"#, "0+60x20")],
            minutes: 10,
        },
        labels: &[("reason", "store_unavailable")],
        quiet: Example {
            series: &[(r#"signalling_sockets_closed_total{reason="restart"}"#, "0+600x20")],
            minutes: 10,
        },
    },
    Written {
        name: "ClientsAreTooSlow",
        severity: Severity::Ticket,
        expression: "sum(rate(signalling_sockets_closed_total{reason=\"too_slow\"}[10m]))\n  > 0.1 * sum(rate(signalling_sockets_closed_total[10m]))\nand sum(rate(signalling_sockets_closed_total{reason=\"too_slow\"}[10m])) > 0.1",
        lasting: "10m",
        summary: "Many sockets are closed because nobody takes what is sent over them.",
        fires: Example {
            series: &[
                (r#"signalling_sockets_closed_total{reason="too_slow"}"#, "0+30x30"),
                (r#"signalling_sockets_closed_total{reason="gone"}"#, "0+30x30"),
            ],
            minutes: 25,
        },
        labels: &[],
        quiet: Example {
            series: &[
                (r#"signalling_sockets_closed_total{reason="too_slow"}"#, "0+3x30"),
                (r#"signalling_sockets_closed_total{reason="gone"}"#, "0+60x30"),
            ],
            minutes: 25,
        },
    },
    Written {
        name: "TheBellIsMissed",
        severity: Severity::Ticket,
        expression: "sum by (instance) (increase(mailbox_bell_missed_total[10m])) > 5",
        lasting: "5m",
        summary: "A replica loses the thread of what wakes polls and sockets, and wakes everybody instead.",
        fires: Example { series: &[(r#"mailbox_bell_missed_total{instance="a"}"#, "0+2x20")], minutes: 18 },
        labels: &[("instance", "a")],
        quiet: Example { series: &[(r#"mailbox_bell_missed_total{instance="a"}"#, "0x5 2x15")], minutes: 18 },
    },
    Written {
        name: "PresenceIsNotWritten",
        severity: Severity::Page,
        expression: "sum(rate(presence_leases_total{outcome=\"failed\"}[2m]))\n  > 0.2 * sum(rate(presence_leases_total[2m]))",
        lasting: "2m",
        summary: "That devices are there cannot be written down: people seem to be away, and their calls may end.",
        fires: Example {
            series: &[
                (r#"presence_leases_total{outcome="failed"}"#, "0+30x20"),
                (r#"presence_leases_total{outcome="written"}"#, "0+30x20"),
            ],
            minutes: 8,
        },
        labels: &[],
        quiet: Example {
            series: &[
                (r#"presence_leases_total{outcome="failed"}"#, "0+1x20"),
                (r#"presence_leases_total{outcome="written"}"#, "0+300x20"),
            ],
            minutes: 8,
        },
    },
];
