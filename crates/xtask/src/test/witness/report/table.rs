//! The report as people read it: a row a figure, a column a phase.

use std::fmt;

use super::{Phase, Report};

/// How many faults of a phase are shown below the table.
const SHOWN: usize = 10;

type Figure = fn(&Phase) -> String;

const ROWS: [(&str, Figure); 24] = [
    ("seconds", |phase| format!("{:.0}", phase.seconds)),
    ("joins", |phase| phase.joins.to_string()),
    ("joins failed", |phase| phase.failed_joins.to_string()),
    ("  between first and last", |phase| milliseconds(phase.outage_ms())),
    ("join, p50", |phase| milliseconds(phase.join_ms.percentile(50))),
    ("join, p99", |phase| milliseconds(phase.join_ms.percentile(99))),
    ("sockets at the end", |phase| format!("{} of {}", phase.sockets, phase.devices)),
    ("told to drain", |phase| phase.drained.to_string()),
    ("closed", |phase| phase.closed.values().sum::<u64>().to_string()),
    ("resumed", |phase| phase.resumed.to_string()),
    ("started anew", |phase| phase.started_anew.to_string()),
    ("polled meanwhile", |phase| phase.polled.to_string()),
    ("tokens renewed", |phase| phase.renewed.to_string()),
    ("longest gap", |phase| milliseconds(Some(phase.longest_gap_ms))),
    ("events expected", |phase| phase.events_expected.to_string()),
    ("events received", |phase| format!("{} + {} again", phase.events_received, phase.redelivered)),
    ("events lost", |phase| phase.lost.to_string()),
    ("out of order, doubled", |phase| format!("{}, {}", phase.reordered, phase.doubled)),
    ("event, p50", |phase| milliseconds(phase.event_ms.percentile(50))),
    ("event, p99", |phase| milliseconds(phase.event_ms.percentile(99))),
    ("calls begun", |phase| phase.calls.to_string()),
    ("ended unasked", |phase| phase.calls_ended_unasked.to_string()),
    ("rings stuck", |phase| phase.rings_stuck.to_string()),
    ("commands: repeated, failed", |phase| {
        format!("{}: {}, {}", phase.commands, phase.commands_repeated, phase.commands_failed)
    }),
];

impl fmt::Display for Report {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let first = ROWS.iter().map(|(name, _)| name.len()).max().unwrap_or_default();
        let columns: Vec<Vec<String>> = self
            .phases
            .iter()
            .map(|phase| {
                let cells = ROWS.iter().map(|(_, figure)| figure(phase));
                std::iter::once(phase.name.clone()).chain(cells).collect()
            })
            .collect();
        let widths: Vec<usize> = columns
            .iter()
            .map(|column| column.iter().map(|cell| cell.chars().count()).max().unwrap_or_default())
            .collect();
        for row in 0..=ROWS.len() {
            let name = if row == 0 { "" } else { ROWS[row - 1].0 };
            write!(formatter, "{name:first$}")?;
            for (column, width) in columns.iter().zip(&widths) {
                write!(formatter, "  {:>width$}", column[row])?;
            }
            writeln!(formatter)?;
        }
        self.phases.iter().try_for_each(|phase| details(phase, formatter))
    }
}

/// What happened to sockets, and what was broken.
fn details(phase: &Phase, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
    let Phase { name, closed, failures, faults, .. } = phase;
    for (why, count) in closed {
        writeln!(formatter, "{name}: {count} sockets closed with {why}")?;
    }
    for failed in failures.iter().take(SHOWN) {
        let status = failed.status.map_or_else(|| "no answer".to_owned(), |status| status.to_string());
        let trace = failed.trace_id.as_deref().unwrap_or("-");
        writeln!(formatter, "{name}: join at {}: {status} {}, trace {trace}", failed.at.time(), failed.code)?;
    }
    for fault in faults.iter().take(SHOWN) {
        writeln!(formatter, "{name}: at {}: {}", fault.at.time(), fault.what)?;
    }
    let told = failures.len().min(SHOWN) + faults.len().min(SHOWN);
    let all = failures.len() + faults.len();
    if all > told {
        writeln!(formatter, "{name}: and {} more", all - told)?;
    }
    Ok(())
}

fn milliseconds(figure: Option<impl fmt::Display>) -> String {
    figure.map_or_else(|| "-".to_owned(), |figure| format!("{figure} ms"))
}
