//! Why there is no token of our own.

use std::sync::Arc;

use http_client::{Failure, StatusCode};

/// Why there is no token of our own. Cheap to clone, because everybody who asks while an issuer is left alone hears of
/// the same failure.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum ServiceAccountFailure {
    /// No issuer of ours is the tenant's.
    #[error("the tenant is that of no configured issuer")]
    UnknownTenant,
    /// The issuer's discovery document could not be read.
    #[error("the discovery document could not be read")]
    Discovery(#[source] Arc<Failure>),
    /// The discovery document is another issuer's, or names no token endpoint that could be asked.
    #[error("the discovery document names no usable token endpoint of this issuer")]
    NoEndpoint,
    /// The token endpoint gave no whole answer.
    #[error("the token endpoint could not be asked")]
    Endpoint(#[source] Arc<Failure>),
    /// The issuer refused, most often because of a wrong secret or a client without a service account.
    #[error("the issuer refused with status {status}: {error}")]
    Refused {
        /// The answer's status.
        status: StatusCode,
        /// What the issuer called it, if that is a word of RFC 6749, section 5.2; else `unnamed`.
        error: &'static str,
    },
    /// The answer holds no bearer token that could be used.
    #[error("the token endpoint's answer holds no usable token")]
    Unusable,
    /// The process is about to end, or the asking panicked.
    #[error("the asking ended before its time")]
    Ended,
}

impl ServiceAccountFailure {
    /// The failure as one stable word for metrics.
    pub(crate) const fn kind(&self) -> &'static str {
        match self {
            Self::UnknownTenant => "unknown_tenant",
            Self::Discovery(_) | Self::Endpoint(_) => "unreachable",
            Self::Refused { .. } => "refused",
            Self::NoEndpoint | Self::Unusable => "unusable",
            Self::Ended => "ended",
        }
    }
}
