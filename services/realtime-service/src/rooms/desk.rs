//! Everything that a join asks, in its order.

use std::sync::Arc;

use http_server::{Problem, Refusal};
use identity::Caller;
use room_tokens::{Admission, MintError, Minter, ParticipantIdentity, RoomToken};
use signal_protocol::{
    CallKind, Check, CheckedStep, DeviceId, DryRunAnswer, ErrorCode, JoinAnswer, JoinRequest, Role, RoomId,
};

use super::admission::{Contradictions, Wishes};
use super::effective_role;
use crate::JoinSettings;
use crate::calls::{CallRoomRefused, CallRooms, CallVisit};
use crate::membership::{Membership, MembershipRefused};
use crate::metrics::ServiceMetrics;
use crate::sfu::{Sfu, SfuFailure};

/// Why somebody is not let in.
#[derive(Debug, thiserror::Error)]
pub(crate) enum JoinRefused {
    #[error(transparent)]
    Contradictions(#[from] Contradictions),
    #[error(transparent)]
    Membership(#[from] MembershipRefused),
    #[error(transparent)]
    Call(#[from] CallRoomRefused),
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
            Self::Call(refused) => refused.problem(),
            Self::Sfu(failure) => failure.problem(),
            Self::Mint(_) => Problem::new(ErrorCode::Internal),
        }
    }
}

/// What a join needs.
pub(crate) struct JoinDesk {
    pub(crate) settings: JoinSettings,
    pub(crate) server_url: String,
    pub(crate) membership: Arc<Membership>,
    /// None where there are no calls.
    pub(crate) call_rooms: Option<CallRooms>,
    pub(crate) sfu: Sfu,
    pub(crate) minter: Minter,
    pub(crate) metrics: ServiceMetrics,
}

/// Who is about to go in, and where.
pub(crate) struct Joining<'a> {
    pub(crate) caller: &'a Caller,
    pub(crate) device: &'a DeviceId,
    pub(crate) room: &'a RoomId,
}

/// Why somebody may go in, and as what.
struct Entitled<'a> {
    role: Role,
    kind: CallKind,
    max_participants: Option<u32>,
    /// The call whose room it is, to be asked once more.
    call: Option<CallVisit<'a>>,
}

impl JoinDesk {
    /// Lets somebody in.
    pub(crate) async fn admit(
        &self,
        joining: &Joining<'_>,
        request: JoinRequest,
    ) -> Result<JoinAnswer, JoinRefused> {
        let (identity, wishes) = self.wishes(joining, request)?;
        let entitled = self.entitled(joining).await?;
        let participant_identity = identity.to_string();
        let admission =
            wishes.admission(joining.caller, joining.room, identity, entitled.role, entitled.kind);
        self.prepare(&admission, entitled).await?;
        let role = admission.role;
        let RoomToken { jwt, expires_at, refresh_after } = self.minter.mint(admission)?;
        tracing::info!(role = role.as_str(), "join.minted");
        Ok(JoinAnswer {
            server_url: self.server_url.clone(),
            participant_token: jwt,
            room_name: joining.room.clone(),
            participant_identity,
            role,
            expires_at,
            refresh_after,
        })
    }

    /// What a join would meet. Until it is certain that the caller may know the room, a refusal is the answer itself, and so
    /// is a fault: it says nothing about the room.
    pub(crate) async fn explain(
        &self,
        joining: &Joining<'_>,
        request: JoinRequest,
    ) -> Result<DryRunAnswer, JoinRefused> {
        self.wishes(joining, request)?;
        let call = match self.entitled(joining).await {
            Ok(_) => None,
            Err(JoinRefused::Call(refused)) if refused.is_about_its_state() => Some(refused.code()),
            Err(refused) => return Err(refused),
        };
        let sfu = self.sfu.probe().await.err().map(|failure| failure.code());
        let mut checks = vec![
            (CheckedStep::Token, None),
            (CheckedStep::Request, None),
            (CheckedStep::Membership, None),
            (CheckedStep::Sfu, sfu),
        ];
        if joining.room.is_call() {
            checks.insert(3, (CheckedStep::Call, call));
        }
        let checks = checks.into_iter().map(|(check, code)| Check { check, passed: code.is_none(), code });
        Ok(DryRunAnswer { allowed: call.is_none() && sfu.is_none(), checks: checks.collect() })
    }

    fn wishes(
        &self,
        joining: &Joining<'_>,
        request: JoinRequest,
    ) -> Result<(ParticipantIdentity, Wishes), Contradictions> {
        let identity =
            ParticipantIdentity { user: joining.caller.user.clone(), device: joining.device.clone() };
        let wishes = Wishes::check(request, self.settings, joining.room, &identity)?;
        Ok((identity, wishes))
    }

    /// The rooms of calls belong to the call alone, all others to the sources of membership.
    async fn entitled<'a>(&'a self, joining: &Joining<'a>) -> Result<Entitled<'a>, JoinRefused> {
        let Joining { caller, device, room } = *joining;
        if !room.is_call() {
            let member = self.membership.of(caller, room).await?;
            let (role, max_participants) = (effective_role(caller, &member), member.max_participants);
            return Ok(Entitled { role, kind: CallKind::Video, max_participants, call: None });
        }
        let mut call = self.call_room(caller, device, room)?;
        let kind = call.ask().await?;
        Ok(Entitled { role: Role::Participant, kind, max_participants: None, call: Some(call) })
    }

    /// `caller` with `device` at the door of the room of a call. Without calls there is none.
    pub(super) fn call_room<'a>(
        &'a self,
        caller: &'a Caller,
        device: &'a DeviceId,
        room: &RoomId,
    ) -> Result<CallVisit<'a>, CallRoomRefused> {
        self.call_rooms.as_ref().ok_or(CallRoomRefused::NotFound)?.visit(caller, device, room)
    }

    /// Makes sure that the room is there.
    ///
    /// A call may end between the question and the answer, and its room be deleted, just before it is made here. So the
    /// call is asked again after its room was made: either it was over by then, and the room is deleted once more, or it
    /// is live, and whoever ends it deletes the room after us.
    async fn prepare(&self, admission: &Admission, entitled: Entitled<'_>) -> Result<(), JoinRefused> {
        let sfu_room = &admission.sfu_room;
        let was_known = self.sfu.knows(sfu_room);
        self.sfu.ensure_room(sfu_room, entitled.max_participants).await?;
        let (Some(mut call), false) = (entitled.call, was_known) else { return Ok(()) };
        let asked = call.ask().await;
        if let Err(CallRoomRefused::Ended(_)) = asked {
            self.sfu.close_room(sfu_room).await.map_err(Arc::new)?;
        }
        asked?;
        Ok(())
    }
}
