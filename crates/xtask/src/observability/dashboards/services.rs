//! Each service and replica: how much, how badly, how slowly, how full.

use crate::observability::dashboard::{Dashboard, Row, Unit, figure, lines, query, stack, traced};

pub(super) const DASHBOARD: Dashboard = Dashboard {
    uid: "realtime-services",
    title: "Realtime calls: services",
    about: "Requests, failures, times and resources of both services, each of their replicas, and the gateway.",
    rows: &[
        Row {
            title: "realtime-service",
            panels: &[
                figure("Replicas", Unit::Number, &[query("sum(up{job=\"realtime-service\"})", "")]),
                stack(
                    "Requests",
                    Unit::Rate,
                    &[query(
                        "sum by (route) (rate(http_requests_total{job=\"realtime-service\",instance=~\"$instance\"}[$__rate_interval]))",
                        "{{route}}",
                    )],
                ),
                stack(
                    "Refusals and failures",
                    Unit::Rate,
                    &[query(
                        "sum by (status, code) (rate(http_requests_total{job=\"realtime-service\",instance=~\"$instance\",status=~\"[45]..\"}[$__rate_interval]))",
                        "{{status}} {{code}}",
                    )],
                ),
                traced(
                    "Time",
                    &[
                        query(
                            "histogram_quantile(0.5, sum by (le) (rate(http_request_duration_seconds_bucket{job=\"realtime-service\",instance=~\"$instance\",route!~\".*/(events|ws)\"}[$__rate_interval])))",
                            "half",
                        ),
                        query(
                            "histogram_quantile(0.99, sum by (le) (rate(http_request_duration_seconds_bucket{job=\"realtime-service\",instance=~\"$instance\",route!~\".*/(events|ws)\"}[$__rate_interval])))",
                            "99 %",
                        ),
                    ],
                ),
            ],
        },
        Row {
            title: "call-state-service",
            panels: &[
                figure("Replicas", Unit::Number, &[query("sum(up{job=\"call-state-service\"})", "")]),
                stack(
                    "Requests",
                    Unit::Rate,
                    &[query(
                        "sum by (route) (rate(http_requests_total{job=\"call-state-service\",instance=~\"$instance\"}[$__rate_interval]))",
                        "{{route}}",
                    )],
                ),
                stack(
                    "Refusals and failures",
                    Unit::Rate,
                    &[query(
                        "sum by (status, code) (rate(http_requests_total{job=\"call-state-service\",instance=~\"$instance\",status=~\"[45]..\"}[$__rate_interval]))",
                        "{{status}} {{code}}",
                    )],
                ),
                traced(
                    "Time",
                    &[
                        query(
                            "histogram_quantile(0.5, sum by (le) (rate(http_request_duration_seconds_bucket{job=\"call-state-service\",instance=~\"$instance\"}[$__rate_interval])))",
                            "half",
                        ),
                        query(
                            "histogram_quantile(0.99, sum by (le) (rate(http_request_duration_seconds_bucket{job=\"call-state-service\",instance=~\"$instance\"}[$__rate_interval])))",
                            "99 %",
                        ),
                    ],
                ),
            ],
        },
        Row {
            title: "gateway",
            panels: &[
                figure("Replicas", Unit::Number, &[query("sum(up{job=\"gateway\"})", "")]),
                stack(
                    "Answers by status",
                    Unit::Rate,
                    &[query(
                        "sum by (code) (rate(caddy_http_request_duration_seconds_count{job=\"gateway\"}[$__rate_interval]))",
                        "{{code}}",
                    )],
                ),
                lines(
                    "Could not be passed on",
                    Unit::Rate,
                    &[query(
                        "sum by (instance) (rate(caddy_http_request_errors_total{handler=\"subroute\"}[$__rate_interval]))",
                        "{{instance}}",
                    )],
                ),
                lines(
                    "Time to the first byte of commands",
                    Unit::Seconds,
                    &[query(
                        "histogram_quantile(0.99, sum by (le) (rate(caddy_http_response_duration_seconds_bucket{job=\"gateway\",code!=\"101\",method!=\"GET\"}[$__rate_interval])))",
                        "99 %",
                    )],
                ),
                lines(
                    "Requests and sockets open",
                    Unit::Number,
                    &[query(
                        "sum by (instance) (caddy_http_requests_in_flight{handler=\"subroute\"})",
                        "{{instance}}",
                    )],
                ),
            ],
        },
        Row {
            title: "How full they are",
            panels: &[
                lines(
                    "Processor",
                    Unit::Processors,
                    &[query(
                        "sum by (job, instance) (rate(process_cpu_seconds_total{instance=~\"$instance\"}[$__rate_interval]))",
                        "{{job}} {{instance}}",
                    )],
                ),
                lines(
                    "Memory",
                    Unit::Bytes,
                    &[query(
                        "sum by (job, instance) (process_resident_memory_bytes{instance=~\"$instance\"})",
                        "{{job}} {{instance}}",
                    )],
                ),
                lines(
                    "Open files",
                    Unit::Number,
                    &[query(
                        "sum by (job, instance) (process_open_fds{instance=~\"$instance\"})",
                        "{{job}} {{instance}}",
                    )],
                ),
                lines(
                    "Running for",
                    Unit::Seconds,
                    &[query(
                        "time() - process_start_time_seconds{instance=~\"$instance\"}",
                        "{{job}} {{instance}}",
                    )],
                ),
            ],
        },
        Row {
            title: "Faults, and what is not passed on",
            panels: &[
                stack(
                    "Panics and passed deadlines",
                    Unit::Rate,
                    &[
                        query("sum by (job) (rate(panics_total[$__rate_interval]))", "panics {{job}}"),
                        query(
                            "sum by (job) (rate(http_handlers_overdue_total[$__rate_interval]))",
                            "overdue {{job}}",
                        ),
                    ],
                ),
                stack(
                    "Connections",
                    Unit::Rate,
                    &[
                        query(
                            "sum by (job) (rate(http_connections_refused_total[$__rate_interval]))",
                            "refused {{job}}",
                        ),
                        query(
                            "sum by (job) (rate(http_connections_stalled_total[$__rate_interval]))",
                            "stalled {{job}}",
                        ),
                    ],
                ),
                lines(
                    "Spans and log lines lost",
                    Unit::Rate,
                    &[
                        query(
                            "sum by (job, reason) (rate(trace_spans_lost_total[$__rate_interval]))",
                            "spans {{job}} {{reason}}",
                        ),
                        query(
                            "sum by (job) (rate(log_lines_dropped_total[$__rate_interval]))",
                            "lines {{job}}",
                        ),
                    ],
                ),
                lines(
                    "Tokens remembered",
                    Unit::Share,
                    &[query(
                        "sum by (job) (rate(identity_remembered_tokens_total{result=\"hit\"}[$__rate_interval])) / sum by (job) (rate(identity_remembered_tokens_total[$__rate_interval]))",
                        "{{job}}",
                    )],
                ),
                stack(
                    "Keys and tokens of Keycloak",
                    Unit::Rate,
                    &[
                        query(
                            "sum by (outcome) (rate(identity_key_refreshes_total[10m]))",
                            "keys {{outcome}}",
                        ),
                        query(
                            "sum by (outcome) (rate(identity_service_tokens_total[10m]))",
                            "service token {{outcome}}",
                        ),
                    ],
                ),
                lines(
                    "Forwarded by whom nobody trusts",
                    Unit::Rate,
                    &[query(
                        "sum by (job) (rate(forwarded_by_untrusted_total[$__rate_interval]))",
                        "{{job}}",
                    )],
                ),
            ],
        },
    ],
};
