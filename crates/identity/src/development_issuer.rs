//! An issuer of tokens in the shape of Keycloak's, for the dev server and for tests: keys, documents and signatures.
//!
//! It serves nothing and knows no passwords; whoever uses it decides who gets a token. It is a feature of this crate
//! so that only `identity` handles JSON Web Tokens, and off in every production binary, because it signs whatever it
//! is given.

mod claims;
mod credentials;
mod documents;
mod signing_key;

use std::sync::OnceLock;
use std::{iter, mem};

use serde_json::{Value, json};

pub use claims::{Profile, ServiceProfile};
pub use credentials::ClientCredentials;
pub use documents::{CERTS_PATH, DISCOVERY_PATH, TOKEN_PATH};
pub use signing_key::SigningKey;

use crate::Algorithm;

/// An issuer with its keys. The newest signing key signs; all of them are published.
#[derive(Debug)]
pub struct DevelopmentIssuer {
    url: String,
    newest: SigningKey,
    older: Vec<SigningKey>,
}

impl DevelopmentIssuer {
    /// An issuer with new RSA keys of 2048 bits. `url` is its `iss`, byte for byte.
    #[must_use]
    pub fn new(url: &str) -> Self {
        Self::with_algorithm(url, Algorithm::Rs256)
    }

    /// An issuer that signs with `algorithm`.
    #[must_use]
    pub fn with_algorithm(url: &str, algorithm: Algorithm) -> Self {
        Self { url: url.to_owned(), newest: SigningKey::generate(algorithm), older: Vec::new() }
    }

    /// Its `iss`.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The key that signs.
    #[must_use]
    pub const fn signing_key(&self) -> &SigningKey {
        &self.newest
    }

    /// Signs with a new key from now on. Tokens of the older ones stay verifiable until those are withdrawn.
    pub fn rotate(&mut self) {
        self.rotate_to(SigningKey::generate(self.newest.algorithm()));
    }

    /// Signs with `key` from now on.
    pub fn rotate_to(&mut self, key: SigningKey) {
        self.older.push(mem::replace(&mut self.newest, key));
    }

    /// No longer publishes any key but the newest, and gives the withdrawn ones back.
    pub fn withdraw_old_keys(&mut self) -> Vec<SigningKey> {
        mem::take(&mut self.older)
    }

    /// The discovery document, for [`DISCOVERY_PATH`] below the issuer's URL.
    #[must_use]
    pub fn discovery(&self) -> Value {
        documents::discovery(&self.url)
    }

    /// The JWK set, for [`CERTS_PATH`] below the issuer's URL. Like Keycloak's it holds a key for encryption too.
    #[must_use]
    pub fn jwks(&self) -> Value {
        let signing = iter::once(&self.newest).chain(&self.older);
        let mut keys: Vec<Value> = signing.map(SigningKey::jwk).collect();
        keys.push(encryption_key().encryption_jwk());
        json!({ "keys": keys })
    }

    /// A token that says `claims`, as they are.
    #[must_use]
    pub fn sign(&self, claims: &Value) -> String {
        self.newest.sign(&json!({}), claims)
    }

    /// The same with members of the header replaced, or left out where `header` has `null`.
    #[must_use]
    pub fn sign_with(&self, header: &Value, claims: &Value) -> String {
        self.newest.sign(header, claims)
    }
}

/// Published as Keycloak publishes one, for verifiers to leave alone. Nobody decrypts with it, so one serves every
/// issuer of the process and is made once: making RSA keys takes long.
fn encryption_key() -> &'static SigningKey {
    static KEY: OnceLock<SigningKey> = OnceLock::new();
    KEY.get_or_init(|| SigningKey::generate(Algorithm::Rs256))
}
