//! From a bearer token to a caller: RS256 with a key prepared at the start, and, where asked for, a map of tokens
//! already verified.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use anyhow::Context as _;
use jsonwebtoken::jwk::JwkSet;
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode, decode_header};
use serde::Deserialize;

use crate::Arguments;

/// What a join needs of a Keycloak access token.
#[derive(Debug, Deserialize)]
pub(crate) struct Caller {
    pub(crate) sub: String,
    pub(crate) name: Option<String>,
    #[serde(default)]
    pub(crate) groups: Vec<String>,
    typ: String,
    exp: i64,
}

/// Verifies tokens of one issuer.
pub(crate) struct Callers {
    keys: HashMap<String, DecodingKey>,
    validation: Validation,
    remembered: Option<RwLock<HashMap<String, Arc<Caller>>>>,
}

impl Callers {
    pub(crate) fn new(keys: &JwkSet, arguments: &Arguments) -> Self {
        let mut validation = Validation::new(Algorithm::RS256);
        validation.set_audience(&[&arguments.audience]);
        validation.set_issuer(&[&arguments.issuer]);
        validation.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
        let keys = keys
            .keys
            .iter()
            .filter_map(|key| Some((key.common.key_id.clone()?, DecodingKey::from_jwk(key).ok()?)))
            .collect();
        let remembered = arguments.remember.then(RwLock::default);
        Self { keys, validation, remembered }
    }

    /// The caller that `token` speaks for, as of `now` in Unix seconds.
    pub(crate) fn verify(&self, token: &str, now: i64) -> anyhow::Result<Arc<Caller>> {
        if let Some(remembered) = &self.remembered
            && let Some(caller) = remembered.read().unwrap_or_else(PoisonError::into_inner).get(token)
            && caller.exp > now
        {
            return Ok(caller.clone());
        }
        let kid = decode_header(token)?.kid.context("the token names no key")?;
        let key = self.keys.get(&kid).context("the token names an unknown key")?;
        let caller = decode::<Caller>(token, key, &self.validation)?.claims;
        anyhow::ensure!(caller.typ == "Bearer", "not an access token");
        let caller = Arc::new(caller);
        if let Some(remembered) = &self.remembered {
            remembered
                .write()
                .unwrap_or_else(PoisonError::into_inner)
                .insert(token.to_owned(), caller.clone());
        }
        Ok(caller)
    }
}
