//! What was promised, and what is left of it.

use crate::observability::dashboard::{Dashboard, Row, Unit, figure, lines, query};

pub(super) const DASHBOARD: Dashboard = Dashboard {
    uid: "realtime-objectives",
    title: "Realtime calls: objectives",
    about: "What was promised (docs/slo.md), how much of what may go wrong is left, and how fast it is used up.",
    rows: &[
        Row {
            title: "Thirty days",
            panels: &[
                figure(
                    "What is left of what may go wrong",
                    Unit::Share,
                    &[query(
                        "1 - (sum by (slo) (sum_over_time(slo:bad:rate5m[30d])) / sum by (slo) (sum_over_time(slo:all:rate5m[30d])))\n  / on (slo) slo:budget:ratio",
                        "{{slo}}",
                    )],
                ),
                figure(
                    "Went well",
                    Unit::Share,
                    &[query(
                        "1 - sum by (slo) (sum_over_time(slo:bad:rate5m[30d])) / sum by (slo) (sum_over_time(slo:all:rate5m[30d]))",
                        "{{slo}}",
                    )],
                ),
                figure(
                    "Alerts that fire",
                    Unit::Number,
                    &[query("sum(ALERTS{alertstate=\"firing\"}) or vector(0)", "")],
                ),
            ],
        },
        Row {
            title: "How many times faster than evenly the budget is used up",
            panels: &[
                lines(
                    "Over an hour",
                    Unit::Number,
                    &[query("slo:bad:ratio1h / on (slo) slo:budget:ratio", "{{slo}}")],
                ),
                lines(
                    "Over six hours",
                    Unit::Number,
                    &[query("slo:bad:ratio6h / on (slo) slo:budget:ratio", "{{slo}}")],
                ),
                lines(
                    "Over three days",
                    Unit::Number,
                    &[query("slo:bad:ratio3d / on (slo) slo:budget:ratio", "{{slo}}")],
                ),
            ],
        },
        Row {
            title: "What counts",
            panels: &[
                lines("Events", Unit::Rate, &[query("slo:all:rate5m", "{{slo}}")]),
                lines("Went wrong", Unit::Rate, &[query("slo:bad:rate5m", "{{slo}}")]),
            ],
        },
    ],
};
