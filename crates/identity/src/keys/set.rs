//! The usable keys of one JWKS document.

use std::sync::Arc;

use serde::Deserialize;
use serde_json::Value;

use super::Key;
use super::jwk::{Jwk, Unusable};
use crate::Algorithm;

/// The most keys that a document may hold.
const MAX_KEYS: usize = 50;

/// The usable keys of an issuer; at least one.
#[derive(Debug)]
pub(super) struct KeySet {
    pub(super) keys: Vec<Arc<Key>>,
    /// The keys that are left alone, by id.
    pub(super) unusable: Vec<(String, Unusable)>,
}

/// Why a document is not taken as a key set.
#[derive(Debug, thiserror::Error)]
pub(super) enum UnusableSet {
    #[error("it is no JSON Web Key Set")]
    Malformed(#[source] serde_json::Error),
    #[error("it holds {0} keys; at most {MAX_KEYS} are read")]
    TooMany(usize),
    #[error("it holds no key for checking signatures with an accepted algorithm")]
    Empty,
}

/// What a set says about a key id and an algorithm.
#[derive(Debug)]
pub(super) enum Lookup {
    Found(Arc<Key>),
    /// There is a key with this id, and it is used with another algorithm.
    OtherAlgorithm,
    Unknown,
}

#[derive(Deserialize)]
struct Document {
    keys: Vec<Value>,
}

impl KeySet {
    /// Reads a document. A key that `previous` holds too stays the same key, so what it signed stays remembered.
    pub(super) fn read(
        document: &[u8],
        allowed: &[Algorithm],
        previous: Option<&Self>,
    ) -> Result<Self, UnusableSet> {
        let document: Document = serde_json::from_slice(document).map_err(UnusableSet::Malformed)?;
        if document.keys.len() > MAX_KEYS {
            return Err(UnusableSet::TooMany(document.keys.len()));
        }
        let mut set = Self { keys: Vec::new(), unusable: Vec::new() };
        for published in document.keys {
            set.add(published, allowed, previous);
        }
        if set.keys.is_empty() { Err(UnusableSet::Empty) } else { Ok(set) }
    }

    fn add(&mut self, published: Value, allowed: &[Algorithm], previous: Option<&Self>) {
        let Ok(jwk) = serde_json::from_value::<Jwk>(published) else {
            self.unusable.push((String::new(), Unusable::NotAKey));
            return;
        };
        if let Some(known) = previous.and_then(|previous| previous.made_from(&jwk)) {
            self.keys.push(known);
            return;
        }
        let id = jwk.id().to_owned();
        match jwk.prepare(allowed) {
            Ok(key) => self.keys.push(Arc::new(key)),
            Err(unusable) => self.unusable.push((id, unusable)),
        }
    }

    fn made_from(&self, jwk: &Jwk) -> Option<Arc<Key>> {
        self.keys.iter().find(|key| key.published == *jwk).cloned()
    }

    /// The key with this id for this algorithm. Sets are small, so looking through one is cheaper than hashing.
    pub(super) fn find(&self, id: &str, algorithm: Algorithm) -> Lookup {
        let mut lookup = Lookup::Unknown;
        for key in self.keys.iter().filter(|key| key.id == id) {
            if key.algorithm == algorithm {
                return Lookup::Found(key.clone());
            }
            lookup = Lookup::OtherAlgorithm;
        }
        lookup
    }

    /// The keys of this set that `other` lacks.
    pub(super) fn without<'set>(&'set self, other: &'set Self) -> impl Iterator<Item = &'set Arc<Key>> {
        self.keys.iter().filter(|key| !other.keys.iter().any(|kept| Arc::ptr_eq(key, kept)))
    }
}

#[cfg(test)]
mod tests;
