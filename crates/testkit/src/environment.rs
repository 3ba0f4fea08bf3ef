//! The few variables by which a developer points the tests at what is already there.

use std::path::PathBuf;

/// The variable's value, unless it is unset or empty.
#[expect(clippy::disallowed_methods, reason = "where the components are is no setting of a service")]
pub(crate) fn text(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

/// The variable's value as a path, unless it is unset or empty.
#[expect(clippy::disallowed_methods, reason = "where the components are is no setting of a service")]
pub(crate) fn path(name: &str) -> Option<PathBuf> {
    std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from)
}
