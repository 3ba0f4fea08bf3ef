//! How much one caller may ask of one replica.

use http_server::{LimitSettings, PerCaller, Problem};
use identity::Caller;

/// Joins, dry runs included.
pub(crate) struct JoinLimit(PerCaller);

/// Reads.
pub(crate) struct ReadLimit(PerCaller);

impl JoinLimit {
    pub(crate) fn new(settings: &LimitSettings) -> Self {
        Self(PerCaller::new(settings.joins()))
    }

    pub(crate) fn check(&self, caller: &Caller) -> Result<(), Problem> {
        self.0.check(caller)
    }
}

impl ReadLimit {
    pub(crate) fn new(settings: &LimitSettings) -> Self {
        Self(PerCaller::new(settings.reads()))
    }

    pub(crate) fn check(&self, caller: &Caller) -> Result<(), Problem> {
        self.0.check(caller)
    }
}
