//! What an issuer says of the end of a login: OpenID Connect Back-Channel Logout 1.0.

use std::fmt;

use signal_protocol::Tenant;

use crate::refusal::TokenRefused::{self, Missing};
use crate::token::{Decoded, Untrusted, ended_login};
use crate::{Revocation, Verifier};

/// Verifies logout tokens of the issuers that a [`Verifier`] knows, with the same keys and by other rules: no token is good
/// for both.
#[derive(Clone)]
pub struct LogoutVerifier {
    verifier: Verifier,
    clients: Vec<String>,
}

/// What a logout token says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Logout {
    /// At which issuer.
    pub tenant: Tenant,
    /// Which token said so (`jti`): the same one may come again.
    pub token_id: String,
    /// What was ended.
    pub revocation: Revocation,
}

impl LogoutVerifier {
    /// Accepts what is addressed (`aud`) to one of `clients`; where there are none, to one of the issuer's
    /// `authorized_parties` or to its `audience`.
    #[must_use]
    pub const fn new(verifier: Verifier, clients: Vec<String>) -> Self {
        Self { verifier, clients }
    }

    /// What this logout token says. Asks nobody, except as [`Verifier::verify`] does.
    ///
    /// # Errors
    /// See [`TokenRefused`]. [`TokenRefused::Expired`] is one that is from too long ago.
    pub async fn verify(&self, token: &str) -> Result<Logout, TokenRefused> {
        if token.is_empty() {
            return Err(Missing);
        }
        let decoded = Decoded::new(token)?;
        let untrusted = Untrusted::parse_logout(&decoded)?;
        let shared = self.verifier.shared();
        let (realm, signed) = shared.signed(untrusted).await?;
        ended_login(signed, &realm.issuer, &self.clients, shared.limits, shared.clock.now())
    }
}

impl fmt::Debug for LogoutVerifier {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("LogoutVerifier").field("clients", &self.clients).finish_non_exhaustive()
    }
}
