//! What is promised over thirty days, and how fast the part of it that may go wrong is used up.
//!
//! Two rates are recorded of each objective, what went wrong and all there was; everything else is made of these, so that a month costs no
//! more to look at than an hour. Alerts follow the usual scheme of two windows: the long one says that it matters, the short one that it
//! still goes on.

use std::fmt::Write as _;

use serde_json::{Value, json};

use super::alert::{Alert, Played, Severity};

/// One objective.
pub(super) struct Objective {
    /// Its value of the label `slo`.
    pub(super) name: &'static str,
    /// The first part of its alerts' names, and with `Budget` behind it their section in the runbook.
    alert: &'static str,
    /// What is promised, without the share.
    promise: &'static str,
    /// The share that is promised, in thousandths.
    target: u32,
    /// Events a second that went wrong, in `PromQL`.
    bad: &'static str,
    /// All of them.
    all: &'static str,
    /// What counts, in words.
    counts: &'static str,
    /// The series of an example, and what they count.
    example: &'static [(&'static str, Counts)],
}

/// What a series of an example counts.
#[derive(Clone, Copy)]
enum Counts {
    Bad,
    Good,
    All,
}

macro_rules! join {
    ($status:literal $(, $more:literal)?) => {
        concat!(r#"{job="realtime-service",route="/api/realtime/rooms/{room_id}/join",method="POST",status"#, $status $(, $more)?, "}")
    };
}

macro_rules! invite {
    ($status:literal) => {
        concat!(r#"{job="realtime-service",route="/api/realtime/calls",method="POST",status"#, $status, "}")
    };
}

pub(super) const OBJECTIVES: [Objective; 4] = [
    Objective {
        name: "join-success",
        alert: "JoinSuccess",
        promise: "joins are answered with a token",
        target: 999,
        bad: concat!("sum(rate(http_requests_total", join!(r#"=~"5..""#), "[5m])) or vector(0)"),
        all: concat!("sum(rate(http_requests_total", join!(r#"=~"2..|5..""#), "[5m]))"),
        counts: "Answers to `POST …/join`: 5xx are bad, 2xx good. Refusals (4xx) are what was asked for, and do not count.",
        example: &[
            (concat!("http_requests_total", join!(r#"="503""#, r#",code="store_unavailable""#)), Counts::Bad),
            (concat!("http_requests_total", join!(r#"="201""#, r#",code="""#)), Counts::Good),
        ],
    },
    Objective {
        name: "join-latency",
        alert: "JoinLatency",
        promise: "tokens are there within 250 ms",
        target: 990,
        bad: concat!(
            "sum(rate(http_request_duration_seconds_count",
            join!(r#"=~"2..""#),
            "[5m]))\n  - sum(rate(http_request_duration_seconds_bucket",
            join!(r#"=~"2..""#, r#",le="0.25""#),
            "[5m]))"
        ),
        all: concat!("sum(rate(http_request_duration_seconds_count", join!(r#"=~"2..""#), "[5m]))"),
        counts: "Joins that were answered with a token, by the time that the service took; the gateway and the network are not in it.",
        example: &[
            (
                concat!("http_request_duration_seconds_bucket", join!(r#"="201""#, r#",code="",le="0.25""#)),
                Counts::Good,
            ),
            (concat!("http_request_duration_seconds_count", join!(r#"="201""#, r#",code="""#)), Counts::All),
        ],
    },
    Objective {
        name: "ring-delivery",
        alert: "RingDelivery",
        promise: "invites are taken, and rings that reach a device are known to have reached it",
        target: 999,
        bad: concat!(
            "(sum(rate(http_requests_total",
            invite!(r#"=~"5..""#),
            "[5m])) or vector(0))\n  + (sum(rate(events_errands_total{errand=\"Notified\",outcome=~\"failed|dropped\"}[5m])) or vector(0))"
        ),
        all: concat!(
            "(sum(rate(http_requests_total",
            invite!(r#"=~"2..|5..""#),
            "[5m])) or vector(0))\n  + (sum(rate(events_errands_total{errand=\"Notified\"}[5m])) or vector(0))"
        ),
        counts: "Answers to invites, over HTTP and over sockets: 5xx are bad, 2xx good; the event for the callee is in the same commit as the \
                 call. And rings that were handed to a device: bad where call-state-service could not be told.",
        example: &[
            (concat!("http_requests_total", invite!(r#"="503",code="store_unavailable""#)), Counts::Bad),
            (concat!("http_requests_total", invite!(r#"="201",code="""#)), Counts::Good),
        ],
    },
    Objective {
        name: "deadline-lateness",
        alert: "DeadlineLateness",
        promise: "deadlines of calls are seen to within 250 ms",
        target: 990,
        bad: "sum(rate(timer_lateness_seconds_count[5m])) - sum(rate(timer_lateness_seconds_bucket{le=\"0.25\"}[5m]))",
        all: "sum(rate(timer_lateness_seconds_count[5m]))",
        counts: "Deadlines by how late they were claimed, by Redis's clock.",
        example: &[
            (r#"timer_lateness_seconds_bucket{le="0.25"}"#, Counts::Good),
            ("timer_lateness_seconds_count", Counts::All),
        ],
    },
];

/// Two windows and how many times faster than evenly over thirty days the budget is used up in both of them.
struct Burn {
    severity: Severity,
    long: &'static str,
    /// The long one in seconds.
    seconds: u32,
    short: &'static str,
    factor: &'static str,
}

const BURNS: [Burn; 4] = [
    Burn { severity: Severity::Page, long: "1h", seconds: 3_600, short: "5m", factor: "14.4" },
    Burn { severity: Severity::Page, long: "6h", seconds: 21_600, short: "30m", factor: "6" },
    Burn { severity: Severity::Ticket, long: "1d", seconds: 86_400, short: "2h", factor: "3" },
    Burn { severity: Severity::Ticket, long: "3d", seconds: 259_200, short: "6h", factor: "1" },
];

/// All windows, each once.
const WINDOWS: [&str; 7] = ["5m", "30m", "1h", "2h", "6h", "1d", "3d"];

/// Fewer failures than this in the long window wake nobody, whatever their share.
const FEWEST: u32 = 5;

impl Objective {
    /// The share that may go wrong, as a decimal.
    pub(super) fn budget(&self) -> String {
        decimal(1_000 - self.target)
    }

    fn alert(&self, severity: Severity) -> Alert {
        let (speed, share, quiet, minutes) = match severity {
            // Of a thousand events: far above both windows, and below the slower one.
            Severity::Page => ("Fast", 20 * (1_000 - self.target), 1_000 - self.target, 20),
            Severity::Ticket => ("Slow", 5 * (1_000 - self.target), (1_000 - self.target) / 2, 40),
        };
        let name = self.name;
        Alert {
            name: format!("{}BudgetBurns{speed}", self.alert),
            section: format!("{}Budget", self.alert),
            severity,
            expression: self.burning(severity),
            lasting: "2m",
            summary: format!(
                "Of what may go wrong in 30 days, too much does now: {} % of {name} are promised.",
                percent(self.target)
            ),
            fires: self.played(share, minutes),
            labels: vec![("slo".to_owned(), name.to_owned())],
            quiet: self.played(quiet, minutes),
        }
    }

    fn burning(&self, severity: Severity) -> String {
        let (name, budget) = (self.name, self.budget());
        let mut expression = String::new();
        for Burn { long, seconds, short, factor, .. } in BURNS.iter().filter(|burn| burn.severity == severity)
        {
            let or = if expression.is_empty() { "" } else { "\nor\n" };
            write!(
                expression,
                "{or}(\n  slo:bad:ratio{long}{{slo=\"{name}\"}} > {factor} * {budget}\n  and slo:bad:ratio{short}{{slo=\"{name}\"}} > {factor} * {budget}\n  \
                 and avg_over_time(slo:bad:rate5m{{slo=\"{name}\"}}[{long}]) * {seconds} >= {FEWEST}\n)"
            )
            .expect("a String takes everything");
        }
        expression
    }

    /// `bad` of a thousand events a minute go wrong, for so many minutes.
    fn played(&self, bad: u32, minutes: u32) -> Played {
        let values = |counts| {
            let each = match counts {
                Counts::Bad => bad,
                Counts::Good => 1_000 - bad,
                Counts::All => 1_000,
            };
            format!("0+{each}x{minutes}")
        };
        let series =
            self.example.iter().map(|(series, counts)| ((*series).to_owned(), values(*counts))).collect();
        Played { series, minutes }
    }
}

/// The alerts of all objectives.
pub(super) fn alerts() -> Vec<Alert> {
    let both =
        |objective: &Objective| [Severity::Page, Severity::Ticket].map(|severity| objective.alert(severity));
    OBJECTIVES.iter().flat_map(both).collect()
}

/// The recording rules.
pub(super) fn recorded() -> Vec<Value> {
    let mut rules = Vec::new();
    for objective in &OBJECTIVES {
        let labels = json!({ "slo": objective.name });
        let mut record = |name: String, expression: String| {
            rules.push(json!({ "record": name, "expr": expression, "labels": labels }));
        };
        record("slo:bad:rate5m".to_owned(), objective.bad.to_owned());
        record("slo:all:rate5m".to_owned(), objective.all.to_owned());
        record("slo:budget:ratio".to_owned(), format!("vector({})", objective.budget()));
        for window in WINDOWS {
            let over = |part: &str| {
                format!("sum_over_time(slo:{part}:rate5m{{slo=\"{}\"}}[{window}])", objective.name)
            };
            record(format!("slo:bad:ratio{window}"), format!("{}\n  / {}", over("bad"), over("all")));
        }
    }
    rules
}

/// `docs/slo.md`.
pub(super) fn page() -> String {
    let mut objectives = String::new();
    for Objective { name, promise, target, counts, .. } in &OBJECTIVES {
        writeln!(objectives, "| `{name}` | {} % of {promise} | {counts} |", percent(*target))
            .expect("a String takes everything");
    }
    let mut burns = String::new();
    for Burn { severity, long, short, factor, .. } in &BURNS {
        writeln!(burns, "| {} | {factor} | {long} | {short} |", severity.as_str())
            .expect("a String takes everything");
    }
    let mut expressions = String::new();
    for Objective { name, bad, all, .. } in &OBJECTIVES {
        writeln!(
            expressions,
            "\n`{name}`, what went wrong, and all:\n\n```promql\n{bad}\n```\n\n```promql\n{all}\n```"
        )
        .expect("a String takes everything");
    }
    include_str!("objectives.md")
        .replace("{objectives}\n", &objectives)
        .replace("{burns}\n", &burns)
        .replace("{expressions}\n", expressions.trim_start())
        .replace("{fewest}", &FEWEST.to_string())
}

/// Thousandths as a decimal.
fn decimal(thousandths: u32) -> String {
    format!("0.{thousandths:03}").trim_end_matches('0').to_owned()
}

/// Thousandths as a percentage.
fn percent(thousandths: u32) -> String {
    format!("{}.{}", thousandths / 10, thousandths % 10).trim_end_matches(".0").to_owned()
}
