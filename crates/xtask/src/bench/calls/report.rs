//! The results as people read them (`docs/performance.md`) and as programs do (`--json`).

use serde::Serialize;

use super::super::figures::BUSY;
use super::super::machine::Machine;
use super::super::page::{self, interval, put, short};
use super::super::statistics::Estimate;
use super::cost::Cost;
use super::goals;
use super::latency::Latency;
use super::lineup::Server;
use super::rounds::Measured;

/// Everything that one run found.
#[derive(Debug, Serialize)]
pub(super) struct Results {
    pub(super) machine: Machine,
    pub(super) command: String,
    pub(super) rounds: Vec<Measured>,
    pub(super) latencies: Vec<Latency>,
    pub(super) cost: Cost,
    pub(super) bytes_per_call: f64,
    pub(super) bytes_per_call_with_mailboxes: f64,
    /// Of the service, and of the floor.
    pub(super) log_lines_per_request: [f64; 2],
    /// Constant answers that the load generator gets from the floor in a second: what it could ask at most.
    pub(super) load_ceiling_per_second: f64,
}

/// The results as Markdown.
pub(super) fn markdown(results: &Results) -> String {
    let mut text = String::new();
    let mut facts = results.machine.facts();
    facts.push(page::load_ceiling(results.load_ceiling_per_second));
    page::facts(&mut text, &results.command, &facts);
    page::promises(&mut text, &goals::all(results));
    figures(&mut text, results);
    latencies(&mut text, &results.latencies);
    capacity(&mut text, results);
    text
}

fn figures(text: &mut String, results: &Results) {
    put(
        text,
        format_args!(
            "| server | live calls | CPU µs/transition | Redis' CPU µs/transition | transitions/s | p50 ms | p99 ms | \
             server's core busy | load generator busy |\n|---|---|---|---|---|---|---|---|---|\n"
        ),
    );
    let mut waited = false;
    for server in Server::ALL {
        let median = |figure: fn(&Measured) -> f64| median(results, server, figure);
        let busy = median(|row| row.figures.server_busy);
        waited |= busy < BUSY;
        put(
            text,
            format_args!(
                "| {} | {} | {:.1} | {:.1} | {:.0} | {:.2} | {:.2} | {:.0} % | {:.0} % |\n",
                server.name(),
                server.live_calls(),
                median(|row| row.figures.cpu_us_per_request),
                median(|row| row.redis_cpu_us_per_request),
                median(|row| row.figures.requests_per_second),
                median(|row| row.figures.p50_ms),
                median(|row| row.figures.p99_ms),
                busy * 100.0,
                median(|row| row.figures.load_busy * 100.0),
            ),
        );
    }
    if waited {
        put(
            text,
            format_args!(
                "\nWhere a server's core was not busy all the time, it waited for Redis, which shares its core with \
                 the load generator, or other work took part of its core: there the transitions per second are fewer \
                 than one core could make, 10⁶ divided by the CPU time of one.\n"
            ),
        );
    }
    let [service, floor] = results.log_lines_per_request;
    put(
        text,
        format_args!("\nFor each transition the service logs {service} lines, and the floor {floor}.\n\n"),
    );
}

fn latencies(text: &mut String, latencies: &[Latency]) {
    put(text, format_args!("| latency | p50 µs | 90 % interval | p99 µs |\n|---|---|---|---|\n"));
    let mut row = |name: &str, p50: fn(&Latency) -> f64, p99: fn(&Latency) -> f64| {
        let [p50, p99] = [p50, p99].map(|figure| Estimate::of(latencies.iter().map(figure)));
        put(
            text,
            format_args!("| {name} | {} | {} | {} |\n", short(p50.median), interval(&p50), short(p99.median)),
        );
    };
    row("invite → callee's event", |latency| latency.event_p50_us, |latency| latency.event_p99_us);
    row("`PUBLISH` → subscriber", |latency| latency.publish_p50_us, |latency| latency.publish_p99_us);
    put(text, format_args!("\n"));
}

fn capacity(text: &mut String, results: &Results) {
    put(text, format_args!("| one Redis shard | |\n|---|---|\n"));
    for server in [Server::Few, Server::Most] {
        let each = median(results, server, |row| row.redis_cpu_us_per_request);
        put(
            text,
            format_args!(
                "| Transitions a second at most, among {} live calls | {:.0} |\n",
                server.live_calls(),
                1e6 / each
            ),
        );
    }
    put(
        text,
        format_args!(
            "| Memory of a live call of two, in bytes | {:.0} |\n\
             | The same while its events are in both mailboxes | {:.0} |\n",
            results.bytes_per_call, results.bytes_per_call_with_mailboxes
        ),
    );
}

fn median(results: &Results, server: Server, figure: fn(&Measured) -> f64) -> f64 {
    let of_server = results.rounds.iter().filter(|measured| measured.server == server);
    Estimate::of(of_server.map(figure)).median
}
