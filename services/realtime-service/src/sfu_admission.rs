//! `GET /api/realtime/internal/sfu-admission`: whether somebody may connect to LiveKit, asked by the gateway before every connection
//! and every reconnection to LiveKit's signal endpoint.
//!
//! LiveKit cannot take a token back, and refreshes those of connected clients. So whoever was sent out of a room, or whose login was
//! ended, holds tokens that LiveKit itself takes; here they are worthless. The token is verified as LiveKit verifies it, and then
//! one read of the store says what has become of its bearer since it was given. Nobody else is asked: this is on the way of every
//! connection. What cannot be decided is refused; the gateway lets nobody through without a 204.

mod metrics;
mod question;

pub(crate) use metrics::AdmissionMetrics;

use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use http_server::{Problem, Refusal};
use room_tokens::{Gatekeeper, Visitor, VisitorRefused};
use signal_protocol::ErrorCode;
use store::{Read, Snapshot, Store, StoreError};
use tracing::Span;

use crate::moderation::Denial;
use crate::registry::Entry;
use crate::revocation::SignedOut;
use crate::settings::{MembershipSettings, SourceName};
use crate::sfu::Sfu;
use crate::stored::{denial_key, problem_of, signed_out_key};
use question::QuestionRefused;

/// Where it is asked.
pub(crate) const PATH: &str = "/api/realtime/internal/sfu-admission";

/// Where a gateway asks that puts a prefix before the original path.
pub(crate) const PREFIXED_PATH: &str = "/api/realtime/internal/sfu-admission/{path:.*}";

/// Why somebody may not connect.
#[derive(Debug, thiserror::Error)]
pub(crate) enum AdmissionRefused {
    #[error(transparent)]
    Question(#[from] QuestionRefused),
    #[error(transparent)]
    Token(#[from] VisitorRefused),
    /// They were sent out of the room, and the bar is not over.
    #[error("they may not be in this room")]
    Barred(ErrorCode),
    /// They were sent out of the room after the token was given, and the bar is over: a new join may let them in.
    #[error("the token is from before they were sent out of the room")]
    Void,
    /// Their login was ended after the token was given.
    #[error("the token is from before their login was ended")]
    SignedOut,
    /// They are no member any more, by the only source that there is.
    #[error("they are no member of the room any more")]
    NotMember,
    #[error("what has become of them since cannot be read")]
    Store(#[from] StoreError),
}

impl AdmissionRefused {
    /// The word for it in metrics.
    const fn outcome(&self) -> &'static str {
        match self {
            Self::Question(_) => "question_refused",
            Self::Token(VisitorRefused::Expired) => "token_expired",
            Self::Token(VisitorRefused::Invalid(_)) => "token_invalid",
            Self::Token(VisitorRefused::OpensNoRoom | VisitorRefused::Foreign) => "foreign",
            Self::Barred(_) => "barred",
            Self::Void => "void",
            Self::SignedOut => "signed_out",
            Self::NotMember => "not_member",
            Self::Store(_) => "store_failed",
        }
    }
}

impl Refusal for AdmissionRefused {
    fn problem(&self) -> Problem {
        Problem::new(match self {
            Self::Question(QuestionRefused::Unnamed(header)) => {
                return Problem::new(ErrorCode::InvalidField).field(*header, "must be there, once");
            }
            Self::Question(QuestionRefused::ElsewhereInLiveKit) => ErrorCode::NotFound,
            Self::Question(QuestionRefused::Method) => ErrorCode::MethodNotAllowed,
            Self::Question(QuestionRefused::NoToken) => ErrorCode::TokenMissing,
            Self::Token(VisitorRefused::Expired) => ErrorCode::TokenExpired,
            // A tenant that this service has no issuer for is as foreign as a room that it did not name.
            Self::Token(VisitorRefused::OpensNoRoom | VisitorRefused::Foreign)
            | Self::NotMember
            | Self::Store(StoreError::UnknownTenant(_)) => ErrorCode::AccessDenied,
            Self::Barred(code) => *code,
            // Of the last two: who joins again is told whether they may; with this token nobody may.
            Self::Question(QuestionRefused::SeveralTokens)
            | Self::Token(VisitorRefused::Invalid(_))
            | Self::Void
            | Self::SignedOut => ErrorCode::TokenInvalid,
            Self::Store(error) => return problem_of(error),
        })
    }
}

/// What the answer needs.
pub(crate) struct AdmissionDesk {
    gatekeeper: Gatekeeper,
    /// None where nothing is kept of rooms, so that nobody can have been sent out of one: then the token alone decides.
    store: Option<Store>,
    /// Whether who is no member by the registry is none at all. Others are not asked: their answers are not in the store.
    registry_alone: bool,
    metrics: AdmissionMetrics,
}

impl AdmissionDesk {
    pub(crate) fn new(
        sfu: &Sfu,
        store: Option<Store>,
        membership: &MembershipSettings,
        metrics: AdmissionMetrics,
    ) -> Self {
        let gatekeeper = Gatekeeper::new(sfu.keys().map(|key| (key.api_key, key.api_secret)));
        let registry_alone = membership.sources.iter().all(|source| *source == SourceName::Registry);
        Self { gatekeeper, store, registry_alone, metrics }
    }

    async fn decide(&self, request: &HttpRequest) -> Result<(), AdmissionRefused> {
        let tail = request.path().strip_prefix(PATH).unwrap_or_default();
        let visitor = self.gatekeeper.admit(&question::token(request, tail)?)?;
        let Visitor { tenant, room, identity, .. } = &visitor;
        Span::current()
            .record("tenant.id", tenant.as_str())
            .record("room.id", room.as_str())
            .record("user.id", identity.user.as_str())
            .record("device.id", identity.device.as_str());
        let Some(store) = &self.store else { return Ok(()) };
        // The rooms of calls belong to the call alone, and are closed with it.
        let asks_registry = self.registry_alone && !room.is_call();
        let mut read =
            Read::new().and(denial_key(room, &identity.user), 0).and(signed_out_key(&identity.user), 0);
        if asks_registry {
            read = Entry::wanted(read, room, &identity.user);
        }
        may_pass(&visitor, &store.read(tenant, read).await?, asks_registry)
    }
}

/// What has become of the visitor since their token was given.
fn may_pass(visitor: &Visitor, snapshot: &Snapshot, asks_registry: bool) -> Result<(), AdmissionRefused> {
    let Visitor { room, identity, not_before, .. } = visitor;
    if let Some(denial) = snapshot.parse::<Denial>(&denial_key(room, &identity.user))? {
        if let Some(code) = denial.bars(snapshot.now) {
            return Err(AdmissionRefused::Barred(code));
        }
        if denial.voids(*not_before) {
            return Err(AdmissionRefused::Void);
        }
    }
    if SignedOut::of(snapshot, &identity.user)?.is_some_and(|ended| ended.voids(*not_before)) {
        return Err(AdmissionRefused::SignedOut);
    }
    if asks_registry && Entry::of(snapshot, room, &identity.user)?.member.is_none() {
        return Err(AdmissionRefused::NotMember);
    }
    Ok(())
}

/// 204 to let the connection through. Not for clients: the gateway hides everything below `internal` from them.
pub(crate) async fn ask(request: HttpRequest, desk: Data<AdmissionDesk>) -> Result<HttpResponse, Problem> {
    let decided = desk.decide(&request).await;
    desk.metrics.answered(decided.as_ref().err().map_or("admitted", AdmissionRefused::outcome));
    decided?;
    Ok(HttpResponse::NoContent().finish())
}
