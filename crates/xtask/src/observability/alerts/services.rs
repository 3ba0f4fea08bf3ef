//! The two services as such: are they there, do they fail, can they tell of themselves.

use crate::observability::alert::{Example, Severity, Written};

pub(super) const ALERTS: [Written; 8] = [
    Written {
        name: "AReplicaIsAway",
        severity: Severity::Ticket,
        expression: "up{job=~\"realtime-service|call-state-service|gateway\"} == 0",
        lasting: "5m",
        summary: "A replica does not answer the scraper.",
        fires: Example { series: &[(r#"up{job="realtime-service",instance="a"}"#, "1x2 0x10")], minutes: 10 },
        labels: &[("job", "realtime-service"), ("instance", "a")],
        quiet: Example {
            series: &[(r#"up{job="realtime-service",instance="a"}"#, "1x2 0x2 1x10")],
            minutes: 10,
        },
    },
    Written {
        name: "AServiceIsAway",
        severity: Severity::Page,
        expression: "sum by (job) (up{job=~\"realtime-service|call-state-service\"}) == 0\nor absent(up{job=\"realtime-service\"})\nor absent(up{job=\"call-state-service\"})",
        lasting: "1m",
        summary: "No replica of a service answers the scraper.",
        fires: Example {
            series: &[
                (r#"up{job="realtime-service",instance="a"}"#, "1x10"),
                (r#"up{job="call-state-service",instance="b"}"#, "0x10"),
            ],
            minutes: 3,
        },
        labels: &[("job", "call-state-service")],
        quiet: Example {
            series: &[
                (r#"up{job="realtime-service",instance="a"}"#, "1x10"),
                (r#"up{job="call-state-service",instance="b"}"#, "0x10"),
                (r#"up{job="call-state-service",instance="c"}"#, "1x10"),
            ],
            minutes: 3,
        },
    },
    Written {
        name: "RequestsFail",
        severity: Severity::Page,
        expression: "sum by (job) (rate(http_requests_total{status=~\"5..\"}[5m]))\n  > 0.05 * sum by (job) (rate(http_requests_total[5m]))\nand sum by (job) (rate(http_requests_total{status=~\"5..\"}[5m])) > 0.1",
        lasting: "5m",
        summary: "One request in twenty is answered with a failure.",
        fires: Example {
            series: &[
                (
                    r#"http_requests_total{job="realtime-service",route="/api/realtime/calls",method="POST",status="503",code="store_unavailable"}"#,
                    "0+20x20",
                ),
                (
                    r#"http_requests_total{job="realtime-service",route="/api/realtime/calls",method="POST",status="201",code=""}"#,
                    "0+100x20",
                ),
            ],
            minutes: 15,
        },
        labels: &[("job", "realtime-service")],
        quiet: Example {
            series: &[
                (
                    r#"http_requests_total{job="realtime-service",route="/api/realtime/calls",method="POST",status="503",code="store_unavailable"}"#,
                    "0+20x20",
                ),
                (
                    r#"http_requests_total{job="realtime-service",route="/api/realtime/calls",method="POST",status="201",code=""}"#,
                    "0+1000x20",
                ),
            ],
            minutes: 15,
        },
    },
    Written {
        name: "HandlersBreak",
        severity: Severity::Ticket,
        expression: "sum by (job) (increase(panics_total[15m])) + sum by (job) (increase(http_handlers_overdue_total[15m])) > 0",
        lasting: "0m",
        summary: "A handler panicked, or passed its deadline: a fault of ours.",
        fires: Example {
            series: &[
                (r#"panics_total{job="realtime-service"}"#, "0x5 1x20"),
                (r#"http_handlers_overdue_total{job="realtime-service"}"#, "0x30"),
            ],
            minutes: 8,
        },
        labels: &[("job", "realtime-service")],
        quiet: Example {
            series: &[
                (r#"panics_total{job="realtime-service"}"#, "1x30"),
                (r#"http_handlers_overdue_total{job="realtime-service"}"#, "0x30"),
            ],
            minutes: 8,
        },
    },
    Written {
        name: "AReplicaStartsAgain",
        severity: Severity::Ticket,
        expression: "changes(process_start_time_seconds{job=~\"realtime-service|call-state-service\"}[30m]) > 2",
        lasting: "0m",
        summary: "A replica has started again and again: it is killed, or ends by itself.",
        fires: Example {
            series: &[(
                r#"process_start_time_seconds{job="realtime-service",instance="a"}"#,
                "100 100 200 200 300 300 400x20",
            )],
            minutes: 12,
        },
        labels: &[("job", "realtime-service"), ("instance", "a")],
        quiet: Example {
            series: &[(
                r#"process_start_time_seconds{job="realtime-service",instance="a"}"#,
                "100 100 200x20",
            )],
            minutes: 12,
        },
    },
    Written {
        name: "FilesRunOut",
        severity: Severity::Ticket,
        expression: "max by (job, instance) (process_open_fds{job=~\"realtime-service|call-state-service\"}) > 50000",
        lasting: "10m",
        summary: "A replica has more than 50,000 open files; the usual limit of a container is 65,536 or more.",
        fires: Example {
            series: &[(r#"process_open_fds{job="realtime-service",instance="a"}"#, "60000x20")],
            minutes: 15,
        },
        labels: &[("job", "realtime-service"), ("instance", "a")],
        quiet: Example {
            series: &[(r#"process_open_fds{job="realtime-service",instance="a"}"#, "20000x20")],
            minutes: 15,
        },
    },
    Written {
        name: "LogsOrTracesAreLost",
        severity: Severity::Ticket,
        expression: "sum by (job) (increase(trace_spans_lost_total[15m])) > 100\nor sum by (job) (increase(log_lines_dropped_total[15m])) > 0",
        lasting: "15m",
        summary: "What a service says of itself does not arrive: the collector, or whoever reads the log, is too slow or away.",
        fires: Example {
            series: &[(
                r#"trace_spans_lost_total{job="realtime-service",reason="export_failed"}"#,
                "0+100x40",
            )],
            minutes: 35,
        },
        labels: &[("job", "realtime-service")],
        quiet: Example {
            series: &[(
                r#"trace_spans_lost_total{job="realtime-service",reason="export_failed"}"#,
                "0x5 50x40",
            )],
            minutes: 35,
        },
    },
    Written {
        name: "AProxyIsNotTrusted",
        severity: Severity::Ticket,
        expression: "sum by (job) (rate(forwarded_by_untrusted_total[15m]))\n  > 0.5 * sum by (job) (rate(http_requests_total[15m]))",
        lasting: "15m",
        summary: "Most requests come by a proxy that the service was not told of: all clients count as one.",
        fires: Example {
            series: &[
                (r#"forwarded_by_untrusted_total{job="realtime-service"}"#, "0+60x40"),
                (
                    r#"http_requests_total{job="realtime-service",route="/api/realtime/rooms",method="GET",status="200",code=""}"#,
                    "0+60x40",
                ),
            ],
            minutes: 35,
        },
        labels: &[("job", "realtime-service")],
        quiet: Example {
            series: &[
                (r#"forwarded_by_untrusted_total{job="realtime-service"}"#, "0+1x40"),
                (
                    r#"http_requests_total{job="realtime-service",route="/api/realtime/rooms",method="GET",status="200",code=""}"#,
                    "0+60x40",
                ),
            ],
            minutes: 35,
        },
    },
];
