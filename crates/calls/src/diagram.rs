//! The states of a call and of a party, drawn from the table.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use signal_protocol::{CallPhase, EndReason, PartyState};

use crate::table::{Callee, Outcome, Trigger, starts, table};

/// Two Mermaid state diagrams for Markdown: the phases of a call, and where one party may stand in it.
#[must_use]
pub fn diagram() -> String {
    format!("{}\n{}", phases(), parties())
}

type Edges = BTreeMap<(usize, usize), BTreeMap<Trigger, BTreeSet<EndReason>>>;

/// The phases, the edges to the end labelled with the reasons that stand at them.
fn phases() -> String {
    let mut edges = Edges::new();
    for row in table() {
        let (to, reason) = match row.outcome {
            Outcome::Moves(_, to) => (to, None),
            Outcome::Ends(_, reason) => (CallPhase::Ended, Some(reason)),
            Outcome::Recorded | Outcome::Relayed | Outcome::Unchanged | Outcome::Refused(_) => continue,
        };
        for from in row.phases.iter().filter(|from| **from != to) {
            edges
                .entry((*from as usize, to as usize))
                .or_default()
                .entry(row.trigger)
                .or_default()
                .extend(reason);
        }
    }
    let mut first = BTreeMap::<usize, BTreeSet<&str>>::new();
    for start in starts() {
        let (to, label) = match start.outcome {
            Outcome::Moves(_, to) if start.callee == Callee::Free => (to, "invite"),
            Outcome::Ends(_, reason) => (CallPhase::Ended, reason.as_str()),
            Outcome::Moves(..)
            | Outcome::Recorded
            | Outcome::Relayed
            | Outcome::Unchanged
            | Outcome::Refused(_) => continue,
        };
        first.entry(to as usize).or_default().insert(label);
    }
    let names: Vec<_> = CallPhase::ALL.iter().map(|phase| phase.as_str()).collect();
    draw(&names, &first, &edges, &[CallPhase::Ended as usize])
}

/// Where a party may stand while the call goes on, and where the end finds it.
fn parties() -> String {
    let mut edges = Edges::new();
    for row in table() {
        let to = match row.outcome {
            Outcome::Moves(to, _) | Outcome::Ends(to, _) => to,
            Outcome::Recorded | Outcome::Relayed | Outcome::Unchanged | Outcome::Refused(_) => continue,
        };
        for from in row.states.iter().filter(|from| **from != to) {
            edges.entry((*from as usize, to as usize)).or_default().entry(row.trigger).or_default();
        }
    }
    let mut first = BTreeMap::<usize, BTreeSet<&str>>::new();
    first.entry(PartyState::Accepted as usize).or_default().insert("caller");
    for start in starts() {
        let (Outcome::Moves(to, _) | Outcome::Ends(to, _)) = start.outcome else { continue };
        first.entry(to as usize).or_default().insert(match start.callee {
            Callee::Free => "callee",
            Callee::Busy => "callee who is busy",
            Callee::Offline => "callee who is offline, where that ends it",
        });
    }
    let names: Vec<_> = PartyState::ALL.iter().map(|state| state.as_str()).collect();
    draw(&names, &first, &edges, &[])
}

fn draw(names: &[&str], first: &BTreeMap<usize, BTreeSet<&str>>, edges: &Edges, last: &[usize]) -> String {
    let mut text = "```mermaid\nstateDiagram-v2\n".to_owned();
    let mut line = |from: &str, to: &str, label: &str| {
        let label = if label.is_empty() { String::new() } else { format!(" : {label}") };
        writeln!(text, "    {from} --> {to}{label}").expect("a string takes every line");
    };
    for (to, labels) in first {
        line("[*]", names[*to], &labels.iter().copied().collect::<Vec<_>>().join(", "));
    }
    for ((from, to), triggers) in edges {
        let label = |(trigger, reasons): (&Trigger, &BTreeSet<EndReason>)| {
            let reasons: Vec<_> = reasons.iter().map(|reason| reason.as_str()).collect();
            let reasons =
                if reasons.is_empty() { String::new() } else { format!(" ({})", reasons.join(", ")) };
            format!("{}{reasons}", trigger.label())
        };
        line(names[*from], names[*to], &triggers.iter().map(label).collect::<Vec<_>>().join(", "));
    }
    for from in last {
        line(names[*from], "[*]", "");
    }
    text.push_str("```\n");
    text
}
