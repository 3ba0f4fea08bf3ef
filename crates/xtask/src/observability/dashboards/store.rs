//! Redis, as the services meet it.

use crate::observability::dashboard::{Dashboard, Row, Unit, figure, lines, query, stack};

pub(super) const DASHBOARD: Dashboard = Dashboard {
    uid: "realtime-store",
    title: "Realtime calls: Redis",
    about: "Whether Redis answers, how fast, and whether what is in it can be read. What Redis says of itself needs an exporter of its own.",
    rows: &[
        Row {
            title: "Operations",
            panels: &[
                stack(
                    "By verb",
                    Unit::Rate,
                    &[query(
                        "sum by (operation) (rate(store_operation_seconds_count{instance=~\"$instance\"}[$__rate_interval]))",
                        "{{operation}}",
                    )],
                ),
                stack(
                    "By outcome",
                    Unit::Rate,
                    &[query(
                        "sum by (outcome) (rate(store_operation_seconds_count{instance=~\"$instance\"}[$__rate_interval]))",
                        "{{outcome}}",
                    )],
                ),
                stack(
                    "Failures",
                    Unit::Rate,
                    &[query(
                        "sum by (job, outcome) (rate(store_operation_seconds_count{outcome=~\"unavailable|ambiguous|full|moving|corrupt\"}[$__rate_interval]))",
                        "{{job}} {{outcome}}",
                    )],
                ),
                lines(
                    "Time, 99 %",
                    Unit::Seconds,
                    &[query(
                        "histogram_quantile(0.99, sum by (operation, le) (rate(store_operation_seconds_bucket{instance=~\"$instance\"}[$__rate_interval])))",
                        "{{operation}}",
                    )],
                ),
                lines(
                    "Time, half",
                    Unit::Seconds,
                    &[query(
                        "histogram_quantile(0.5, sum by (operation, le) (rate(store_operation_seconds_bucket{instance=~\"$instance\"}[$__rate_interval])))",
                        "{{operation}}",
                    )],
                ),
                lines(
                    "Round trips",
                    Unit::Rate,
                    &[query(
                        "sum by (operation) (rate(store_round_trips_total{instance=~\"$instance\"}[$__rate_interval]))",
                        "{{operation}}",
                    )],
                ),
            ],
        },
        Row {
            title: "What is in it",
            panels: &[
                figure(
                    "Records that cannot be read",
                    Unit::Number,
                    &[query("sum(increase(store_corrupt_records_total[1d])) or vector(0)", "")],
                ),
                figure(
                    "Entries that cannot be read",
                    Unit::Number,
                    &[query("sum(increase(mailbox_entries_unreadable_total[1d])) or vector(0)", "")],
                ),
                lines(
                    "Read of the log of ended logins",
                    Unit::Rate,
                    &[
                        query(
                            "sum by (outcome) (rate(revocation_readings_total[$__rate_interval]))",
                            "{{outcome}}",
                        ),
                        query("sum(rate(revocation_begun_total[$__rate_interval]))", "from its beginning"),
                    ],
                ),
            ],
        },
    ],
};
