//! What sockets need, shared by all of one replica.

use std::sync::Arc;
use std::time::Duration;

use clock::Clock;
use http_server::LimitSettings;
use identity::{Caller, LoginWatch, TokenRefused, Verifier};
use prometheus_client::registry::Registry;
use signal_protocol::ErrorCode;
use signal_protocol::socket::Close;
use signalling::{Identity, Limits};

use super::metrics::SignallingMetrics;
use super::sockets::Sockets;
use crate::SignallingSettings;
use crate::events::Feed;
use crate::limits::PeerLimit;
use crate::membership::Membership;

/// What sockets need.
pub(crate) struct SignallingDesk {
    pub(super) feed: Arc<Feed>,
    pub(super) membership: Arc<Membership>,
    /// How long it may take to find out who is in a room.
    pub(super) membership_deadline: Duration,
    pub(super) peer_limit: PeerLimit,
    pub(super) sockets: Sockets,
    pub(super) limits: Arc<Limits>,
    pub(super) metrics: SignallingMetrics,
    pub(super) longest_message: usize,
    verifier: Verifier,
    clock: Clock,
    /// How long load balancers are given to notice that this replica ends.
    notice: Duration,
    /// Over how long a time clients are sent away after that.
    spread: Duration,
}

/// What a desk is made of.
pub(crate) struct SignallingParts<'a> {
    pub(crate) feed: Arc<Feed>,
    pub(crate) membership: Arc<Membership>,
    /// How long it may take to find out who is in a room.
    pub(crate) membership_deadline: Duration,
    pub(crate) verifier: Verifier,
    pub(crate) clock: Clock,
    pub(crate) settings: &'a SignallingSettings,
    pub(crate) limits: &'a LimitSettings,
    /// `server.drain_seconds`.
    pub(crate) notice: Duration,
}

impl SignallingDesk {
    pub(crate) fn new(parts: SignallingParts<'_>, registry: &mut Registry) -> Self {
        let SignallingParts {
            feed,
            membership,
            membership_deadline,
            verifier,
            clock,
            settings,
            limits,
            notice,
        } = parts;
        Self {
            feed,
            membership,
            membership_deadline,
            peer_limit: PeerLimit::new(limits),
            sockets: Sockets::new(settings.sockets_per_user, settings.sockets_per_address),
            limits: Arc::new(settings.limits()),
            metrics: SignallingMetrics::register(registry),
            longest_message: settings.message_bytes,
            verifier,
            clock,
            notice,
            spread: settings.drain_spread(),
        }
    }

    /// Whose token this is, or why the socket is closed.
    pub(super) async fn verify(&self, token: &str) -> Result<Arc<Caller>, Close> {
        self.verifier.verify(token).await.map_err(|refused| match refused {
            TokenRefused::Missing => Close::TokenMissing,
            TokenRefused::Expired => {
                tracing::info!(code = ErrorCode::TokenExpired.as_str(), reason = "expired", "token.refused");
                Close::TokenExpired
            }
            TokenRefused::Invalid(reason) => {
                tracing::info!(code = ErrorCode::TokenInvalid.as_str(), reason, "token.refused");
                Close::TokenInvalid
            }
            TokenRefused::Unavailable => {
                tracing::warn!("token.unverifiable");
                Close::Unavailable(ErrorCode::IdentityUnavailable)
            }
        })
    }

    /// Begins to watch whether the login of a caller is ended.
    pub(super) fn watch_login(&self, caller: &Arc<Caller>) -> LoginWatch {
        self.verifier.revocations().watch(caller)
    }

    /// What the session has to know of a caller.
    pub(super) fn identity(&self, caller: &Caller) -> Identity {
        Identity {
            tenant: caller.tenant.clone(),
            user: caller.user.clone(),
            expires_in: (caller.expires_at - self.clock.now()).to_std().unwrap_or_default(),
            token_expires_at: caller.expires_at,
        }
    }

    /// When a client is sent away once the server is told to end: not before its successor is found, and not all at once.
    pub(super) fn farewell(&self) -> Duration {
        self.notice + self.spread.mul_f64(rand::random_range(0.0..1.0))
    }
}
