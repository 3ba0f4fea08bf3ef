//! Where tokens come from: people made in a real Keycloak, or an issuer of this process.

mod keycloak;

use std::sync::Arc;

use anyhow::Result;

pub(super) use keycloak::Realm;

use super::people::Token;

/// Makes a token of a person.
pub(super) type Sign = dyn Fn(&str) -> Token + Send + Sync;

/// How one person gets tokens.
pub(super) enum Login {
    Keycloak(keycloak::Session),
    Issuer { user_id: String, sign: Arc<Sign> },
}

impl Login {
    /// The `sub` of the tokens.
    pub(super) fn user_id(&self) -> &str {
        match self {
            Self::Keycloak(session) => session.user_id(),
            Self::Issuer { user_id, sign: _ } => user_id,
        }
    }

    /// A new token: the first of a login, or one of the same login.
    pub(super) async fn token(&mut self) -> Result<Token> {
        match self {
            Self::Keycloak(session) => session.token().await,
            Self::Issuer { user_id, sign } => Ok(sign(user_id)),
        }
    }
}
