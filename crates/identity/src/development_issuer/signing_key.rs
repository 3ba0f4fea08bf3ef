//! A private key and what is published of it.

use std::fmt;

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair as _, RSA_PKCS1_SHA256,
    RSA_PSS_SHA256, RsaEncoding, RsaKeyPair, RsaPublicKeyComponents,
};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use crate::Algorithm;

/// A private key. It lives in memory only.
pub struct SigningKey {
    kid: String,
    pair: Pair,
}

enum Pair {
    Pkcs1(RsaKeyPair),
    Pss(RsaKeyPair),
    P256(EcdsaKeyPair),
    Ed25519(Ed25519KeyPair),
}

impl SigningKey {
    /// A new key for `algorithm`; RSA ones have 2048 bits.
    ///
    /// # Panics
    /// When the operating system has no random numbers to give.
    #[must_use]
    pub fn generate(algorithm: Algorithm) -> Self {
        const REASON: &str = "a key can be generated wherever the operating system gives random numbers";
        let rsa = || RsaKeyPair::generate(KeySize::Rsa2048).expect(REASON);
        let pair = match algorithm {
            Algorithm::Rs256 => Pair::Pkcs1(rsa()),
            Algorithm::Ps256 => Pair::Pss(rsa()),
            Algorithm::Es256 => {
                Pair::P256(EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).expect(REASON))
            }
            Algorithm::EdDsa => Pair::Ed25519(Ed25519KeyPair::generate().expect(REASON)),
        };
        let kid = encode(Sha256::digest(pair.public_key()));
        Self { kid, pair }
    }

    /// The same key under another id.
    #[must_use]
    pub fn named(mut self, kid: &str) -> Self {
        kid.clone_into(&mut self.kid);
        self
    }

    /// Its id.
    #[must_use]
    pub fn kid(&self) -> &str {
        &self.kid
    }

    /// What it signs with.
    #[must_use]
    pub const fn algorithm(&self) -> Algorithm {
        match self.pair {
            Pair::Pkcs1(_) => Algorithm::Rs256,
            Pair::Pss(_) => Algorithm::Ps256,
            Pair::P256(_) => Algorithm::Es256,
            Pair::Ed25519(_) => Algorithm::EdDsa,
        }
    }

    /// Its public half as a JWK for signatures.
    #[must_use]
    pub fn jwk(&self) -> Value {
        self.published("sig", self.algorithm().as_str())
    }

    /// Its public half as Keycloak publishes a key for encryption. Only meant for RSA keys.
    #[must_use]
    pub fn encryption_jwk(&self) -> Value {
        self.published("enc", "RSA-OAEP")
    }

    /// A token with `claims`, and with the members of `header` on top of the usual ones; `null` leaves one out.
    #[must_use]
    pub fn sign(&self, header: &Value, claims: &Value) -> String {
        let mut full = json!({ "alg": self.algorithm().as_str(), "typ": "JWT", "kid": self.kid });
        if let (Some(full), Some(changes)) = (full.as_object_mut(), header.as_object()) {
            full.extend(changes.clone());
            full.retain(|_, value| !value.is_null());
        }
        self.sign_text(&full.to_string(), &claims.to_string())
    }

    /// A token of a header and a payload as they are, JSON or not.
    #[must_use]
    pub fn sign_text(&self, header: &str, payload: &str) -> String {
        let message = format!("{}.{}", encode(header), encode(payload));
        let signature = encode(self.pair.sign(message.as_bytes()));
        format!("{message}.{signature}")
    }

    fn published(&self, purpose: &str, algorithm: &str) -> Value {
        let mut jwk = match &self.pair {
            Pair::Pkcs1(pair) | Pair::Pss(pair) => {
                let public = RsaPublicKeyComponents::<Vec<u8>>::from(pair.public_key());
                json!({ "kty": "RSA", "n": encode(public.n), "e": encode(public.e) })
            }
            Pair::P256(pair) => {
                // An uncompressed point: the byte 4, then both coordinates.
                let (x, y) = pair.public_key().as_ref()[1..].split_at(32);
                json!({ "kty": "EC", "crv": "P-256", "x": encode(x), "y": encode(y) })
            }
            Pair::Ed25519(pair) => json!({ "kty": "OKP", "crv": "Ed25519", "x": encode(pair.public_key()) }),
        };
        jwk["kid"] = json!(self.kid);
        jwk["use"] = json!(purpose);
        jwk["alg"] = json!(algorithm);
        jwk
    }
}

impl Pair {
    fn public_key(&self) -> &[u8] {
        match self {
            Self::Pkcs1(pair) | Self::Pss(pair) => pair.public_key().as_ref(),
            Self::P256(pair) => pair.public_key().as_ref(),
            Self::Ed25519(pair) => pair.public_key().as_ref(),
        }
    }

    fn sign(&self, message: &[u8]) -> Vec<u8> {
        match self {
            Self::Pkcs1(pair) => sign_rsa(pair, &RSA_PKCS1_SHA256, message),
            Self::Pss(pair) => sign_rsa(pair, &RSA_PSS_SHA256, message),
            Self::P256(pair) => {
                let signature = pair.sign(&SystemRandom::new(), message);
                signature.expect("a generated key can sign").as_ref().to_vec()
            }
            Self::Ed25519(pair) => pair.sign(message).as_ref().to_vec(),
        }
    }
}

fn sign_rsa(pair: &RsaKeyPair, encoding: &'static dyn RsaEncoding, message: &[u8]) -> Vec<u8> {
    let mut signature = vec![0; pair.public_modulus_len()];
    pair.sign(encoding, &SystemRandom::new(), message, &mut signature).expect("a generated key can sign");
    signature
}

fn encode(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "SigningKey({}, {})", self.algorithm().as_str(), self.kid)
    }
}
