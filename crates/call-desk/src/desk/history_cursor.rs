//! Where to go on in somebody's history.

use std::fmt;

/// Before which entry, in which of somebody's logs, should it have been begun again. Opaque to clients.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HistoryCursor {
    /// Which log.
    pub(crate) born: u64,
    /// The offset of the last entry that was given.
    pub(crate) before: u64,
}

impl HistoryCursor {
    /// Reads what a client sent.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (born, before) = text.split_once('-')?;
        Some(Self { born: born.parse().ok()?, before: before.parse().ok()? })
    }
}

impl fmt::Display for HistoryCursor {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}-{}", self.born, self.before)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_is_read_as_it_was_written_and_nothing_else_is() {
        let cursor = HistoryCursor { born: 7, before: u64::MAX };
        assert_eq!(HistoryCursor::parse(&cursor.to_string()), Some(cursor));
        for text in ["", "7", "7-", "-7", "7-8-9", "a-b", "7-99999999999999999999999"] {
            assert_eq!(HistoryCursor::parse(text), None, "{text:?}");
        }
    }
}
