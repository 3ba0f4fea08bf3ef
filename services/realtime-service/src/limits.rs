//! How much one caller may ask of one replica.
//!
//! Counted before anything else of a request is read, so that nobody can send broken bodies without end.

use std::sync::Arc;

use actix_web::dev::Payload;
use actix_web::web::Data;
use actix_web::{FromRequest, HttpRequest};
use futures_util::future::{FutureExt as _, LocalBoxFuture};
use http_server::{Authenticated, LimitSettings, PerCaller, Problem};
use identity::Caller;
use signal_protocol::{ErrorCode, UserId};

use crate::metrics::ServiceMetrics;

/// Something that is counted by caller.
pub(crate) trait Limit: 'static {
    /// Counts one for `caller`, or tells when to come back.
    fn check(&self, caller: &Caller) -> Result<(), Problem>;
}

/// Joins, dry runs included.
pub(crate) struct JoinLimit {
    limit: PerCaller,
    metrics: ServiceMetrics,
}

/// Whatever rings somebody: invites, and adding people to a call.
pub(crate) struct InviteLimit {
    all: PerCaller,
    to_one: PerCaller,
    /// What a call costs grows with its parties, each of whom is told of each change.
    callees: PerCaller,
}

/// Reports of media, each of which tells every party of the call something.
pub(crate) struct MediaLimit(PerCaller);

/// Commands that ring nobody.
pub(crate) struct CommandLimit(PerCaller);

/// Signals of peer-to-peer calls, of which one attempt at a connection has dozens.
pub(crate) struct SignalLimit(PerCaller);

/// Asking for ICE servers, each answer of which is the right to a relay.
pub(crate) struct IceServersLimit(PerCaller);

/// Reads.
pub(crate) struct ReadLimit(PerCaller);

/// A caller who is within the limit `L`, which needs its `Data<L>` among the app data.
pub(crate) struct Within<L> {
    pub(crate) caller: Arc<Caller>,
    /// To count more by, once more is known.
    pub(crate) limit: Data<L>,
}

impl JoinLimit {
    pub(crate) fn new(settings: &LimitSettings, metrics: ServiceMetrics) -> Self {
        Self { limit: PerCaller::new(settings.joins()), metrics }
    }
}

impl InviteLimit {
    pub(crate) fn new(settings: &LimitSettings) -> Self {
        Self {
            all: PerCaller::new(settings.invites()),
            to_one: PerCaller::new(settings.invites_to_one()),
            callees: PerCaller::new(settings.callees()),
        }
    }

    /// Counts one for each of those whom `caller` wants to ring.
    pub(crate) fn check_callees(&self, caller: &Caller, callees: &[UserId]) -> Result<(), Problem> {
        callees.iter().try_for_each(|callee| {
            self.callees.check(caller)?;
            self.to_one.check_about(caller, callee)
        })
    }
}

impl MediaLimit {
    pub(crate) fn new(settings: &LimitSettings) -> Self {
        Self(PerCaller::new(settings.media_reports()))
    }
}

impl CommandLimit {
    pub(crate) fn new(settings: &LimitSettings) -> Self {
        Self(PerCaller::new(settings.commands()))
    }
}

impl SignalLimit {
    pub(crate) fn new(settings: &LimitSettings) -> Self {
        Self(PerCaller::new(settings.signals()))
    }
}

impl IceServersLimit {
    pub(crate) fn new(settings: &LimitSettings) -> Self {
        Self(PerCaller::new(settings.ice_servers()))
    }
}

impl ReadLimit {
    pub(crate) fn new(settings: &LimitSettings) -> Self {
        Self(PerCaller::new(settings.reads()))
    }
}

impl Limit for JoinLimit {
    fn check(&self, caller: &Caller) -> Result<(), Problem> {
        self.limit.check(caller).inspect_err(|problem| self.metrics.joined(problem.code().as_str()))
    }
}

impl Limit for InviteLimit {
    fn check(&self, caller: &Caller) -> Result<(), Problem> {
        self.all.check(caller)
    }
}

impl Limit for MediaLimit {
    fn check(&self, caller: &Caller) -> Result<(), Problem> {
        self.0.check(caller)
    }
}

impl Limit for CommandLimit {
    fn check(&self, caller: &Caller) -> Result<(), Problem> {
        self.0.check(caller)
    }
}

impl Limit for SignalLimit {
    fn check(&self, caller: &Caller) -> Result<(), Problem> {
        self.0.check(caller)
    }
}

impl Limit for IceServersLimit {
    fn check(&self, caller: &Caller) -> Result<(), Problem> {
        self.0.check(caller)
    }
}

impl Limit for ReadLimit {
    fn check(&self, caller: &Caller) -> Result<(), Problem> {
        self.0.check(caller)
    }
}

impl<L: Limit> FromRequest for Within<L> {
    type Error = Problem;
    type Future = LocalBoxFuture<'static, Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let caller = Authenticated::from_request(request, payload);
        let limit = request.app_data::<Data<L>>().cloned();
        async move {
            let Authenticated(caller) = caller.await?;
            let limit = limit.ok_or_else(|| {
                tracing::error!("handler.without_limit");
                Problem::new(ErrorCode::Internal)
            })?;
            limit.check(&caller)?;
            Ok(Self { caller, limit })
        }
        .boxed_local()
    }
}
