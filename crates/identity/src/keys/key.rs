//! One public key, ready to check signatures.

use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};

use jsonwebtoken::DecodingKey;

use super::jwk::Jwk;
use crate::Algorithm;

/// A public key, prepared once. It is the same key as long as its issuer publishes the same JWK.
pub(crate) struct Key {
    pub(super) id: String,
    pub(super) algorithm: Algorithm,
    /// What it was made from, to recognise it in the next set.
    pub(super) published: Jwk,
    prepared: DecodingKey,
    withdrawn: AtomicBool,
}

impl Key {
    pub(super) fn new(id: String, algorithm: Algorithm, published: Jwk, prepared: DecodingKey) -> Self {
        Self { id, algorithm, published, prepared, withdrawn: AtomicBool::new(false) }
    }

    /// A key that made no signature at all.
    #[cfg(test)]
    pub(crate) fn for_tests() -> Self {
        Self::new(String::new(), Algorithm::EdDsa, Jwk::default(), DecodingKey::from_ed_der(&[]))
    }

    /// Whether this key made `signature` (base64url) over `message`.
    pub(crate) fn verifies(&self, signature: &str, message: &str) -> bool {
        // An error is a signature that is no base64url: for the decision it is simply not this key's.
        jsonwebtoken::crypto::verify(
            signature,
            message.as_bytes(),
            &self.prepared,
            self.algorithm.of_library(),
        )
        .unwrap_or(false)
    }

    /// Whether its issuer no longer publishes it. What it signed is then worth nothing, remembered or not.
    pub(crate) fn is_withdrawn(&self) -> bool {
        self.withdrawn.load(Ordering::Acquire)
    }

    pub(super) fn withdraw(&self) {
        self.withdrawn.store(true, Ordering::Release);
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Key({}, {})", self.algorithm.as_str(), self.id)
    }
}
