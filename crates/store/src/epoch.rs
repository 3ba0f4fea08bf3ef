//! Which unbroken history of a server a position belongs to.

use std::fmt;

/// Names an unbroken history of one server. After a restart or a failover, either of which may have lost the last commits,
/// there is another epoch, and a position of the one before means nothing.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Epoch(pub(crate) String);

impl Epoch {
    /// The epoch as text: lower-case hexadecimal digits.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// One that never was.
    pub(crate) fn random() -> Self {
        Self(format!("{:016x}", rand::random::<u64>()))
    }
}

impl fmt::Display for Epoch {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}
