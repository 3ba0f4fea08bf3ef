//! What the product promises of a call's transitions, and whether the rounds bear it out.

use std::collections::BTreeMap;

use super::super::goal::{Goal, Wanted};
use super::super::statistics::{self, Estimate};
use super::lineup::Server;
use super::report::Results;
use super::rounds::Measured;

/// All promises, with what was seen.
pub(super) fn all(results: &Results) -> Vec<Goal> {
    let goal = |about, wanted, seen| Goal { about, unit: "", wanted: Wanted::AtMost(wanted), seen };
    let ratios = |ours, theirs, figure: fn(&Measured) -> f64| {
        statistics::ratios(&of(results, ours, figure), &of(results, theirs, figure))
    };
    let latencies = results.latencies.iter();
    vec![
        goal(
            "service CPU time per transition ÷ floor",
            1.5,
            ratios(Server::Few, Server::Floor, |measured| measured.figures.cpu_us_per_request),
        ),
        goal(
            "Redis round trips per uncontended command",
            2.0,
            Estimate::of([results.cost.round_trips / results.cost.commands]),
        ),
        goal("retries and conflicts of uncontended commands", 0.0, Estimate::of([results.cost.retries])),
        goal(
            "invite → callee's event over two replicas, p50 ÷ `PUBLISH` → subscriber, p50",
            8.0,
            Estimate::of(latencies.map(|latency| latency.event_p50_us / latency.publish_p50_us)),
        ),
        goal(
            "CPU time of service and Redis per transition, 100,000 live calls ÷ 100",
            1.2,
            ratios(Server::Most, Server::Few, Measured::whole_cpu_us),
        ),
    ]
}

/// A figure of a server, round by round.
fn of(results: &Results, server: Server, figure: fn(&Measured) -> f64) -> BTreeMap<u32, f64> {
    let of_server = results.rounds.iter().filter(|measured| measured.server == server);
    of_server.map(|measured| (measured.round, figure(measured))).collect()
}
