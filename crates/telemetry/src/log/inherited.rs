//! What the lines of a request say without their writers having to: some fields of the outermost span.

use std::fmt::Debug;
use std::sync::Arc;

use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Record};

/// The fields of an outermost span that each of its lines carries: what was asked for and of whom.
const NAMES: &[&str] =
    &["http.request.method", "http.route", "tenant.id", "user.id", "device.id", "room.id", "call.id"];

/// The values of those fields, as texts. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub(super) struct Inherited(Arc<Vec<(&'static str, String)>>);

impl Inherited {
    /// What a new span has of them; `None` if it never will have any.
    pub(super) fn of(attributes: &Attributes<'_>) -> Option<Self> {
        if !attributes.metadata().fields().iter().any(|field| NAMES.contains(&field.name())) {
            return None;
        }
        let mut inherited = Self::default();
        attributes.record(&mut inherited);
        Some(inherited)
    }

    /// Takes over values that became known later.
    pub(super) fn record(&mut self, values: &Record<'_>) {
        values.record(self);
    }

    /// Name and value of each.
    pub(super) fn iter(&self) -> impl Iterator<Item = (&'static str, &str)> {
        self.0.iter().map(|(name, value)| (*name, value.as_str()))
    }

    fn set(&mut self, field: &Field, value: impl FnOnce() -> String) {
        let name = field.name();
        if NAMES.contains(&name) {
            let values = Arc::make_mut(&mut self.0);
            values.retain(|(other, _)| *other != name);
            values.push((name, value()));
        }
    }
}

impl Visit for Inherited {
    fn record_str(&mut self, field: &Field, value: &str) {
        self.set(field, || value.to_owned());
    }

    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.set(field, || format!("{value:?}"));
    }
}
