//! Calls, from the invite to the record.

use crate::observability::dashboard::{Dashboard, Row, Unit, figure, lines, query, stack, traced};

pub(super) const DASHBOARD: Dashboard = Dashboard {
    uid: "realtime-calls",
    title: "Realtime calls: calls",
    about: "How many people ring and talk, how calls end, whether commands and deadlines are in time.",
    rows: &[
        Row {
            title: "Calls",
            panels: &[
                // Every replica shows the same number.
                figure("Calls now", Unit::Number, &[query("sum(max by (tenant) (calls_live))", "")]),
                figure(
                    "Made in the last hour",
                    Unit::Number,
                    &[query("sum(increase(calls_made_total[1h]))", "")],
                ),
                figure(
                    "Answered, of those that ended in the last hour",
                    Unit::Share,
                    &[query(
                        "sum(increase(call_talk_seconds_count[1h])) / sum(increase(calls_ended_total[1h]))",
                        "",
                    )],
                ),
                stack(
                    "Calls made",
                    Unit::Rate,
                    &[query(
                        "sum by (kind, media) (rate(calls_made_total[$__rate_interval]))",
                        "{{kind}} {{media}}",
                    )],
                ),
                stack(
                    "Calls ended, and why",
                    Unit::Rate,
                    &[query("sum by (reason) (rate(calls_ended_total[$__rate_interval]))", "{{reason}}")],
                ),
                lines(
                    "Ringing and talking",
                    Unit::Seconds,
                    &[
                        query(
                            "histogram_quantile(0.5, sum by (le) (rate(call_ring_seconds_bucket[10m])))",
                            "ringing, half",
                        ),
                        query(
                            "histogram_quantile(0.5, sum by (le) (rate(call_talk_seconds_bucket[1h])))",
                            "talking, half",
                        ),
                    ],
                ),
            ],
        },
        Row {
            title: "Commands",
            panels: &[
                stack(
                    "By outcome",
                    Unit::Rate,
                    &[query("sum by (outcome) (rate(call_commands_total[$__rate_interval]))", "{{outcome}}")],
                ),
                traced(
                    "Time of commands in call-state-service",
                    &[query(
                        "histogram_quantile(0.99, sum by (route, le) (rate(http_request_duration_seconds_bucket{job=\"call-state-service\",method=\"POST\",instance=~\"$instance\"}[$__rate_interval])))",
                        "99 % {{route}}",
                    )],
                ),
                stack(
                    "Tried again, and conflicts",
                    Unit::Rate,
                    &[
                        query(
                            "sum by (why) (rate(call_command_retries_total[$__rate_interval]))",
                            "again: {{why}}",
                        ),
                        query(
                            "sum by (record) (rate(call_conflicts_total[$__rate_interval]))",
                            "conflict at {{record}}",
                        ),
                    ],
                ),
                lines(
                    "Asked by realtime-service",
                    Unit::Seconds,
                    &[query(
                        "histogram_quantile(0.99, sum by (question, le) (rate(call_state_requests_seconds_bucket[$__rate_interval])))",
                        "99 % {{question}}",
                    )],
                ),
            ],
        },
        Row {
            title: "Time",
            panels: &[
                lines(
                    "How late deadlines are",
                    Unit::Seconds,
                    &[
                        query(
                            "histogram_quantile(0.5, sum by (le) (rate(timer_lateness_seconds_bucket[$__rate_interval])))",
                            "half",
                        ),
                        query(
                            "histogram_quantile(0.99, sum by (le) (rate(timer_lateness_seconds_bucket[$__rate_interval])))",
                            "99 %",
                        ),
                    ],
                ),
                lines(
                    "Deadlines that wait",
                    Unit::Number,
                    &[query("max by (tenant) (timers_backlog)", "{{tenant}}")],
                ),
                stack(
                    "Timers by outcome",
                    Unit::Rate,
                    &[query(
                        "sum by (kind, outcome) (rate(timers_due_total[$__rate_interval]))",
                        "{{kind}} {{outcome}}",
                    )],
                ),
            ],
        },
        Row {
            title: "Elsewhere",
            panels: &[
                stack(
                    "Hooks",
                    Unit::Rate,
                    &[query(
                        "sum by (kind, outcome) (rate(hooks_total[$__rate_interval]))",
                        "{{kind}} {{outcome}}",
                    )],
                ),
                lines(
                    "The push service's time",
                    Unit::Seconds,
                    &[query(
                        "histogram_quantile(0.95, sum by (outcome, le) (rate(hook_requests_seconds_bucket[$__rate_interval])))",
                        "95 % {{outcome}}",
                    )],
                ),
                stack(
                    "Done in LiveKit",
                    Unit::Rate,
                    &[query(
                        "sum by (task, outcome) (rate(sfu_effects_total[$__rate_interval]))",
                        "{{task}} {{outcome}}",
                    )],
                ),
                stack(
                    "Looks at the rooms of calls",
                    Unit::Rate,
                    &[
                        query("sum by (outcome) (rate(call_looks_total[$__rate_interval]))", "{{outcome}}"),
                        query("sum(rate(call_outsiders_total[$__rate_interval]))", "outsiders"),
                    ],
                ),
                stack(
                    "Repairs",
                    Unit::Rate,
                    &[query("sum by (kind) (rate(repairs_total[10m]))", "{{kind}}")],
                ),
            ],
        },
    ],
};
