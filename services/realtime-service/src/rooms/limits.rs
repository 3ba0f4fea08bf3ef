//! How much one caller may ask.

use http_server::{LimitSettings, Limiter, Problem};
use identity::Caller;
use signal_protocol::{Tenant, UserId};

type Person = (Tenant, UserId);

/// Joins of one person, dry runs included.
pub(crate) struct JoinLimit(Limiter<Person>);

/// Reads of one person.
pub(crate) struct ReadLimit(Limiter<Person>);

impl JoinLimit {
    pub(crate) fn new(settings: &LimitSettings) -> Self {
        Self(Limiter::per_minute(settings.joins_per_minute, settings.joins_burst))
    }

    pub(crate) fn check(&self, caller: &Caller) -> Result<(), Problem> {
        self.0.check(&person(caller))
    }
}

impl ReadLimit {
    pub(crate) fn new(settings: &LimitSettings) -> Self {
        Self(Limiter::per_second(settings.reads_per_second, settings.reads_per_second))
    }

    pub(crate) fn check(&self, caller: &Caller) -> Result<(), Problem> {
        self.0.check(&person(caller))
    }
}

fn person(caller: &Caller) -> Person {
    (caller.tenant.clone(), caller.user.clone())
}
