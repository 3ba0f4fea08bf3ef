//! The signature of a hook, by Standard Webhooks: HMAC-SHA256 over `id.timestamp.body`.

use ::settings::Secret;
use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// What a secret begins with whose rest is base64.
const ENCODED: &str = "whsec_";

/// The shortest key that Standard Webhooks allows, in bytes. How long a secret must be outside development is for its
/// setting to say.
const SHORTEST_BYTES: usize = 24;

/// A key that signs hooks. Its `Debug` shows nothing of it.
#[derive(Debug, Clone)]
pub(crate) struct SigningKey(hmac::Key);

/// Why there is no key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum KeyFault {
    /// There is none.
    #[error("is missing; HOOKS__URL is given, and hooks are always signed")]
    Missing,
    /// What follows `whsec_` is not base64.
    #[error("begins with `whsec_`, and the rest is not base64")]
    NoBase64,
    /// What follows `whsec_` stands for too few bytes.
    #[error("begins with `whsec_`, and the rest stands for fewer than {SHORTEST_BYTES} bytes")]
    TooShort,
}

impl SigningKey {
    /// The key that a secret stands for: the bytes behind `whsec_`, or the secret as it is.
    pub(crate) fn parse(secret: &Secret) -> Result<Self, KeyFault> {
        let Some(encoded) = secret.expose().strip_prefix(ENCODED) else {
            return Ok(Self::of(secret.expose().as_bytes()));
        };
        let bytes = zeroize::Zeroizing::new(STANDARD.decode(encoded).map_err(|_| KeyFault::NoBase64)?);
        if bytes.len() < SHORTEST_BYTES { Err(KeyFault::TooShort) } else { Ok(Self::of(&bytes)) }
    }

    fn of(bytes: &[u8]) -> Self {
        Self(hmac::Key::new(hmac::HMAC_SHA256, bytes))
    }

    /// The value of `webhook-signature`. `timestamp` is in Unix seconds.
    pub(crate) fn sign(&self, id: &str, timestamp: i64, body: &[u8]) -> String {
        let mut signed = hmac::Context::with_key(&self.0);
        signed.update(format!("{id}.{timestamp}.").as_bytes());
        signed.update(body);
        format!("v1,{}", STANDARD.encode(signed.sign()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(secret: &str) -> Result<SigningKey, KeyFault> {
        SigningKey::parse(&Secret::from(secret.to_owned()))
    }

    /// The example of the specification's own libraries.
    #[test]
    fn a_known_message_has_its_known_signature() {
        let key = key("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").expect("a key");
        let signature = key.sign("msg_p5jXN8AQM9LWM0D4loKWxJek", 1_614_265_330, br#"{"test": 2432232314}"#);
        assert_eq!(signature, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }

    #[test]
    fn a_secret_without_the_prefix_is_its_own_bytes() {
        let encoded = STANDARD.encode("thirty-two bytes of a raw secret");
        let signatures = [format!("whsec_{encoded}"), "thirty-two bytes of a raw secret".to_owned()]
            .map(|secret| key(&secret).expect("a key").sign("id", 1, b"{}"));
        assert_eq!(signatures[0], signatures[1]);
    }

    #[test]
    fn what_is_announced_as_base64_must_be_base64_of_a_long_enough_key() {
        assert_eq!(key("whsec_no base64").err(), Some(KeyFault::NoBase64));
        assert_eq!(key("whsec_c2hvcnQ=").err(), Some(KeyFault::TooShort));
        let shown = format!("{:?}", key("a canary of at least thirty-two bytes").expect("a key"));
        assert!(!shown.contains("canary"), "{shown}");
    }
}
