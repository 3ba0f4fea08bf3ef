//! The results as people read them (`docs/performance.md`) and as programs do (`--json`).

use std::collections::BTreeSet;

use serde::Serialize;

use super::super::machine::Machine;
use super::super::page::{self, interval, put, short};
use super::super::statistics::Estimate;
use super::goals;
use super::latency::Latency;
use super::memory::Kind;
use super::returning::{Return, WITHIN};
use super::rounds::{FEW_PEOPLE, Plan, Round};

/// Redis operations that are fewer for each client belong to no client.
const TOLD: f64 = 0.01;

/// Everything that one run found.
#[derive(Debug, Serialize)]
pub(super) struct Results {
    pub(super) machine: Machine,
    pub(super) command: String,
    pub(super) plan: Plan,
    pub(super) rounds: Vec<Round>,
}

type Figure = fn(&Latency) -> f64;
type Among = fn(&Round) -> &Latency;

/// The results as Markdown.
pub(super) fn markdown(results: &Results) -> String {
    let mut text = String::new();
    page::facts(&mut text, &results.command, &results.machine.facts());
    page::promises(&mut text, &goals::all(results));
    memory(&mut text, results);
    latencies(&mut text, results);
    returning(&mut text, results);
    text
}

fn of(results: &Results, figure: impl Fn(&Round) -> f64) -> Estimate {
    Estimate::of(results.rounds.iter().map(figure))
}

fn memory(text: &mut String, results: &Results) {
    put(text, format_args!("| resident memory of one | bytes | 90 % interval |\n|---|---|---|\n"));
    for kind in Kind::ALL {
        let bytes = of(results, |round| round.memory[&kind]);
        put(text, format_args!("| {} | {:.0} | {} |\n", kind.name(), bytes.median, interval(&bytes)));
    }
    put(text, format_args!("\n"));
}

fn latencies(text: &mut String, results: &Results) {
    put(
        text,
        format_args!("| latency | people | p50 µs | 90 % interval | p99 µs |\n|---|---|---|---|---|\n"),
    );
    let rows: [(&str, Figure, Figure); 2] = [
        ("signal → the other's event", |latency| latency.signal_p50, |latency| latency.signal_p99),
        ("`PUBLISH` → subscriber", |latency| latency.publish_p50, |latency| latency.publish_p99),
    ];
    let people: [(u16, Among); 2] =
        [(FEW_PEOPLE, |round| &round.among_few), (results.plan.people, |round| &round.among_many)];
    for (name, p50, p99) in rows {
        for (people, latency) in people {
            let p50 = of(results, |round| p50(latency(round)));
            let p99 = of(results, |round| p99(latency(round)));
            put(
                text,
                format_args!(
                    "| {name} | {people} | {} | {} | {} |\n",
                    short(p50.median),
                    interval(&p50),
                    short(p99.median)
                ),
            );
        }
    }
    put(text, format_args!("\n"));
}

fn returning(text: &mut String, results: &Results) {
    let median = |figure: fn(&Return) -> f64| short(of(results, |round| figure(&round.returned)).median);
    put(
        text,
        format_args!(
            "Of {} clients that come back within {} s, each is welcome after {} ms (p50) or {} ms (p99), and the last {} s \
             after the first began.\n",
            results.plan.returning,
            WITHIN.as_secs(),
            median(|returned| returned.p50_ms),
            median(|returned| returned.p99_ms),
            median(|returned| returned.last_s)
        ),
    );
    // A kind of operation may be missing in a round: then there was none.
    let each = |operation: &str| {
        let each =
            |round: &Round| round.returned.redis_operations.get(operation).copied().unwrap_or_default();
        of(results, each).median
    };
    let operations: BTreeSet<_> =
        results.rounds.iter().flat_map(|round| round.returned.redis_operations.keys()).collect();
    let operations: Vec<_> = operations
        .into_iter()
        .map(|operation| (operation, each(operation)))
        .filter(|(_, each)| *each >= TOLD)
        .map(|(operation, each)| format!("`{operation}` {each:.2}"))
        .collect();
    put(text, format_args!("Its Redis operations: {}.\n", operations.join(", ")));
}
