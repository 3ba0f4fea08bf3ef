//! `docs/calls.md`: prose of ours around what the rules say of themselves.

use std::fmt::Write as _;

use ::calls::{DeviceOf, Outcome, Row, Size};
use signal_protocol::{CallPhase, PartyRole, PartyState};

/// The document. Its two places are filled from the rules' own table.
pub(crate) fn document() -> String {
    include_str!("calls.md").replace("{{diagram}}", &::calls::diagram()).replace("{{table}}", &table())
}

fn table() -> String {
    let mut text =
        "| what happens | the call | the person | what comes of it |\n|---|---|---|---|\n".to_owned();
    for row in ::calls::table() {
        let (phases, person) = (words(row.phases, CallPhase::ALL, CallPhase::as_str), person(&row));
        writeln!(text, "| {} | {phases} | {person} | {} |", row.trigger.label(), outcome(row.outcome))
            .expect("a string takes every line");
    }
    text
}

/// Who it is, and where they stand.
fn person(row: &Row) -> String {
    let mut parts = Vec::new();
    match row.roles {
        [PartyRole::Caller] => parts.push("caller".to_owned()),
        [PartyRole::Callee] => parts.push("callee".to_owned()),
        _ => {}
    }
    parts.push(words(row.states, PartyState::ALL, PartyState::as_str));
    match row.sizes {
        [Size::OneToOne] => parts.push("one of two".to_owned()),
        [Size::Group] => parts.push("one of a group".to_owned()),
        _ => {}
    }
    match row.devices {
        [DeviceOf::Same] => parts.push("with that device".to_owned()),
        [DeviceOf::Another] => parts.push("with another device".to_owned()),
        _ => {}
    }
    parts.retain(|part| !part.is_empty());
    if parts.is_empty() { "any".to_owned() } else { parts.join(", ") }
}

/// The words of `some`; none when they are all there are.
fn words<T: Copy>(some: &[T], all: &[T], word: fn(T) -> &'static str) -> String {
    if some.len() == all.len() {
        return String::new();
    }
    some.iter().map(|value| format!("`{}`", word(*value))).collect::<Vec<_>>().join(" ")
}

fn outcome(outcome: Outcome) -> String {
    match outcome {
        Outcome::Moves(to, phase) => format!("is `{}`; the call is `{}`", to.as_str(), phase.as_str()),
        Outcome::Ends(last, reason) => {
            format!("was `{}`; the call ends, `{}`", last.as_str(), reason.as_str())
        }
        Outcome::Recorded => "is written down".to_owned(),
        Outcome::Relayed => "the other device is told".to_owned(),
        Outcome::Unchanged => "nothing, answered like a success".to_owned(),
        Outcome::Refused(code) => format!("{} `{code}`", code.status()),
    }
}
