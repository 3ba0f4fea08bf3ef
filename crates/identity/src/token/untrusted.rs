//! What a token claims before anything about it was checked.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value};

use super::unique::Object;
use crate::keys::Key;
use crate::refusal::TokenRefused::{self, Invalid};
use crate::{Algorithm, MAX_TOKEN_BYTES, refusal::reason};

/// A well-formed token whose signature was not checked. Of its claims only the issuer can be seen, to find the key.
pub(crate) struct Untrusted<'token> {
    algorithm: Algorithm,
    key_id: String,
    claims: Map<String, Value>,
    /// The header and the payload as they were signed.
    message: &'token str,
    signature: &'token str,
}

/// The claims of a token whose signature is that of a key of its issuer. Whether they are in order is another question.
pub(crate) struct Signed(Map<String, Value>);

impl<'token> Untrusted<'token> {
    /// Takes the token apart. Nothing in its header leads to a key of its own choice: `jku`, `x5u` and `jwk` are not
    /// read.
    pub(crate) fn parse(token: &'token str) -> Result<Self, TokenRefused> {
        if token.len() > MAX_TOKEN_BYTES {
            return Err(Invalid(reason::TOO_LONG));
        }
        let (message, signature) = token.rsplit_once('.').ok_or(Invalid(reason::MALFORMED))?;
        // A third dot ends up in the payload, where no decoder accepts it.
        let (header, payload) = message.split_once('.').ok_or(Invalid(reason::MALFORMED))?;
        let (algorithm, key_id) = read_header(object(header)?)?;
        Ok(Self { algorithm, key_id, claims: object(payload)?, message, signature })
    }

    /// What it says its issuer is.
    pub(crate) fn issuer(&self) -> Result<&str, TokenRefused> {
        self.claims.get("iss").and_then(Value::as_str).ok_or(Invalid(reason::ISSUER))
    }

    pub(crate) fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    pub(crate) fn key_id(&self) -> &str {
        &self.key_id
    }

    /// The claims, if `key` signed them. The caller has chosen `key` by the token's issuer, key id and algorithm.
    pub(crate) fn verify(self, key: &Key) -> Result<Signed, TokenRefused> {
        if key.verifies(self.signature, self.message) {
            Ok(Signed(self.claims))
        } else {
            Err(Invalid(reason::SIGNATURE))
        }
    }
}

impl Signed {
    pub(super) fn into_claims(self) -> Map<String, Value> {
        self.0
    }

    /// Claims that nobody signed, to test the rules alone.
    #[cfg(test)]
    pub(super) fn for_rules(claims: Map<String, Value>) -> Self {
        Self(claims)
    }
}

fn object(encoded: &str) -> Result<Map<String, Value>, TokenRefused> {
    let json = URL_SAFE_NO_PAD.decode(encoded).map_err(|_| Invalid(reason::MALFORMED))?;
    let object: Object = serde_json::from_slice(&json).map_err(|_| Invalid(reason::MALFORMED))?;
    if object.has_duplicate { Err(Invalid(reason::DUPLICATE)) } else { Ok(object.members) }
}

fn read_header(mut header: Map<String, Value>) -> Result<(Algorithm, String), TokenRefused> {
    // We understand no extension, and `crit` says that one must be understood.
    if header.contains_key("crit") {
        return Err(Invalid(reason::CRITICAL));
    }
    if header.get("typ").is_some_and(|typ| !is_jwt(typ)) {
        return Err(Invalid(reason::HEADER_TYPE));
    }
    let algorithm = header.get("alg").and_then(Value::as_str).and_then(Algorithm::named);
    let algorithm = algorithm.ok_or(Invalid(reason::ALGORITHM))?;
    // Trying every key in turn instead would let a token choose how much work it makes; Keycloak always names its key.
    match header.remove("kid") {
        Some(Value::String(key_id)) if !key_id.is_empty() => Ok((algorithm, key_id)),
        Some(_) | None => Err(Invalid(reason::KEY_ID)),
    }
}

/// Media types are compared without regard to case (RFC 7515, section 4.1.9).
fn is_jwt(typ: &Value) -> bool {
    typ.as_str().is_some_and(|typ| typ.eq_ignore_ascii_case("JWT") || typ.eq_ignore_ascii_case("at+jwt"))
}
