//! Everything that is wrong with the settings, in one readable list.

use std::fmt;

use crate::Service;
use crate::names::Names;

/// The faults found in a service's settings. The value of a secret is in none of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Faults {
    service: &'static str,
    /// Boxed, so that a `Result` with this error stays small.
    names: Box<Names>,
    /// The sections whose check is under way.
    inside: Vec<String>,
    list: Vec<Fault>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Fault {
    name: String,
    problem: String,
}

impl Faults {
    /// An empty list, for a section's own tests; [`load`](crate::load) makes the one that matters.
    #[must_use]
    pub fn new(service: &Service) -> Self {
        Self::with_names(service, Names::new(service.prefix))
    }

    pub(crate) fn with_names(service: &Service, names: Names) -> Self {
        Self { service: service.name, names: Box::new(names), inside: Vec::new(), list: Vec::new() }
    }

    /// Adds a fault of the setting at `path` (`token_ttl_seconds`, relative to the section being checked; an element
    /// of a list is `issuers[0].tenant`). `problem` goes on where the name ends: "is 10; it must be …".
    pub fn add(&mut self, path: &str, problem: impl Into<String>) {
        let mut whole = self.inside.clone();
        whole.push(path.to_owned());
        self.list.push(Fault { name: self.names.of(&whole.join(".")), problem: problem.into() });
    }

    /// Checks a section: paths added inside `check` are relative to `path`.
    pub fn section(&mut self, path: &str, check: impl FnOnce(&mut Self)) {
        self.inside.push(path.to_owned());
        check(self);
        self.inside.pop();
    }

    /// Adds a fault of the setting at `path`, unless it has one. What this crate finds in several passes, each of
    /// which sees what the one before has left, is told once.
    pub(crate) fn add_first(&mut self, path: &str, problem: impl Into<String>) {
        self.add_named(self.names.of(path), problem);
    }

    /// The same for something that may be no setting: a stray variable, the file itself.
    pub(crate) fn add_named(&mut self, name: String, problem: impl Into<String>) {
        if self.list.iter().all(|fault| fault.name != name) {
            self.list.push(Fault { name, problem: problem.into() });
        }
    }

    /// Whether nothing is wrong.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// Each fault: the setting's name as its user wrote it, and what is wrong with it.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.list.iter().map(|fault| (fault.name.as_str(), fault.problem.as_str()))
    }
}

impl fmt::Display for Faults {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let count = match self.list.len() {
            1 => "1 setting is".to_owned(),
            count => format!("{count} settings are"),
        };
        writeln!(formatter, "{} cannot start: {count} wrong.\n", self.service)?;
        for fault in &self.list {
            writeln!(formatter, "  {}   {}", fault.name, fault.problem)?;
        }
        Ok(())
    }
}

impl std::error::Error for Faults {}
