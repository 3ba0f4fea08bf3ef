//! A published key, and whether it may be used to check the signatures of tokens.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::DecodingKey;
use serde::Deserialize;

use super::Key;
use crate::Algorithm;

/// The members of a JWK (RFC 7517) that matter here.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[cfg_attr(test, derive(Default))]
pub(super) struct Jwk {
    kty: String,
    kid: Option<String>,
    r#use: Option<String>,
    key_ops: Option<Vec<String>>,
    alg: Option<String>,
    crv: Option<String>,
    n: Option<String>,
    e: Option<String>,
    x: Option<String>,
    y: Option<String>,
}

/// Why a published key is left alone. The others of its set are used all the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum Unusable {
    #[error("it is no JSON Web Key")]
    NotAKey,
    #[error("it has no id")]
    NoId,
    #[error("it is not for signatures")]
    OtherUse,
    #[error("its algorithm is not accepted or does not fit it")]
    Algorithm,
    #[error("it is weaker than RSA with 2048 bits, or larger than can be checked")]
    Strength,
    #[error("its parameters are missing or broken")]
    Parameters,
}

impl Jwk {
    /// The key's id, for logs.
    pub(super) fn id(&self) -> &str {
        self.kid.as_deref().unwrap_or("")
    }

    /// The key ready for use, if it may be used with one of the `allowed` algorithms.
    pub(super) fn prepare(self, allowed: &[Algorithm]) -> Result<Key, Unusable> {
        let id = self.kid.clone().filter(|id| !id.is_empty()).ok_or(Unusable::NoId)?;
        if !self.is_for_signatures() {
            return Err(Unusable::OtherUse);
        }
        let algorithm = self.algorithm(allowed).ok_or(Unusable::Algorithm)?;
        let prepared = match algorithm {
            Algorithm::Rs256 | Algorithm::Ps256 => self.rsa()?,
            Algorithm::Es256 => self.p256()?,
            Algorithm::EdDsa => self.ed25519()?,
        };
        Ok(Key::new(id, algorithm, self, prepared))
    }

    /// `use: sig`. A key without `use` says by `key_ops` what it is for; one with neither says nothing, and is left
    /// alone: the specification wants keys that are published for signatures. Where both stand they must agree.
    fn is_for_signatures(&self) -> bool {
        let verifies = self.key_ops.as_ref().map(|operations| operations.iter().any(|one| one == "verify"));
        match self.r#use.as_deref() {
            Some(purpose) => purpose == "sig" && verifies != Some(false),
            None => verifies == Some(true),
        }
    }

    /// The one algorithm this key is used with: its own, or, where it names none, the only allowed one that fits it.
    fn algorithm(&self, allowed: &[Algorithm]) -> Option<Algorithm> {
        let mut fitting = allowed.iter().copied().filter(|algorithm| self.fits(*algorithm));
        if let Some(name) = &self.alg {
            return fitting.find(|algorithm| algorithm.as_str() == name);
        }
        let only = fitting.next()?;
        fitting.all(|other| other == only).then_some(only)
    }

    fn fits(&self, algorithm: Algorithm) -> bool {
        let curve = self.crv.as_deref();
        match algorithm {
            Algorithm::Rs256 | Algorithm::Ps256 => self.kty == "RSA",
            Algorithm::Es256 => self.kty == "EC" && curve == Some("P-256"),
            Algorithm::EdDsa => self.kty == "OKP" && curve == Some("Ed25519"),
        }
    }

    fn rsa(&self) -> Result<DecodingKey, Unusable> {
        let modulus = parameter(self.n.as_ref())?;
        let exponent = parameter(self.e.as_ref())?;
        // 8192 bits are the most that the library checks, which bounds what one signature can cost.
        if !(2048..=8192).contains(&bits(&modulus)) {
            return Err(Unusable::Strength);
        }
        // With an exponent of 1 anybody can make signatures; an even one is no RSA key; long ones only cost time.
        let is_sound =
            exponent.last().is_some_and(|last| last % 2 == 1) && (2..=33).contains(&bits(&exponent));
        if !is_sound {
            return Err(Unusable::Parameters);
        }
        Ok(DecodingKey::from_rsa_raw_components(unpadded(&modulus), unpadded(&exponent)))
    }

    fn p256(&self) -> Result<DecodingKey, Unusable> {
        let (x, y) = (parameter(self.x.as_ref())?, parameter(self.y.as_ref())?);
        if x.len() != 32 || y.len() != 32 {
            return Err(Unusable::Parameters);
        }
        // The uncompressed form of a point: the byte 4, then both coordinates.
        Ok(DecodingKey::from_ec_der(&[&[4][..], &x, &y].concat()))
    }

    fn ed25519(&self) -> Result<DecodingKey, Unusable> {
        let x = parameter(self.x.as_ref())?;
        if x.len() == 32 { Ok(DecodingKey::from_ed_der(&x)) } else { Err(Unusable::Parameters) }
    }
}

fn parameter(encoded: Option<&String>) -> Result<Vec<u8>, Unusable> {
    encoded.and_then(|encoded| URL_SAFE_NO_PAD.decode(encoded).ok()).ok_or(Unusable::Parameters)
}

/// The number without leading zero bytes, which the library would count as part of its size.
fn unpadded(number: &[u8]) -> &[u8] {
    let zeros = number.iter().take_while(|byte| **byte == 0).count();
    &number[zeros..]
}

fn bits(number: &[u8]) -> usize {
    let number = unpadded(number);
    number.first().map_or(0, |first| number.len() * 8 - first.leading_zeros() as usize)
}

#[cfg(test)]
mod tests;
