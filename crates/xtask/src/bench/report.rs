//! The results as people read them (`docs/performance.md`) and as programs do (`--json`).

use std::collections::BTreeMap;
use std::fmt::{self, Write as _};
use std::path::Path;

use anyhow::{Context as _, Result};
use serde::Serialize;

use super::goals::{self, Goal, Wanted, megabytes};
use super::known_room::KnownRoom;
use super::lineup::{Case, Server};
use super::machine::Machine;
use super::rounds::Measured;
use super::starts::Start;
use super::statistics::Estimate;

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

/// A server whose core was busy for less of the time was not itself the limit of its requests per second.
const BUSY: f64 = 0.9;

const BEGIN: &str = "<!-- measured: written by `cargo xtask bench join --write` -->\n";
const END: &str = "<!-- end of measured -->\n";

/// Puts `report` between the two marks of the page.
pub(super) fn write(page: &Path, report: &str) -> Result<()> {
    let text = std::fs::read_to_string(page).with_context(|| format!("reading {}", page.display()))?;
    let text = replaced(&text, report).with_context(|| format!("{} has no place marked", page.display()))?;
    std::fs::write(page, text).with_context(|| format!("writing {}", page.display()))
}

fn replaced(page: &str, report: &str) -> Option<String> {
    let (before, rest) = page.split_once(BEGIN)?;
    let (_, after) = rest.split_once(END)?;
    Some(format!("{before}{BEGIN}\n{report}\n{END}{after}"))
}

/// The results as Markdown.
pub(super) fn markdown(results: &Results) -> String {
    let mut text = String::new();
    put(&mut text, format_args!("Measured with `{}`.\n\n", results.command));
    facts(&mut text, results);
    promises(&mut text, &goals::all(results));
    figures(&mut text, &results.rounds);
    memory(&mut text, results);
    text
}

fn facts(text: &mut String, results: &Results) {
    put(text, format_args!("| | |\n|---|---|\n"));
    for (name, value) in results.machine.facts() {
        put(text, format_args!("| {name} | {value} |\n"));
    }
    let ceiling = results.load_ceiling_per_second;
    put(
        text,
        format_args!("| Load generator | at most {ceiling:.0} requests/s against a constant answer |\n\n"),
    );
}

fn promises(text: &mut String, goals: &[Goal]) {
    put(text, format_args!("| promise | wanted | median | 90 % interval | |\n|---|---|---|---|---|\n"));
    for goal in goals {
        let Goal { about, unit, wanted, seen } = goal;
        let wanted = match wanted {
            Wanted::AtMost(bound) => format!("≤ {bound}{unit}"),
            Wanted::AtLeast(bound) => format!("≥ {bound}{unit}"),
        };
        let met = if goal.met() { "met" } else { "**missed**" };
        put(
            text,
            format_args!(
                "| {about} | {wanted} | {}{unit} | {} | {met} |\n",
                short(seen.median),
                interval(seen)
            ),
        );
    }
    put(text, format_args!("\n"));
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
        let median = |figure: fn(&Measured) -> f64| {
            let of_row = rounds.iter().filter(|measured| measured.case == case && measured.server == server);
            Estimate::of(of_row.map(figure)).median
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

fn interval(seen: &Estimate) -> String {
    if seen.low < seen.high {
        format!("{} – {}", short(seen.low), short(seen.high))
    } else {
        "–".to_owned()
    }
}

/// Three digits where they say something.
fn short(value: f64) -> String {
    if value >= 100.0 { format!("{value:.0}") } else { format!("{value:.2}") }
}

fn put(text: &mut String, part: fmt::Arguments<'_>) {
    text.write_fmt(part).expect("a String takes everything");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_stands_between_the_marks_is_replaced() {
        let page = format!("# Page\n\n{BEGIN}\nold\n{END}\nAfter.\n");
        let expected = format!("# Page\n\n{BEGIN}\nnew\n\n{END}\nAfter.\n");
        assert_eq!(replaced(&page, "new\n").as_deref(), Some(expected.as_str()));
        assert_eq!(replaced("# Page\n", "new"), None);
    }

    #[test]
    fn figures_are_told_with_the_digits_that_matter() {
        for (value, expected) in [(1.2345, "1.23"), (87.456, "87.46"), (123.4, "123"), (0.0, "0.00")] {
            assert_eq!(short(value), expected);
        }
    }
}
