//! LiveKit: as we meet it, and by its own figures.

use crate::observability::dashboard::{Dashboard, Row, Unit, figure, lines, query, stack};

pub(super) const DASHBOARD: Dashboard = Dashboard {
    uid: "realtime-livekit",
    title: "Realtime calls: LiveKit",
    about: "Whether LiveKit answers, whether what it says arrives and agrees with what it has, and how media fares.",
    rows: &[
        Row {
            title: "Asked by us",
            panels: &[
                stack(
                    "Calls by outcome",
                    Unit::Rate,
                    &[query(
                        "sum by (cluster, outcome) (rate(sfu_requests_seconds_count[$__rate_interval]))",
                        "{{cluster}} {{outcome}}",
                    )],
                ),
                lines(
                    "Time",
                    Unit::Seconds,
                    &[query(
                        "histogram_quantile(0.99, sum by (method, le) (rate(sfu_requests_seconds_bucket[$__rate_interval])))",
                        "99 % {{method}}",
                    )],
                ),
                lines(
                    "Left alone, and tried again",
                    Unit::Number,
                    &[
                        query("max by (cluster) (sfu_breaker_open)", "left alone {{cluster}}"),
                        query(
                            "sum by (cluster, outcome) (rate(sfu_retries_total[$__rate_interval]))",
                            "{{cluster}} {{outcome}}",
                        ),
                    ],
                ),
            ],
        },
        Row {
            title: "What it says, and what it has",
            panels: &[
                stack(
                    "Webhooks by outcome",
                    Unit::Rate,
                    &[query("sum by (outcome) (rate(webhooks_total[$__rate_interval]))", "{{outcome}}")],
                ),
                stack(
                    "Put right by the reconciler",
                    Unit::Rate,
                    &[query("sum by (kind) (rate(reconcile_drift_total[$__rate_interval]))", "{{kind}}")],
                ),
                lines(
                    "Rooms not compared for",
                    Unit::Seconds,
                    &[query(
                        "max by (instance) (reconcile_lag_seconds{instance=~\"$instance\"})",
                        "{{instance}}",
                    )],
                ),
                lines(
                    "A turn of the reconciler",
                    Unit::Seconds,
                    &[query(
                        "histogram_quantile(0.95, sum by (le) (rate(reconcile_turn_seconds_bucket[10m])))",
                        "95 %",
                    )],
                ),
                stack(
                    "Rooms by outcome",
                    Unit::Rate,
                    &[query(
                        "sum by (outcome) (rate(reconcile_rooms_total[$__rate_interval]))",
                        "{{outcome}}",
                    )],
                ),
                lines(
                    "Arrivals that could not be checked",
                    Unit::Rate,
                    &[query("sum(rate(webhook_arrivals_unchecked_total[$__rate_interval]))", "unchecked")],
                ),
            ],
        },
        Row {
            title: "By its own figures",
            panels: &[
                figure("Rooms", Unit::Number, &[query("sum(livekit_room_total)", "")]),
                figure("Participants", Unit::Number, &[query("sum(livekit_participant_total)", "")]),
                lines(
                    "Rooms and participants by node",
                    Unit::Number,
                    &[
                        query("sum by (instance) (livekit_room_total)", "rooms {{instance}}"),
                        query("sum by (instance) (livekit_participant_total)", "participants {{instance}}"),
                    ],
                ),
                lines(
                    "Tracks",
                    Unit::Number,
                    &[
                        query("sum by (kind) (livekit_track_published_total)", "sent {{kind}}"),
                        query("sum by (kind) (livekit_track_subscribed_total)", "received {{kind}}"),
                    ],
                ),
                lines(
                    "Traffic",
                    Unit::BytesPerSecond,
                    &[query(
                        "sum by (direction) (rate(livekit_packet_bytes[$__rate_interval]))",
                        "{{direction}}",
                    )],
                ),
                lines(
                    "Forwarding",
                    Unit::Nanoseconds,
                    &[query(
                        "histogram_quantile(0.99, sum by (le) (rate(livekit_forward_latency_ns_bucket[$__rate_interval])))",
                        "99 %",
                    )],
                ),
            ],
        },
        Row {
            title: "Quality",
            panels: &[
                lines(
                    "Loss",
                    Unit::Number,
                    &[query(
                        "histogram_quantile(0.95, sum by (direction, le) (rate(livekit_packet_loss_percent_bucket[$__rate_interval])))",
                        "95 %, in % {{direction}}",
                    )],
                ),
                lines(
                    "Round trip",
                    Unit::Milliseconds,
                    &[query(
                        "histogram_quantile(0.95, sum by (direction, le) (rate(livekit_rtt_ms_bucket[$__rate_interval])))",
                        "95 % {{direction}}",
                    )],
                ),
                lines(
                    "Asked again",
                    Unit::Rate,
                    &[
                        query(
                            "sum by (direction) (rate(livekit_nack_total[$__rate_interval]))",
                            "packets {{direction}}",
                        ),
                        query(
                            "sum by (direction) (rate(livekit_pli_total[$__rate_interval]))",
                            "pictures {{direction}}",
                        ),
                    ],
                ),
                lines(
                    "Quality as LiveKit rates it",
                    Unit::Number,
                    &[query(
                        "sum(rate(livekit_quality_score_sum[$__rate_interval])) / sum(rate(livekit_quality_score_count[$__rate_interval]))",
                        "mean, of 5",
                    )],
                ),
            ],
        },
    ],
};
