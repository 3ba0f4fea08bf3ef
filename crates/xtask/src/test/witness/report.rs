//! What was seen, phase by phase, and whether it is what was promised.

mod table;

use std::collections::BTreeMap;

use clock::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// How many faults of a phase are told one by one; all of them are counted.
const TOLD: usize = 100;

/// All phases, in order.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct Report {
    pub(crate) phases: Vec<Phase>,
}

/// One phase. What happened belongs to the phase in which it happened, what is missing to that in which it was to come.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
pub(crate) struct Phase {
    pub(crate) name: String,
    pub(crate) seconds: f64,
    /// Joins that were answered, or given up.
    pub(crate) joins: u64,
    /// Those that were not answered with 201.
    pub(crate) failed_joins: u64,
    /// The first hundred of them.
    pub(crate) failures: Vec<FailedJoin>,
    pub(crate) join_ms: Spread,
    /// Devices that there are, and those that have a socket at the end of the phase.
    pub(crate) devices: usize,
    pub(crate) sockets: usize,
    /// Sockets that were told `drain`.
    pub(crate) drained: u64,
    /// Sockets that were closed though the client wanted them, by number and reason.
    pub(crate) closed: BTreeMap<String, u64>,
    /// Devices that went on where they were, on another socket.
    pub(crate) resumed: u64,
    /// Devices that were told that not everything can be told.
    pub(crate) started_anew: u64,
    /// Polls that were answered while a device had no socket.
    pub(crate) polled: u64,
    /// Tokens renewed in band.
    pub(crate) renewed: u64,
    /// The longest time that a device had neither a socket nor an answered poll.
    pub(crate) longest_gap_ms: u64,
    /// Events that somebody had to be told, and those that came, expected or not.
    pub(crate) events_expected: u64,
    pub(crate) events_received: u64,
    /// Those that came again with the same id, as they may.
    pub(crate) redelivered: u64,
    /// From the command to the event at another device.
    pub(crate) event_ms: Spread,
    /// Events that never came, at a device that was never told to start anew.
    pub(crate) lost: u64,
    /// Events that came after a later one.
    pub(crate) reordered: u64,
    /// Events that came a second time with another id.
    pub(crate) doubled: u64,
    pub(crate) calls: u64,
    /// Calls that ended for a reason that nobody gave.
    pub(crate) calls_ended_unasked: u64,
    /// Rings that went on beyond their deadline.
    pub(crate) rings_stuck: u64,
    pub(crate) commands: u64,
    /// Commands that had to be sent again.
    pub(crate) commands_repeated: u64,
    /// Commands that were refused for good, or never answered.
    pub(crate) commands_failed: u64,
    /// The first hundred faults but for joins.
    pub(crate) faults: Vec<Fault>,
}

/// A join that was not answered with 201.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct FailedJoin {
    pub(crate) at: DateTime<Utc>,
    /// None where there was no answer.
    pub(crate) status: Option<u16>,
    /// The stable code, or what became of the connection.
    pub(crate) code: String,
    pub(crate) trace_id: Option<String>,
}

/// Something that must not be.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct Fault {
    pub(crate) at: DateTime<Utc>,
    pub(crate) what: String,
}

/// How often something took how many milliseconds.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
pub(crate) struct Spread(BTreeMap<u32, u32>);

impl Spread {
    pub(super) fn add(&mut self, milliseconds: u128) {
        *self.0.entry(u32::try_from(milliseconds).unwrap_or(u32::MAX)).or_default() += 1;
    }

    /// The time that so many of a hundred did not exceed; `None` of nothing.
    pub(crate) fn percentile(&self, percent: u32) -> Option<u32> {
        let all: u64 = self.0.values().map(|count| u64::from(*count)).sum();
        let wanted = (all * u64::from(percent)).div_ceil(100).max(1);
        let mut passed = 0;
        self.0
            .iter()
            .find(|(_, count)| {
                passed += u64::from(**count);
                passed >= wanted
            })
            .map(|(milliseconds, _)| *milliseconds)
    }
}

impl Phase {
    pub(super) fn named(name: &str, devices: usize) -> Self {
        Self { name: name.to_owned(), devices, ..Self::default() }
    }

