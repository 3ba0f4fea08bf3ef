//! The few environment variables that the developer's commands look at.

/// The variable's value, unless it is unset, empty or no UTF-8.
#[expect(
    clippy::disallowed_methods,
    reason = "a developer's tool has no settings of its own; this is its one place that reads the environment"
)]
pub(crate) fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}
