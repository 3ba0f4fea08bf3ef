//! What is read in one round trip, and what it gave.

use std::collections::BTreeMap;
use std::sync::Arc;

use clock::{DateTime, Utc};
use serde::de::DeserializeOwned;
use serde_json::error::Category;

use crate::metrics::Metrics;
use crate::{Key, StoreError};

/// How many records one read gives at most, referred ones included.
pub const MAX_RECORDS: usize = 4_096;

/// Which version of a record was seen. Opaque: it only tells versions apart, and no version of a record ever comes again, not
/// even after the record was deleted and made anew.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Version(pub(crate) u64);

impl Version {
    /// There is no such record.
    pub const ABSENT: Self = Self(0);
}

/// The records to read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Read {
    /// Where to begin.
    pub roots: Vec<Root>,
}

/// A record to read, and how far to follow its references.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Root {
    /// The record.
    pub key: Key,
    /// 0: only itself; 1: the records it refers to as well; 2: those that they refer to as well; more is taken as 2.
    pub follow: u8,
}

impl Read {
    /// Nothing yet.
    #[must_use]
    pub const fn new() -> Self {
        Self { roots: Vec::new() }
    }

    /// And this record, followed `follow` steps.
    #[must_use]
    pub fn and(mut self, key: Key, follow: u8) -> Self {
        self.roots.push(Root { key, follow });
        self
    }
}

/// Records as they were at one instant.
#[derive(Debug, Clone)]
pub struct Snapshot {
    /// The server's time of that instant, to the millisecond.
    pub now: DateTime<Utc>,
    pub(crate) records: BTreeMap<Key, Record>,
    pub(crate) metrics: Arc<Metrics>,
}

/// A record as it was read. An absent one has the version [`Version::ABSENT`] and nothing else.
#[derive(Debug, Clone)]
pub(crate) struct Record {
    pub(crate) version: Version,
    pub(crate) data: Option<Vec<u8>>,
    pub(crate) leases: BTreeMap<String, DateTime<Utc>>,
}

static NO_LEASES: BTreeMap<String, DateTime<Utc>> = BTreeMap::new();

impl Snapshot {
    /// The record's version; [`Version::ABSENT`] if there is none or it was not asked for.
    #[must_use]
    pub fn version(&self, key: &Key) -> Version {
        self.records.get(key).map_or(Version::ABSENT, |record| record.version)
    }

    /// What was put there; none if there is no such record or it was not asked for.
    #[must_use]
    pub fn data(&self, key: &Key) -> Option<&[u8]> {
        self.records.get(key)?.data.as_deref()
    }

    /// The same as JSON.
    ///
    /// # Errors
    /// [`StoreError::Corrupt`] if it is there and is no `T`; it is counted, and logged without its content.
    pub fn parse<T: DeserializeOwned>(&self, key: &Key) -> Result<Option<T>, StoreError> {
        let Some(data) = self.data(key) else { return Ok(None) };
        match serde_json::from_slice(data) {
            Ok(value) => Ok(Some(value)),
            Err(error) => Err(self.metrics.corrupt(key, &place_of(&error))),
        }
    }

    /// Until when each holder has a lease at this key, those that are over included.
    #[must_use]
    pub fn leases(&self, key: &Key) -> &BTreeMap<String, DateTime<Utc>> {
        self.records.get(key).map_or(&NO_LEASES, |record| &record.leases)
    }

    /// Every key that was asked for or referred to, absent ones included.
    pub fn keys(&self) -> impl Iterator<Item = &Key> {
        self.records.keys()
    }
}

/// Where what was read is no `T`. What the error says itself may quote what stands there.
fn place_of(error: &serde_json::Error) -> String {
    let what = match error.classify() {
        Category::Io | Category::Eof => "it ends too soon",
        Category::Syntax => "it is no JSON",
        Category::Data => "it is other JSON than expected",
    };
    format!("{what}, at line {} column {}", error.line(), error.column())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_said_of_a_record_that_cannot_be_read_quotes_nothing_of_it() {
        for (text, said) in [
            (r#""s3cret""#, "it is other JSON than expected, at line 1 column 8"),
            (r#"["s3cret"]"#, "it is other JSON than expected, at line 1 column 0"),
            ("s3cret", "it is no JSON, at line 1 column 1"),
            ("", "it ends too soon, at line 1 column 0"),
        ] {
            let error = serde_json::from_str::<u8>(text).expect_err("it is no number");
            assert_eq!(place_of(&error), said, "{text}");
        }
    }
}
