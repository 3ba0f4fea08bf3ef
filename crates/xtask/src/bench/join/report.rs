//! The results as people read them (`docs/performance.md`) and as programs do (`--json`).

use std::collections::BTreeMap;

use serde::Serialize;

use super::super::figures::{BUSY, Figures};
use super::super::machine::Machine;
use super::super::page::{self, megabytes, put};
use super::super::statistics::Estimate;
use super::goals;
use super::known_room::KnownRoom;
use super::lineup::{Case, Server};
use super::rounds::Measured;
use super::starts::Start;

/// Everything that one run found.
#[derive(Debug, Serialize)]
pub(super) struct Results {
    pub(super) machine: Machine,
    pub(super) command: String,
    pub(super) starts: BTreeMap<Server, Vec<Start>>,
    pub(super) rounds: Vec<Measured>,
    pub(super) after_load_bytes: BTreeMap<Server, u64>,
    pub(super) log_lines_per_join: BTreeMap<Server, f64>,
    pub(super) known_room: KnownRoom,
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
    figures(&mut text, &results.rounds);
    memory(&mut text, results);
    text
}

fn figures(text: &mut String, rounds: &[Measured]) {
    put(
        text,
        format_args!(
            "| case | server | CPU µs/request | requests/s | p50 ms | p99 ms | server's core busy | load generator busy |\n\
             |---|---|---|---|---|---|---|---|\n"
        ),
    );
    let mut disturbed = Vec::new();
    for (case, server) in Case::ALL.into_iter().flat_map(|case| Server::ALL.map(|server| (case, server))) {
        let median = |figure: fn(&Figures) -> f64| {
            let of_row = rounds.iter().filter(|measured| measured.case == case && measured.server == server);
            Estimate::of(of_row.map(|measured| figure(&measured.figures))).median
        };
        let busy = median(|row| row.server_busy);
        put(
            text,
            format_args!(
                "| {} | {} | {:.1} | {:.0} | {:.2} | {:.2} | {:.0} % | {:.0} % |\n",
                case.name(),
                server.name(),
                median(|row| row.cpu_us_per_request),
                median(|row| row.requests_per_second),
                median(|row| row.p50_ms),
                median(|row| row.p99_ms),
                busy * 100.0,
                median(|row| row.load_busy * 100.0),
            ),
        );
        if busy < BUSY {
            disturbed.push(format!("{} ({})", server.name(), case.name()));
        }
    }
    if !disturbed.is_empty() {
        put(
            text,
            format_args!(
                "\nOther work took part of the core of {}: the requests per second there are too low, and so are \
                 ratios of them. CPU time does not count other work.\n",
                disturbed.join(", ")
            ),
        );
    }
    put(text, format_args!("\n"));
}

fn memory(text: &mut String, results: &Results) {
    put(
        text,
        format_args!(
            "| server | ready after ms (slowest) | idle MB | after the load MB | log lines per join |\n\
             |---|---|---|---|---|\n"
        ),
    );
    for server in Server::ALL {
        let starts = &results.starts[&server];
        let slowest = starts.iter().map(|start| start.ready_ms).fold(0.0, f64::max);
        put(
            text,
            format_args!(
                "| {} | {:.0} ({slowest:.0}) | {:.1} | {:.1} | {} |\n",
                server.name(),
                Estimate::of(starts.iter().map(|start| start.ready_ms)).median,
                Estimate::of(starts.iter().map(|start| megabytes(start.idle_bytes))).median,
                megabytes(results.after_load_bytes[&server]),
                results.log_lines_per_join[&server],
            ),
        );
    }
    let KnownRoom { joins, first_join_asked, asked } = &results.known_room;
    put(
        text,
        format_args!(
            "\nThe first join to a room asked LiveKit `{}`; the {joins} joins after it asked anybody {} times.\n",
            first_join_asked.join("`, `"),
            asked.len()
        ),
    );
}