    pub(super) fn fault(&mut self, at: DateTime<Utc>, what: String) {
        if self.faults.len() < TOLD {
            self.faults.push(Fault { at, what });
        }
    }

    pub(super) fn failed_join(&mut self, failed: FailedJoin) {
        self.failed_joins += 1;
        if self.failures.len() < TOLD {
            self.failures.push(failed);
        }
    }

    /// From the first failed join to the last; as far as they are told one by one.
    pub(crate) fn outage_ms(&self) -> Option<i64> {
        let (first, last) = (self.failures.first()?, self.failures.last()?);
        Some((last.at - first.at).num_milliseconds())
    }

    /// What was broken in this phase, in words; empty if nothing was.
    pub(crate) fn broken(&self) -> Vec<String> {
        let counted = [
            (self.failed_joins, "joins failed"),
            (self.lost, "events were lost"),
            (self.reordered, "events came out of their order"),
            (self.doubled, "events came twice under two ids"),
            (self.calls_ended_unasked, "calls ended though nobody ended them"),
            (self.rings_stuck, "rings went on beyond their deadline"),
            (self.started_anew, "devices had to start anew"),
            (self.commands_failed, "commands were refused or never answered"),
            ((self.devices - self.sockets.min(self.devices)) as u64, "devices had no socket at the end"),
        ];
        let mut broken: Vec<String> = counted
            .iter()
            .filter(|(count, _)| *count > 0)
            .map(|(count, what)| format!("{count} {what}"))
            .collect();
        // Nothing that goes wrong is no proof where nothing went on.
        if self.joins == 0 {
            broken.push("no join was asked for".to_owned());
        }
        if self.events_received == 0 {
            broken.push("no event was seen".to_owned());
        }
        broken
    }
}

impl Report {
    pub(crate) fn phase(&self, name: &str) -> Option<&Phase> {
        self.phases.iter().find(|phase| phase.name == name)
    }

    /// Whether everything was as promised in all phases; else what was not.
    pub(crate) fn verdict(&self) -> Result<(), String> {
        judged(self.phases.iter())
    }

    /// The same of the phases of this name alone.
    pub(crate) fn verdict_of(&self, name: &str) -> Result<(), String> {
        if self.phase(name).is_none() {
            return Err(format!("there was no phase `{name}`"));
        }
        judged(self.phases.iter().filter(|phase| phase.name == name))
    }
}

fn judged<'a>(phases: impl Iterator<Item = &'a Phase>) -> Result<(), String> {
    let broken: Vec<String> = phases
        .filter_map(|phase| {
            let broken = phase.broken();
            (!broken.is_empty()).then(|| format!("{}: {}", phase.name, broken.join(", ")))
        })
        .collect();
    if broken.is_empty() { Ok(()) } else { Err(broken.join("; ")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn good(name: &str) -> Phase {
        Phase { joins: 5, events_received: 5, sockets: 2, ..Phase::named(name, 2) }
    }

    #[test]
    fn a_verdict_says_what_was_broken_and_in_which_phase() {
        let bad = Phase { lost: 2, sockets: 1, ..good("chaos") };
        let report = Report { phases: vec![good("calm"), bad] };
        assert_eq!(report.verdict_of("calm"), Ok(()));
        assert_eq!(
            report.verdict(),
            Err("chaos: 2 events were lost, 1 devices had no socket at the end".to_owned())
        );
        assert!(report.verdict_of("storm").is_err());
    }

    #[test]
    fn a_phase_in_which_nothing_went_on_proves_nothing() {
        let idle = Phase { sockets: 2, ..Phase::named("idle", 2) };
        assert_eq!(idle.broken(), ["no join was asked for", "no event was seen"]);
    }

    #[test]
    fn percentiles_are_those_of_the_sorted_values() {
        let mut spread = Spread::default();
        assert_eq!(spread.percentile(50), None);
        for milliseconds in [5, 1, 9, 1] {
            spread.add(milliseconds);
        }
        assert_eq!([50, 75, 99].map(|percent| spread.percentile(percent)), [Some(1), Some(5), Some(9)]);
    }
}
