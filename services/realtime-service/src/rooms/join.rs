//! `POST /api/realtime/rooms/{room_id}/join`: from a Keycloak token to a LiveKit token.

use std::sync::Arc;

use actix_web::HttpResponse;
use actix_web::web::Data;
use http_server::{Device, InOrder, OptionalJson, PathId, Problem, Query, Refusal};
use identity::Caller;
use room_tokens::{Admission, MintError, Minter, ParticipantIdentity, RoomToken};
use serde::Deserialize;
use signal_protocol::{
    Check, CheckedStep, DeviceId, DryRunAnswer, ErrorCode, JoinAnswer, JoinRequest, ProblemDocument, RoomId,
};
use utoipa::IntoParams;

use super::admission::{Contradictions, Wishes};
use super::{Joiner, effective_role};
use crate::JoinSettings;
use crate::membership::{Membership, MembershipRefused};
use crate::metrics::ServiceMetrics;
use crate::sfu::{Sfu, SfuFailure};

/// How a join may be asked.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct JoinQuery {
    /// Answer what would happen, and do nothing.
    #[serde(default)]
    dry_run: bool,
}

/// Lets the caller into a room
///
/// Answers with a LiveKit token for the room, in the format of LiveKit's token endpoints, so that
/// `TokenSource.endpoint(url)` of a LiveKit SDK works with this address as it is. With `dry_run` nothing is created
/// and the answer is a list of checks.
#[utoipa::path(
    post,
    path = "/api/realtime/rooms/{room_id}/join",
    tag = "rooms",
    params(
        ("room_id" = RoomId, Path, description = "The room"),
        ("X-Device-Id" = Option<DeviceId>, Header, description = "Which of the caller's devices speaks; `default` if absent"),
        JoinQuery,
    ),
    request_body(content = Option<JoinRequest>, description = "What a LiveKit SDK sends along; nothing at all is fine"),
    responses(
        (status = 201, description = "The token, and where to go with it", body = JoinAnswer),
        (status = 200, description = "With `dry_run`: what would happen", body = DryRunAnswer),
        (status = "4XX", description = "Refused", body = ProblemDocument, content_type = "application/problem+json"),
        (status = "5XX", description = "Not possible now", body = ProblemDocument, content_type = "application/problem+json"),
    ),
    security(("keycloak" = [])),
)]
pub(crate) async fn join(
    InOrder(Joiner(caller), (room, device, query, body)): InOrder<Joiner, Asked>,
    desk: Data<JoinDesk>,
) -> Result<HttpResponse, Problem> {
    tracing::info!(dry_run = query.0.dry_run, "join.asked");
    let request = body.0.unwrap_or_default();
    let outcome = if query.0.dry_run {
        desk.explain(&caller, &room.0, device.0, request).await.map(Outcome::Explained)
    } else {
        desk.admit(&caller, &room.0, device.0, request).await.map(Outcome::Minted)
    };
    desk.metrics.joined(match &outcome {
        Ok(outcome) => outcome.label(),
        Err(refused) => refused.problem().code().as_str(),
    });
    Ok(match outcome? {
        Outcome::Explained(answer) => HttpResponse::Ok().json(answer),
        Outcome::Minted(answer) => HttpResponse::Created().json(answer),
    })
}

enum Outcome {
    Explained(DryRunAnswer),
    Minted(JoinAnswer),
}

impl Outcome {
    const fn label(&self) -> &'static str {
        match self {
            Self::Explained(_) => "explained",
            Self::Minted(_) => "minted",
        }
    }
}

/// What a join says, once it is known who says it.
type Asked = (PathId<RoomId>, Device, Query<JoinQuery>, OptionalJson<JoinRequest>);

/// Why somebody is not let in.
#[derive(Debug, thiserror::Error)]
pub(crate) enum JoinRefused {
    #[error(transparent)]
    Contradictions(#[from] Contradictions),
    #[error(transparent)]
    Membership(#[from] MembershipRefused),
    #[error("the room is not ready")]
    Sfu(#[from] Arc<SfuFailure>),
    #[error(transparent)]
    Mint(#[from] MintError),
}

impl Refusal for JoinRefused {
    fn problem(&self) -> Problem {
        match self {
            Self::Contradictions(Contradictions(fields)) => {
                fields.iter().fold(Problem::new(ErrorCode::InvalidField), |problem, fault| {
                    problem.field(&fault.field, &fault.problem)
                })
            }
            Self::Membership(refused) => refused.problem(),
            Self::Sfu(failure) => failure.problem(),
            Self::Mint(_) => Problem::new(ErrorCode::Internal),
        }
    }
}

/// Everything that a join asks, in its order.
pub(crate) struct JoinDesk {
    pub(crate) settings: JoinSettings,
    pub(crate) server_url: String,
    pub(crate) membership: Arc<Membership>,
    pub(crate) sfu: Sfu,
    pub(crate) minter: Minter,
    pub(crate) metrics: ServiceMetrics,
}

/// Somebody who may go in, and how many may be there.
struct Admitted {
    admission: Admission,
    max_participants: Option<u32>,
}

impl JoinDesk {
    async fn check(
        &self,
        caller: &Caller,
        room: &RoomId,
        device: DeviceId,
        request: JoinRequest,
    ) -> Result<Admitted, JoinRefused> {
        let identity = ParticipantIdentity { user: caller.user.clone(), device };
        let wishes = Wishes::check(request, self.settings, room, &identity)?;
        let member = self.membership.of(caller, room).await?;
        let admission = wishes.admission(caller, room, identity, effective_role(caller, &member));
        Ok(Admitted { admission, max_participants: member.max_participants })
    }

    async fn admit(
        &self,
        caller: &Caller,
        room: &RoomId,
        device: DeviceId,
        request: JoinRequest,
    ) -> Result<JoinAnswer, JoinRefused> {
        let Admitted { admission, max_participants } = self.check(caller, room, device, request).await?;
        self.sfu.ensure_room(&admission.sfu_room, max_participants).await?;
        let (role, participant_identity) = (admission.role, admission.identity.to_string());
        let RoomToken { jwt, expires_at, refresh_after } = self.minter.mint(admission)?;
        tracing::info!(role = role.as_str(), "join.minted");
        Ok(JoinAnswer {
            server_url: self.server_url.clone(),
            participant_token: jwt,
            room_name: room.clone(),
            participant_identity,
            role,
            expires_at,
            refresh_after,
        })
    }

    /// What a join would meet. A refusal before the last step is the answer itself: whoever may not know the room must
    /// not learn of it here either.
    async fn explain(
        &self,
        caller: &Caller,
        room: &RoomId,
        device: DeviceId,
        request: JoinRequest,
    ) -> Result<DryRunAnswer, JoinRefused> {
        self.check(caller, room, device, request).await?;
        let sfu = self.sfu.probe().await.err().map(|failure| failure.code());
        let passed = [CheckedStep::Token, CheckedStep::Request, CheckedStep::Membership];
        let mut checks = passed.map(|check| Check { check, passed: true, code: None }).to_vec();
        checks.push(Check { check: CheckedStep::Sfu, passed: sfu.is_none(), code: sfu });
        Ok(DryRunAnswer { allowed: sfu.is_none(), checks })
    }
}
