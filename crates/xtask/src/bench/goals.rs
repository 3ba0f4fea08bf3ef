//! What the product promises of a join, and whether the rounds bear it out.

use std::collections::BTreeMap;

use serde::Serialize;

use super::lineup::{Case, Server};
use super::report::Results;
use super::rounds::Measured;
use super::statistics::Estimate;

/// The bound that a figure must keep.
#[derive(Debug, Clone, Copy, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Wanted {
    AtMost(f64),
    AtLeast(f64),
}

/// One promise.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Goal {
    pub(super) about: &'static str,
    pub(super) unit: &'static str,
    pub(super) wanted: Wanted,
    pub(super) seen: Estimate,
}

impl Goal {
    /// Whether the median keeps the bound.
    pub(super) fn met(&self) -> bool {
        match self.wanted {
            Wanted::AtMost(bound) => self.seen.median <= bound,
            Wanted::AtLeast(bound) => self.seen.median >= bound,
        }
    }
}

/// All promises, with what was seen.
pub(super) fn all(results: &Results) -> Vec<Goal> {
    let cpu = |measured: &Measured| measured.cpu_us_per_request;
    let rate = |measured: &Measured| measured.requests_per_second;
    let ratio = |case, to, figure: fn(&Measured) -> f64| ratios(&results.rounds, case, to, figure);
    let starts = &results.starts[&Server::Service];
    let megabytes = |server| megabytes(results.after_load_bytes[&server]);
    let goal = |about, unit, wanted, seen| Goal { about, unit, wanted, seen };
    vec![
        goal(
            "CPU time per request ÷ floor, token never seen",
            "",
            Wanted::AtMost(1.25),
            ratio(Case::NeverSeen, Server::Floor, cpu),
        ),
        goal(
            "CPU time per request ÷ floor, token remembered",
            "",
            Wanted::AtMost(1.35),
            ratio(Case::Remembered, Server::Floor, cpu),
        ),
        goal(
            "requests per second ÷ Node, token never seen",
            "",
            Wanted::AtLeast(3.0),
            ratio(Case::NeverSeen, Server::Node, rate),
        ),
        goal(
            "requests per second ÷ Node, token remembered",
            "",
            Wanted::AtLeast(6.0),
            ratio(Case::Remembered, Server::Node, rate),
        ),
        goal(
            "resident memory after the load ÷ Node",
            "",
            Wanted::AtMost(0.2),
            Estimate::of([megabytes(Server::Service) / megabytes(Server::Node)]),
        ),
        goal(
            "ready after the start, keys reachable",
            " ms",
            Wanted::AtMost(300.0),
            Estimate::of(starts.iter().map(|start| start.ready_ms)),
        ),
        goal(
            "resident memory when idle",
            " MB",
            Wanted::AtMost(25.0),
            Estimate::of(starts.iter().map(|start| self::megabytes(start.idle_bytes))),
        ),
        goal(
            "outbound HTTP requests of joins to a known room",
            "",
            Wanted::AtMost(0.0),
            Estimate::of([count(results.known_room.asked.len())]),
        ),
    ]
}

/// Of each round, realtime-service's figure divided by the other server's.
fn ratios(rounds: &[Measured], case: Case, other: Server, figure: fn(&Measured) -> f64) -> Estimate {
    let of = |server| -> BTreeMap<u32, f64> {
        let of_server = rounds.iter().filter(|measured| measured.case == case && measured.server == server);
        of_server.map(|measured| (measured.round, figure(measured))).collect()
    };
    let (ours, theirs) = (of(Server::Service), of(other));
    Estimate::of(ours.iter().map(|(round, ours)| ours / theirs[round]))
}

/// Bytes in units of 10⁶.
pub(super) fn megabytes(bytes: u64) -> f64 {
    f64::from(u32::try_from(bytes / 1024).unwrap_or(u32::MAX)) * 1024.0 / 1e6
}

fn count(items: usize) -> f64 {
    f64::from(u32::try_from(items).unwrap_or(u32::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn measured(round: u32, server: Server, cpu_us_per_request: f64) -> Measured {
        Measured {
            round,
            case: Case::NeverSeen,
            server,
            requests: 1,
            cpu_us_per_request,
            requests_per_second: 1.0,
            p50_ms: 1.0,
            p99_ms: 1.0,
            server_busy: 1.0,
            load_busy: 0.5,
        }
    }

    #[test]
    fn figures_are_divided_round_by_round() {
        // The machine slowed down between the rounds; the ratio did not change.
        let rounds = [
            measured(0, Server::Service, 12.0),
            measured(0, Server::Floor, 10.0),
            measured(1, Server::Service, 24.0),
            measured(1, Server::Floor, 20.0),
        ];
        let seen = ratios(&rounds, Case::NeverSeen, Server::Floor, |measured| measured.cpu_us_per_request);
        assert_eq!(seen, Estimate { median: 1.2, low: 1.2, high: 1.2 });
    }

    #[test]
    fn a_bound_is_kept_by_a_median_that_equals_it() {
        let goal = |wanted, median| {
            let seen = Estimate { median, low: median, high: median };
            Goal { about: "", unit: "", wanted, seen }.met()
        };
        for (wanted, median, met) in [
            (Wanted::AtMost(1.25), 1.25, true),
            (Wanted::AtMost(1.25), 1.26, false),
            (Wanted::AtLeast(3.0), 3.0, true),
            (Wanted::AtLeast(3.0), 2.9, false),
        ] {
            assert_eq!(goal(wanted, median), met, "{wanted:?} {median}");
        }
    }

    #[test]
    fn a_megabyte_is_a_million_bytes() {
        assert!((megabytes(25_000_960) - 25.0).abs() < 0.001);
    }
}
