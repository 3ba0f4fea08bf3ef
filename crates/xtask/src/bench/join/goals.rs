//! What the product promises of a join, and whether the rounds bear it out.

use std::collections::BTreeMap;

use super::super::goal::{Goal, Wanted};
use super::super::page::megabytes;
use super::super::statistics::{self, Estimate};
use super::lineup::{Case, Server};
use super::report::Results;
use super::rounds::Measured;

/// All promises, with what was seen.
pub(super) fn all(results: &Results) -> Vec<Goal> {
    let cpu = |measured: &Measured| measured.figures.cpu_us_per_request;
    let rate = |measured: &Measured| measured.figures.requests_per_second;
    let ratio = |case, to, figure: fn(&Measured) -> f64| ratios(&results.rounds, case, to, figure);
    let starts = &results.starts[&Server::Service];
    let after_load = |server| megabytes(results.after_load_bytes[&server]);
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
            Estimate::of([after_load(Server::Service) / after_load(Server::Node)]),
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
            Estimate::of(starts.iter().map(|start| megabytes(start.idle_bytes))),
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
    statistics::ratios(&of(Server::Service), &of(other))
}

fn count(items: usize) -> f64 {
    f64::from(u32::try_from(items).unwrap_or(u32::MAX))
}
