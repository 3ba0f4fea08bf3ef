//! Redis, as the services meet it.

use crate::observability::dashboard::{Dashboard, Row, Unit, figure, lines, query, stack};

pub(super) const DASHBOARD: Dashboard = Dashboard {
    uid: "realtime-store",
    title: "Realtime calls: Redis",
    about: "Whether Redis answers, how fast, whether what is in it can be read, and what it says of itself by way of an exporter.",
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
        Row {
            title: "By its own figures",
            panels: &[
                figure("Primaries", Unit::Number, &[query("sum(redis_instance_info{role=\"master\"})", "")]),
                figure("Replicas that follow", Unit::Number, &[query("sum(redis_connected_slaves)", "")]),
                figure(
                    "Evicted, in a day",
                    Unit::Number,
                    &[query("sum(increase(redis_evicted_keys_total[1d]))", "")],
                ),
                lines(
                    "Memory",
                    Unit::Bytes,
                    &[
                        query("redis_memory_used_bytes", "{{job}} {{instance}}"),
                        query("max by (job) (redis_memory_max_bytes > 0)", "{{job}} at most"),
                    ],
                ),
                lines(
                    "The thread for commands",
                    Unit::Processors,
                    &[query(
                        "rate(redis_cpu_user_main_thread_seconds_total[$__rate_interval]) + rate(redis_cpu_sys_main_thread_seconds_total[$__rate_interval])",
                        "{{job}} {{instance}}",
                    )],
                ),
                lines(
                    "Commands",
                    Unit::Rate,
                    &[query(
                        "rate(redis_commands_processed_total[$__rate_interval])",
                        "{{job}} {{instance}}",
                    )],
                ),
                lines(
                    "Connections",
                    Unit::Number,
                    &[
                        query("redis_connected_clients", "{{instance}}"),
                        query("redis_blocked_clients", "that wait for the bell, {{instance}}"),
                    ],
                ),
                lines(
                    "Connections refused",
                    Unit::Rate,
                    &[query("rate(redis_rejected_connections_total[$__rate_interval])", "{{instance}}")],
                ),
                lines(
                    "Replicas behind by",
                    Unit::Seconds,
                    &[query("redis_connected_slave_lag_seconds", "{{slave_ip}} of {{instance}}")],
                ),
                lines(
                    "Writes that waited for the disk",
                    Unit::Rate,
                    &[query("rate(redis_aof_delayed_fsync[$__rate_interval])", "{{instance}}")],
                ),
                lines(
                    "Append-only file",
                    Unit::Bytes,
                    &[query("redis_aof_current_size_bytes", "{{instance}}")],
                ),
                lines(
                    "Traffic",
                    Unit::BytesPerSecond,
                    &[
                        query("rate(redis_net_input_bytes_total[$__rate_interval])", "in {{instance}}"),
                        query("rate(redis_net_output_bytes_total[$__rate_interval])", "out {{instance}}"),
                    ],
                ),
            ],
        },
    ],
};
