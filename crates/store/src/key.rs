//! The name of a record, log or queue within a tenant.

use std::fmt::{self, Write as _};

/// A colon and an id of ours.
const USUAL_ID: usize = 48;

/// The name of a record, a log or a queue within a tenant: a kind and an id, written `call:<id>`.
///
/// A key holds one sort of thing for its whole life: a record (with data, or with leases), a log, or a queue. A second sort
/// at the same key is [`StoreError::Corrupt`](crate::StoreError::Corrupt).
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Key {
    name: String,
    kind_length: usize,
}

impl Key {
    /// The key of the `kind` (lower-case letters, digits and hyphens, such as `call`) with an `id`, which may be any text.
    #[must_use]
    pub fn new(kind: &'static str, id: impl fmt::Display) -> Self {
        debug_assert!(is_kind(kind), "{kind:?} is no kind of key");
        // Keys are made by the dozen for each command: with room for any usual id, and never grown or cut to size.
        let mut name = String::with_capacity(kind.len() + USUAL_ID);
        name.push_str(kind);
        name.push(':');
        write!(name, "{id}").expect("a string takes whatever is written to it");
        Self { name, kind_length: kind.len() }
    }

    /// A key as it was written by [`Self::as_str`]; none if `text` is no key.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (kind, _) = text.split_once(':')?;
        is_kind(kind).then(|| Self { name: text.into(), kind_length: kind.len() })
    }

    /// One of our own, for errors that name it. It has no id.
    pub(crate) fn own(name: &'static str) -> Self {
        Self { name: name.into(), kind_length: name.len() }
    }

    /// The whole key, `call:<id>`.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.name
    }

    /// What is before the first colon.
    #[must_use]
    pub fn kind(&self) -> &str {
        &self.name[..self.kind_length]
    }

    /// What is behind the first colon.
    #[must_use]
    pub fn id(&self) -> &str {
        self.name.get(self.kind_length + 1..).unwrap_or_default()
    }
}

/// Keys of our own (`timers`, `log@mailbox:<user>`) are no kinds, so nobody's record is ever taken for one of them.
fn is_kind(kind: &str) -> bool {
    let is_letter = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    !kind.is_empty() && kind.bytes().all(is_letter)
}

impl fmt::Display for Key {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.name)
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Key({})", self.name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_split_at_its_first_colon() {
        let key = Key::new("request", "f:google:7:abc");
        assert_eq!((key.kind(), key.id()), ("request", "f:google:7:abc"));
        assert_eq!(Key::parse(key.as_str()), Some(key));
    }

    #[test]
    fn what_is_no_key_is_not_taken_for_one() {
        for text in ["", "timers", "log@mailbox:mona", ":x", "Call:x"] {
            assert_eq!(Key::parse(text), None, "{text:?}");
        }
    }
}
