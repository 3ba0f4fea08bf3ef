//! Sockets and polls.

use crate::observability::dashboard::{Dashboard, Row, Unit, figure, lines, query, stack, traced};

pub(super) const DASHBOARD: Dashboard = Dashboard {
    uid: "realtime-signalling",
    title: "Realtime calls: signalling",
    about: "Who is connected and how, whether clients get what they missed, why sockets close.",
    rows: &[
        Row {
            title: "Connected",
            panels: &[
                figure("Sockets", Unit::Number, &[query("sum(signalling_sockets_open)", "")]),
                figure("Polls", Unit::Number, &[query("sum(events_polls_open)", "")]),
                lines(
                    "Sockets by replica",
                    Unit::Number,
                    &[query(
                        "sum by (instance) (signalling_sockets_open{instance=~\"$instance\"})",
                        "{{instance}}",
                    )],
                ),
                lines(
                    "Polls by replica",
                    Unit::Number,
                    &[query(
                        "sum by (instance) (events_polls_open{instance=~\"$instance\"})",
                        "{{instance}}",
                    )],
                ),
                stack(
                    "Written down as there, or gone",
                    Unit::Rate,
                    &[query(
                        "sum by (outcome) (rate(presence_leases_total[$__rate_interval]))",
                        "{{outcome}}",
                    )],
                ),
            ],
        },
        Row {
            title: "Coming and going",
            panels: &[
                stack(
                    "Welcomes",
                    Unit::Rate,
                    &[query(
                        "sum by (outcome) (rate(signalling_welcomes_total[$__rate_interval]))",
                        "{{outcome}}",
                    )],
                ),
                stack(
                    "Sockets closed, and why",
                    Unit::Rate,
                    &[query(
                        "sum by (reason) (rate(signalling_sockets_closed_total[$__rate_interval]))",
                        "{{reason}}",
                    )],
                ),
                stack(
                    "Cursors that could not be served",
                    Unit::Rate,
                    &[query("sum by (why) (rate(mailbox_cursors_lost_total[$__rate_interval]))", "{{why}}")],
                ),
                stack(
                    "Polls by answer",
                    Unit::Rate,
                    &[query("sum by (outcome) (rate(events_polls_total[$__rate_interval]))", "{{outcome}}")],
                ),
            ],
        },
        Row {
            title: "Messages",
            panels: &[
                lines(
                    "Over sockets, and in polls",
                    Unit::Rate,
                    &[
                        query(
                            "sum(rate(signalling_messages_received_total[$__rate_interval]))",
                            "from clients",
                        ),
                        query("sum(rate(signalling_messages_sent_total[$__rate_interval]))", "to clients"),
                        query("sum(rate(events_handed_over_total[$__rate_interval]))", "in polls"),
                    ],
                ),
                traced(
                    "Time of a signal",
                    &[query(
                        "histogram_quantile(0.99, sum by (le) (rate(http_request_duration_seconds_bucket{job=\"realtime-service\",route=\"/api/realtime/calls/{call_id}/signals\",instance=~\"$instance\"}[$__rate_interval])))",
                        "99 %",
                    )],
                ),
                lines(
                    "The bell",
                    Unit::Rate,
                    &[
                        query("sum(rate(mailbox_bell_rings_total[$__rate_interval]))", "words"),
                        query(
                            "sum by (instance) (rate(mailbox_bell_missed_total[$__rate_interval]))",
                            "missed {{instance}}",
                        ),
                    ],
                ),
                stack(
                    "Rings that reached a device, told",
                    Unit::Rate,
                    &[query(
                        "sum by (outcome) (rate(events_errands_total[$__rate_interval]))",
                        "{{outcome}}",
                    )],
                ),
            ],
        },
    ],
};
