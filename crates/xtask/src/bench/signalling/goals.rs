//! What the product promises of sockets, polls and signals, and whether the rounds bear it out.

use super::super::goal::{Goal, Wanted};
use super::super::statistics::Estimate;
use super::memory::Kind;
use super::report::Results;
use super::rounds::Round;

/// All promises, with what was seen.
pub(super) fn all(results: &Results) -> Vec<Goal> {
    let goal = |about, unit, wanted, figure: &dyn Fn(&Round) -> f64| {
        let seen = Estimate::of(results.rounds.iter().map(figure));
        Goal { about, unit, wanted: Wanted::AtMost(wanted), seen }
    };
    vec![
        goal("memory of an idle socket ÷ that of the floor", "", 1.4, &|round| {
            round.memory[&Kind::Socket] / round.memory[&Kind::Floor]
        }),
        goal("memory of a parked poll ÷ that of an idle socket", "", 1.5, &|round| {
            round.memory[&Kind::Poll] / round.memory[&Kind::Socket]
        }),
        goal("signal over two replicas, p50 ÷ `PUBLISH` → subscriber, p50", "", 5.0, &|round| {
            round.among_few.signal_p50 / round.among_few.publish_p50
        }),
        goal("signal, p50 among many people ÷ among 200", "", 1.5, &|round| {
            round.among_many.signal_p50 / round.among_few.signal_p50
        }),
        goal("all clients are back after", " s", 10.0, &|round| round.returned.last_s),
        goal("Redis operations for each that comes back", "", 3.0, &|round| {
            round.returned.all_redis_operations()
        }),
        goal("clients that were not let in, or had to start anew", "", 0.0, &|round| {
            round.returned.refused.into()
        }),
    ]
}
