//! Why nobody is let in.

/// Why a token yields no caller.
///
/// The kind is for the client; the reason inside [`Invalid`](Self::Invalid) is for the log and for metrics only,
/// because it would tell a forger how close they came.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TokenRefused {
    /// There is no token.
    #[error("there is no token")]
    Missing,
    /// It is no access token of a configured issuer. Asking again with the same token is useless.
    #[error("the token is not valid: {0}")]
    Invalid(&'static str),
    /// It is in order and was valid until a moment ago: the client should refresh it.
    #[error("the token has expired")]
    Expired,
    /// No keys of its issuer have ever been read, so nothing can be said about it.
    #[error("no key set of the issuer has been read yet")]
    Unavailable,
}

impl TokenRefused {
    /// The refusal as one stable word for metrics and logs.
    #[must_use]
    pub const fn reason(self) -> &'static str {
        match self {
            Self::Missing => "missing",
            Self::Invalid(reason) => reason,
            Self::Expired => "expired",
            Self::Unavailable => "unavailable",
        }
    }
}

/// The reasons of [`TokenRefused::Invalid`], one for each thing that is looked at.
pub(crate) mod reason {
    pub(crate) const TOO_LONG: &str = "too_long";
    pub(crate) const MALFORMED: &str = "malformed";
    pub(crate) const DUPLICATE: &str = "duplicate_claim";
    pub(crate) const CRITICAL: &str = "critical_header";
    pub(crate) const HEADER_TYPE: &str = "header_type";
    pub(crate) const ALGORITHM: &str = "algorithm";
    pub(crate) const KEY_ID: &str = "key_id";
    pub(crate) const ISSUER: &str = "issuer";
    pub(crate) const UNKNOWN_KEY: &str = "unknown_key";
    pub(crate) const SIGNATURE: &str = "signature";
    pub(crate) const TYPE: &str = "type";
    pub(crate) const AUDIENCE: &str = "audience";
    pub(crate) const AUTHORIZED_PARTY: &str = "authorized_party";
    pub(crate) const SUBJECT: &str = "subject";
    pub(crate) const SESSION: &str = "session";
    pub(crate) const EXPIRY: &str = "expiry";
    pub(crate) const ISSUED_AT: &str = "issued_at";
    pub(crate) const NOT_BEFORE: &str = "not_before";
    pub(crate) const LIFETIME: &str = "lifetime";
    pub(crate) const REVOKED: &str = "session_revoked";
    pub(crate) const EVENT: &str = "event";
    pub(crate) const NONCE: &str = "nonce";
    pub(crate) const TOKEN_ID: &str = "token_id";
}
