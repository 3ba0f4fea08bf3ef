//! How much one caller may ask of one replica.
//!
//! Counted before anything else of a request is read, so that nobody can send broken bodies without end.

use std::num::NonZeroU32;
use std::sync::Arc;

use actix_web::dev::Payload;
use actix_web::web::Data;
use actix_web::{FromRequest, HttpRequest};
use futures_util::future::{FutureExt as _, LocalBoxFuture};
use http_server::{Authenticated, LimitSettings, PerCaller, Problem};
use identity::Caller;
use signal_protocol::{Candidate, ErrorCode, SignalPayload, UserId};

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

/// Looking for the one other member of a room, for clients that call rooms. As many as invites, of which each is followed
/// by one, but counted apart from them: the invite counts for itself.
pub(crate) struct PeerLimit(PerCaller);

/// Reports of media, each of which tells every party of the call something.
pub(crate) struct MediaLimit(PerCaller);

/// Commands that ring nobody.
pub(crate) struct CommandLimit(PerCaller);

/// Acts on rooms, of moderators and administrators: as many as commands to calls, and counted apart from them.
pub(crate) struct ModerationLimit(PerCaller);

/// Signals of peer-to-peer calls, of which one attempt at a connection has dozens.
pub(crate) struct SignalLimit {
    count: PerCaller,
    /// What they carry stays in the store for minutes, whatever becomes of the call.
    bytes: PerCaller,
}

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

impl PeerLimit {
    pub(crate) fn new(settings: &LimitSettings) -> Self {
        Self(PerCaller::new(settings.invites()))
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

impl ModerationLimit {
    pub(crate) fn new(settings: &LimitSettings) -> Self {
        Self(PerCaller::new(settings.commands()))
    }
}

impl SignalLimit {
    pub(crate) fn new(settings: &LimitSettings) -> Self {
        Self { count: PerCaller::new(settings.signals()), bytes: PerCaller::new(settings.signal_bytes()) }
    }

    /// Counts what a signal of `caller` carries, once it is known to be fit to be stored.
    pub(crate) fn check_payload(&self, caller: &Caller, payload: &SignalPayload) -> Result<(), Problem> {
        self.bytes.check_many(caller, weight(payload))
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

impl Limit for PeerLimit {
    fn check(&self, caller: &Caller) -> Result<(), Problem> {
        self.0.check(caller)
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

impl Limit for ModerationLimit {
    fn check(&self, caller: &Caller) -> Result<(), Problem> {
        self.0.check(caller)
    }
}

impl Limit for SignalLimit {
    fn check(&self, caller: &Caller) -> Result<(), Problem> {
        self.count.check(caller)
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

/// How many bytes a payload takes up in the store, about: its texts, and a little for what is around them.
fn weight(payload: &SignalPayload) -> NonZeroU32 {
    const AROUND: usize = 64;
    let SignalPayload { sdp, candidates, end: _, sealed } = payload;
    let text = |text: &Option<String>| text.as_ref().map_or(0, String::len);
    let candidates = candidates.iter().flatten().map(|candidate| {
        let Candidate { candidate, sdp_mid, sdp_m_line_index: _, username_fragment } = candidate;
        AROUND + candidate.len() + text(sdp_mid) + text(username_fragment)
    });
    let bytes = AROUND + text(sdp) + text(sealed) + candidates.sum::<usize>();
    u32::try_from(bytes).ok().and_then(NonZeroU32::new).unwrap_or(NonZeroU32::MAX)
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
