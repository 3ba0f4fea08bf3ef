//! Whether the server can do its work, as told by those who know.

mod watch;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use clock::{Clock, DateTime, Utc};
use serde::Serialize;
use serde_json::Value;
use signal_protocol::timestamp;

/// What it means for the server when a check fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Requirement {
    /// The server cannot serve without it: unready.
    Required,
    /// The server serves what does not need it: degraded, still ready.
    Degrades,
}

/// The checks of one server. Cheap to clone; clones are the same.
#[derive(Clone)]
pub struct Readiness {
    state: Arc<Mutex<State>>,
    clock: Clock,
}

struct State {
    checks: BTreeMap<&'static str, Check>,
    draining: bool,
}

struct Check {
    requirement: Requirement,
    /// Why it fails. A check that has not reported yet fails.
    fails: Option<String>,
    last_good: Option<DateTime<Utc>>,
}

/// One check's handle, for whoever watches the dependency.
#[derive(Clone)]
pub struct Probe {
    name: &'static str,
    readiness: Readiness,
}

impl Readiness {
    /// No checks: ready.
    #[must_use]
    pub fn new(clock: Clock) -> Self {
        Self { state: Arc::new(Mutex::new(State { checks: BTreeMap::new(), draining: false })), clock }
    }

    /// Adds a check, which fails until it reports something else.
    #[must_use]
    pub fn register(&self, name: &'static str, requirement: Requirement) -> Probe {
        let check = Check { requirement, fails: Some("not checked yet".to_owned()), last_good: None };
        self.lock().checks.insert(name, check);
        Probe { name, readiness: self.clone() }
    }

    /// From now on unready, whatever the checks say: the server is about to end.
    pub fn drain(&self) {
        self.lock().draining = true;
    }

    pub(crate) fn report(&self) -> Report {
        let state = self.lock();
        let fails = |requirement| {
            state.checks.values().any(|check| check.requirement == requirement && check.fails.is_some())
        };
        let status = if state.draining || fails(Requirement::Required) {
            Status::Unready
        } else if fails(Requirement::Degrades) {
            Status::Degraded
        } else {
            Status::Ready
        };
        let checks = state.checks.iter().map(|(name, check)| (*name, check.report())).collect();
        Report { status, draining: state.draining, checks }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Probe {
    /// The dependency works, now.
    pub fn good(&self) {
        self.good_at(self.readiness.clock.now());
    }

    /// The dependency was last seen to work at `instant` and nothing bad was seen since.
    pub fn good_at(&self, instant: DateTime<Utc>) {
        if let Some(check) = self.readiness.lock().checks.get_mut(self.name) {
            check.fails = None;
            check.last_good = Some(instant);
        }
    }

    /// The dependency does not work. `reason` is read by operators; no secrets, no addresses of users.
    pub fn bad(&self, reason: impl Into<String>) {
        if let Some(check) = self.readiness.lock().checks.get_mut(self.name) {
            check.fails = Some(reason.into());
        }
    }
}

impl Check {
    fn report(&self) -> CheckReport {
        CheckReport {
            status: if self.fails.is_none() { "good" } else { "failing" },
            last_good: self.last_good.map_or(Value::Null, |instant| timestamp::format(instant).into()),
            reason: self.fails.clone(),
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Status {
    Ready,
    Degraded,
    Unready,
}

/// What `/readyz` answers.
#[derive(Debug, Serialize)]
pub(crate) struct Report {
    pub(crate) status: Status,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    draining: bool,
    checks: BTreeMap<&'static str, CheckReport>,
}

#[derive(Debug, Serialize)]
struct CheckReport {
    status: &'static str,
    last_good: Value,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn status(readiness: &Readiness) -> Status {
        readiness.report().status
    }

    #[test]
    fn a_required_check_makes_unready_and_the_other_kind_degrades() {
        let readiness = Readiness::new(Clock::manual(DateTime::UNIX_EPOCH));
        assert_eq!(status(&readiness), Status::Ready);
        let keys = readiness.register("keys", Requirement::Required);
        let sfu = readiness.register("sfu", Requirement::Degrades);
        assert_eq!(status(&readiness), Status::Unready);
        keys.good();
        assert_eq!(status(&readiness), Status::Degraded);
        sfu.good();
        assert_eq!(status(&readiness), Status::Ready);
        keys.bad("gone");
        assert_eq!(status(&readiness), Status::Unready);
    }

    #[test]
    fn the_report_has_the_last_good_time_of_a_check_that_fails_now() {
        let clock = Clock::manual(DateTime::UNIX_EPOCH);
        let readiness = Readiness::new(clock.clone());
        let sfu = readiness.register("sfu", Requirement::Degrades);
        sfu.good();
        clock.advance(clock::Duration::seconds(5));
        sfu.bad("timeout");
        assert_eq!(
            serde_json::to_value(readiness.report()).expect("JSON"),
            json!({ "status": "degraded", "checks": { "sfu": {
                "status": "failing", "last_good": "1970-01-01T00:00:00.000Z", "reason": "timeout",
            } } })
        );
    }

    #[test]
    fn draining_is_unready_though_every_check_is_good() {
        let readiness = Readiness::new(Clock::system());
        readiness.register("keys", Requirement::Required).good();
        readiness.drain();
        assert_eq!(serde_json::to_value(readiness.report()).expect("JSON")["status"], json!("unready"),);
    }
}
