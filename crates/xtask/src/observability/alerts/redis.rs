//! Redis, as it speaks of itself by way of an exporter. Where there is none these say nothing, and those of `store` are what is left.

use crate::observability::alert::{Example, Severity, Written};

pub(super) const ALERTS: [Written; 7] = [
    Written {
        name: "RedisIsNotWatched",
        severity: Severity::Ticket,
        expression: "redis_up == 0 or up{job=~\"redis.*\"} == 0",
        lasting: "5m",
        summary: "A Redis server does not answer its exporter, or the exporter does not answer.",
        fires: Example {
            series: &[
                (r#"up{job="redis",instance="a"}"#, "1x20"),
                (r#"redis_up{job="redis",instance="a"}"#, "1x2 0x20"),
            ],
            minutes: 10,
        },
        labels: &[("job", "redis"), ("instance", "a")],
        quiet: Example {
            series: &[
                (r#"up{job="redis",instance="a"}"#, "1x20"),
                (r#"redis_up{job="redis",instance="a"}"#, "1x2 0x2 1x20"),
            ],
            minutes: 10,
        },
    },
    Written {
        name: "RedisHasNoPrimary",
        severity: Severity::Page,
        expression: "sum by (job) (redis_up) > 0\nunless sum by (job) (redis_instance_info{role=\"master\"}) > 0",
        lasting: "1m",
        summary: "Every Redis server that answers is a replica: nothing can be written.",
        fires: Example {
            series: &[
                (r#"redis_up{job="redis",instance="b"}"#, "1x20"),
                (r#"redis_instance_info{job="redis",instance="b",role="slave"}"#, "1x20"),
            ],
            minutes: 5,
        },
        labels: &[("job", "redis")],
        quiet: Example {
            series: &[
                (r#"redis_up{job="redis",instance="a"}"#, "1x20"),
                (r#"redis_up{job="redis",instance="b"}"#, "1x20"),
                (r#"redis_instance_info{job="redis",instance="a",role="master"}"#, "1x20"),
                (r#"redis_instance_info{job="redis",instance="b",role="slave"}"#, "1x20"),
            ],
            minutes: 5,
        },
    },
    Written {
        name: "RedisHasFewerReplicas",
        severity: Severity::Ticket,
        // Replicas have none of their own, so the sum is the primary's count, whoever that is.
        expression: "sum by (job) (redis_connected_slaves)\n  < max_over_time(sum by (job) (redis_connected_slaves)[1d:5m])",
        lasting: "10m",
        summary: "Fewer replicas follow Redis' primary than within the last day.",
        fires: Example {
            series: &[
                (r#"redis_connected_slaves{job="redis",instance="a"}"#, "2x10 1x40"),
                (r#"redis_connected_slaves{job="redis",instance="b"}"#, "0x50"),
            ],
            minutes: 30,
        },
        labels: &[("job", "redis")],
        // Another one became the primary, and has as many.
        quiet: Example {
            series: &[
                (r#"redis_connected_slaves{job="redis",instance="a"}"#, "2x10 0x40"),
                (r#"redis_connected_slaves{job="redis",instance="b"}"#, "0x10 2x40"),
            ],
            minutes: 30,
        },
    },
    Written {
        name: "RedisIsNearlyFull",
        severity: Severity::Ticket,
        expression: "redis_memory_used_bytes / (redis_memory_max_bytes > 0) > 0.8",
        lasting: "10m",
        summary: "Redis uses more than four fifths of the memory that it may have.",
        fires: Example {
            series: &[
                (r#"redis_memory_used_bytes{job="redis",instance="a"}"#, "850000000x30"),
                (r#"redis_memory_max_bytes{job="redis",instance="a"}"#, "1000000000x30"),
            ],
            minutes: 20,
        },
        labels: &[("job", "redis"), ("instance", "a")],
        // Without a bound of its own.
        quiet: Example {
            series: &[
                (r#"redis_memory_used_bytes{job="redis",instance="a"}"#, "850000000x30"),
                (r#"redis_memory_max_bytes{job="redis",instance="a"}"#, "0x30"),
            ],
            minutes: 20,
        },
    },
    Written {
        name: "RedisEvicts",
        severity: Severity::Page,
        expression: "sum by (job) (increase(redis_evicted_keys_total[10m])) > 0",
        lasting: "0m",
        summary: "Redis throws away records of live calls to make room.",
        fires: Example {
            series: &[(r#"redis_evicted_keys_total{job="redis",instance="a"}"#, "0x5 0+30x10")],
            minutes: 10,
        },
        labels: &[("job", "redis")],
        quiet: Example {
            series: &[(r#"redis_evicted_keys_total{job="redis",instance="a"}"#, "30x30")],
            minutes: 10,
        },
    },
    Written {
        name: "RedisDoesNotPersist",
        severity: Severity::Ticket,
        expression: "redis_aof_last_write_status == 0\nor redis_aof_last_bgrewrite_status == 0\nor redis_rdb_last_bgsave_status == 0",
        lasting: "5m",
        summary: "Redis cannot write to its disk: what it holds is lost when it ends, and soon it refuses changes.",
        fires: Example {
            series: &[(r#"redis_aof_last_bgrewrite_status{job="redis",instance="a"}"#, "1x3 0x20")],
            minutes: 15,
        },
        labels: &[("job", "redis"), ("instance", "a")],
        quiet: Example {
            series: &[
                (r#"redis_aof_last_write_status{job="redis",instance="a"}"#, "1x20"),
                (r#"redis_aof_last_bgrewrite_status{job="redis",instance="a"}"#, "1x20"),
                (r#"redis_rdb_last_bgsave_status{job="redis",instance="a"}"#, "1x20"),
            ],
            minutes: 15,
        },
    },
    Written {
        name: "RedisIsBusy",
        severity: Severity::Ticket,
        // One thread does all commands: at 1 there is no more to be had of this server.
        expression: "rate(redis_cpu_user_main_thread_seconds_total[10m])\n  + rate(redis_cpu_sys_main_thread_seconds_total[10m]) > 0.7",
        lasting: "15m",
        summary: "The one thread that Redis has for commands is busy for more than two thirds of the time.",
        fires: Example {
            series: &[
                (r#"redis_cpu_user_main_thread_seconds_total{job="redis",instance="a"}"#, "0+30x60"),
                (r#"redis_cpu_sys_main_thread_seconds_total{job="redis",instance="a"}"#, "0+18x60"),
            ],
            minutes: 40,
        },
        labels: &[("job", "redis"), ("instance", "a")],
        quiet: Example {
            series: &[
                (r#"redis_cpu_user_main_thread_seconds_total{job="redis",instance="a"}"#, "0+20x60"),
                (r#"redis_cpu_sys_main_thread_seconds_total{job="redis",instance="a"}"#, "0+12x60"),
            ],
            minutes: 40,
        },
    },
];
