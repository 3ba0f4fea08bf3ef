//! What a token claims before anything about it was checked.

use std::borrow::Cow;

use super::decoded::Decoded;
use super::json::{Json, Object};
use crate::keys::Key;
use crate::refusal::TokenRefused::{self, Invalid};
use crate::{Algorithm, refusal::reason};

/// A well-formed token whose signature was not checked. Of its claims only the issuer can be seen, to find the key.
pub(crate) struct Untrusted<'token> {
    algorithm: Algorithm,
    key_id: Cow<'token, str>,
    claims: Object<'token>,
    /// The header and the payload as they were signed.
    message: &'token str,
    signature: &'token str,
}

/// The claims of a token whose signature is that of a key of its issuer. Whether they are in order is another question.
pub(crate) struct Signed<'token>(Object<'token>);

impl<'token> Untrusted<'token> {
    /// Reads header and payload. Nothing in the header leads to a key of the token's own choice: `jku`, `x5u` and
    /// `jwk` are not looked at.
    pub(crate) fn parse(decoded: &'token Decoded<'token>) -> Result<Self, TokenRefused> {
        Self::parse_as(decoded, &["JWT", "at+jwt"])
    }

    /// The same for a logout token. Keycloak gives the type that is recommended for them; others give the general one.
    pub(crate) fn parse_logout(decoded: &'token Decoded<'token>) -> Result<Self, TokenRefused> {
        Self::parse_as(decoded, &["logout+jwt", "JWT"])
    }

    fn parse_as(decoded: &'token Decoded<'token>, types: &[&str]) -> Result<Self, TokenRefused> {
        let (algorithm, key_id) = read_header(object(&decoded.header)?, types)?;
        let claims = object(&decoded.payload)?;
        Ok(Self { algorithm, key_id, claims, message: decoded.message, signature: decoded.signature })
    }

    /// What it says its issuer is.
    pub(crate) fn issuer(&self) -> Result<&str, TokenRefused> {
        self.claims.text("iss").ok_or(Invalid(reason::ISSUER))
    }

    pub(crate) fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    pub(crate) fn key_id(&self) -> &str {
        &self.key_id
    }

    /// The claims, if `key` signed them. The caller has chosen `key` by the token's issuer, key id and algorithm.
    pub(crate) fn verify(self, key: &Key) -> Result<Signed<'token>, TokenRefused> {
        if key.verifies(self.signature, self.message) {
            Ok(Signed(self.claims))
        } else {
            Err(Invalid(reason::SIGNATURE))
        }
    }
}

impl<'token> Signed<'token> {
    pub(super) fn into_claims(self) -> Object<'token> {
        self.0
    }

    /// Claims that nobody signed, to test the rules alone.
    #[cfg(test)]
    pub(super) fn for_rules(claims: &'token str) -> Self {
        Self(object(claims).expect("claims are an object"))
    }
}

fn object(json: &str) -> Result<Object<'_>, TokenRefused> {
    let object: Object<'_> = serde_json::from_str(json).map_err(|_| Invalid(reason::MALFORMED))?;
    if object.has_duplicate() { Err(Invalid(reason::DUPLICATE)) } else { Ok(object) }
}

fn read_header<'header>(
    mut header: Object<'header>,
    types: &[&str],
) -> Result<(Algorithm, Cow<'header, str>), TokenRefused> {
    // We understand no extension, and `crit` says that one must be understood.
    if header.get("crit").is_some() {
        return Err(Invalid(reason::CRITICAL));
    }
    if header.get("typ").is_some_and(|typ| !is_one_of(typ, types)) {
        return Err(Invalid(reason::HEADER_TYPE));
    }
    let algorithm = header.text("alg").and_then(Algorithm::named).ok_or(Invalid(reason::ALGORITHM))?;
    // Trying every key in turn instead would let a token choose how much work it makes; Keycloak always names its key.
    match header.remove("kid") {
        Some(Json::Text(key_id)) if !key_id.is_empty() => Ok((algorithm, key_id)),
        Some(_) | None => Err(Invalid(reason::KEY_ID)),
    }
}

/// Media types are compared without regard to case (RFC 7515, section 4.1.9).
fn is_one_of(typ: &Json<'_>, types: &[&str]) -> bool {
    typ.as_text().is_some_and(|typ| types.iter().any(|one| typ.eq_ignore_ascii_case(one)))
}
