//! Joins and rooms.

use crate::observability::dashboard::{Dashboard, Row, Unit, figure, lines, query, stack, traced};

pub(super) const DASHBOARD: Dashboard = Dashboard {
    uid: "realtime-joins",
    title: "Realtime calls: joins and rooms",
    about: "Who gets into rooms, how fast, who does not and why; who is there, and who was sent out.",
    rows: &[
        Row {
            title: "Joins",
            panels: &[
                stack(
                    "Joins by outcome",
                    Unit::Rate,
                    &[query("sum by (outcome) (rate(joins_total[$__rate_interval]))", "{{outcome}}")],
                ),
                traced(
                    "Time to a token",
                    &[
                        query(
                            "histogram_quantile(0.5, sum by (le) (rate(http_request_duration_seconds_bucket{job=\"realtime-service\",route=\"/api/realtime/rooms/{room_id}/join\",instance=~\"$instance\"}[$__rate_interval])))",
                            "half",
                        ),
                        query(
                            "histogram_quantile(0.99, sum by (le) (rate(http_request_duration_seconds_bucket{job=\"realtime-service\",route=\"/api/realtime/rooms/{room_id}/join\",instance=~\"$instance\"}[$__rate_interval])))",
                            "99 %",
                        ),
                    ],
                ),
                lines(
                    "From the token to the room, and to media",
                    Unit::Seconds,
                    &[
                        query(
                            "histogram_quantile(0.5, sum by (le) (rate(join_arrival_seconds_bucket[$__rate_interval])))",
                            "room, half",
                        ),
                        query(
                            "histogram_quantile(0.95, sum by (le) (rate(join_arrival_seconds_bucket[$__rate_interval])))",
                            "room, 95 %",
                        ),
                        query(
                            "histogram_quantile(0.95, sum by (le) (rate(join_media_seconds_bucket[$__rate_interval])))",
                            "media, 95 %",
                        ),
                    ],
                ),
                stack(
                    "Membership",
                    Unit::Rate,
                    &[query(
                        "sum by (source, answer) (rate(membership_answers_total[$__rate_interval]))",
                        "{{source}} {{answer}}",
                    )],
                ),
                stack(
                    "Tokens refused",
                    Unit::Rate,
                    &[query(
                        "sum by (reason) (rate(identity_token_refusals_total[$__rate_interval]))",
                        "{{reason}}",
                    )],
                ),
                stack(
                    "At the gateway to LiveKit",
                    Unit::Rate,
                    &[query(
                        "sum by (outcome) (rate(sfu_admissions_total[$__rate_interval]))",
                        "{{outcome}}",
                    )],
                ),
            ],
        },
        Row {
            title: "Rooms",
            panels: &[
                // Every replica shows the same number.
                figure("Rooms", Unit::Number, &[query("sum(max by (tenant) (rooms_live))", "")]),
                figure(
                    "People in them",
                    Unit::Number,
                    &[query("sum(max by (tenant) (room_participants))", "")],
                ),
                lines(
                    "Rooms and people",
                    Unit::Number,
                    &[
                        query("max by (tenant) (rooms_live)", "rooms {{tenant}}"),
                        query("max by (tenant) (room_participants)", "people {{tenant}}"),
                    ],
                ),
                stack(
                    "Stays that ended",
                    Unit::Rate,
                    &[query("sum by (reason) (rate(room_stays_total[$__rate_interval]))", "{{reason}}")],
                ),
                lines(
                    "How long stays and rooms last",
                    Unit::Seconds,
                    &[
                        query(
                            "histogram_quantile(0.5, sum by (le) (rate(room_stay_seconds_bucket[1h])))",
                            "stay, half",
                        ),
                        query(
                            "histogram_quantile(0.5, sum by (le) (rate(room_life_seconds_bucket[1h])))",
                            "room, half",
                        ),
                    ],
                ),
            ],
        },
        Row {
            title: "Moderation and logins",
            panels: &[
                stack(
                    "Acts",
                    Unit::Rate,
                    &[query(
                        "sum by (act, outcome) (rate(moderation_acts_total[$__rate_interval]))",
                        "{{act}} {{outcome}}",
                    )],
                ),
                stack(
                    "Sent out of LiveKit",
                    Unit::Rate,
                    &[query("sum by (outcome) (rate(evictions_total[$__rate_interval]))", "{{outcome}}")],
                ),
                lines(
                    "Until somebody is out",
                    Unit::Seconds,
                    &[query(
                        "histogram_quantile(0.95, sum by (le) (rate(moderation_removal_seconds_bucket[10m])))",
                        "95 %",
                    )],
                ),
                stack(
                    "Logins ended by Keycloak",
                    Unit::Rate,
                    &[query(
                        "sum by (outcome) (rate(backchannel_logouts_total[$__rate_interval]))",
                        "{{outcome}}",
                    )],
                ),
                lines(
                    "Ended logins: known, and not heard of",
                    Unit::Number,
                    &[
                        query("max by (job) (identity_revocations_known)", "known to {{job}}"),
                        query("sum by (job) (revocation_deaf)", "deaf {{job}}"),
                    ],
                ),
            ],
        },
    ],
};
