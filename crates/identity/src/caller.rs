//! Who is calling, once that is certain.

use std::fmt;

use clock::{DateTime, Utc};
use serde_json::Value;
use signal_protocol::{Tenant, UserId};
use zeroize::Zeroizing;

use crate::token::claim;

/// A person or a service whose token was verified. There is no other way to one than [`Verifier::verify`].
///
/// [`Verifier::verify`]: crate::Verifier::verify
pub struct Caller {
    /// Who: the token's `sub`. Unique within the tenant only.
    pub user: UserId,
    /// Of which realm.
    pub tenant: Tenant,
    /// What others may see as the name, fit for display: trimmed, at most 128 characters, no control characters, and
    /// never an e-mail address.
    pub name: Option<String>,
    /// The login session at the issuer (`sid`), by which it can be ended.
    pub session: Option<String>,
    /// Whether the caller has the role `realtime-admin`.
    pub administrator: bool,
    /// Whether the caller may act on any call of the realm without being a party, by the role `act-on-calls` of the
    /// client that is our audience. Only our own service account has it.
    pub acts_on_calls: bool,
    /// The token's `iat`.
    pub issued_at: DateTime<Utc>,
    /// The token's `exp`.
    pub expires_at: DateTime<Utc>,
    pub(crate) token: Zeroizing<String>,
}

impl Caller {
    /// The token itself, to relay to a service that verifies it too. Nothing else should be done with it.
    #[must_use]
    pub fn token(&self) -> &str {
        &self.token
    }

    /// A claim by its name, or by a dotted path into nested ones: `groups`, `realm_access.roles`. A claim whose own
    /// name holds dots is found by that name. It is read from the token each time, so ask once.
    #[must_use]
    pub fn claim(&self, path: &str) -> Option<Value> {
        claim(&self.token, path)
    }
}

impl fmt::Debug for Caller {
    /// Who it is, without the token and without what it says about the person.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Caller")
            .field("user", &self.user)
            .field("tenant", &self.tenant)
            .field("administrator", &self.administrator)
            .field("acts_on_calls", &self.acts_on_calls)
            .field("expires_at", &self.expires_at)
            .finish_non_exhaustive()
    }
}
