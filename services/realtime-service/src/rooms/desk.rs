//! Everything that a join asks, in its order.

use std::sync::Arc;

use http_server::{Problem, Refusal};
use identity::{Caller, Revocations};
use room_tokens::{Admission, MintError, ParticipantIdentity, RoomToken, sfu_room};
use signal_protocol::{
    CallKind, Check, CheckedStep, DeviceId, DryRunAnswer, ErrorCode, JoinAnswer, JoinRequest, Role, RoomId,
};

use super::admission::{Contradictions, Wishes};
use super::effective_role;
use crate::JoinSettings;
use crate::calls::{CallRoomRefused, CallRooms, CallVisit};
use crate::doors::Door;
use crate::membership::{Membership, MembershipRefused};
use crate::metrics::ServiceMetrics;
use crate::moderation::{Gate, GateRefused};
use crate::records::Records;
use crate::sfu::{Cluster, Sfu, SfuFailure};

/// Why somebody is not let in.
#[derive(Debug, thiserror::Error)]
pub(crate) enum JoinRefused {
    #[error(transparent)]
    Contradictions(#[from] Contradictions),
    #[error(transparent)]
    Membership(#[from] MembershipRefused),
    #[error(transparent)]
    Gate(#[from] GateRefused),
    #[error(transparent)]
    Call(#[from] CallRoomRefused),
    #[error("the room is not ready")]
    Sfu(#[from] Arc<SfuFailure>),
    /// Between the beginning of the join and the key.
    #[error("the login was ended meanwhile")]
    LoginEnded,
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
            Self::Gate(refused) => refused.problem(),
            Self::Call(refused) => refused.problem(),
            Self::Sfu(failure) => failure.problem(),
            Self::LoginEnded => Problem::new(ErrorCode::TokenInvalid),
            Self::Mint(_) => Problem::new(ErrorCode::Internal),
        }
    }
}

/// What a join needs.
pub(crate) struct JoinDesk {
    pub(crate) settings: JoinSettings,
    pub(crate) membership: Arc<Membership>,
    /// None where nothing is kept of rooms: nobody is sent out of one then.
    pub(crate) gate: Option<Gate>,
    /// None where there are no calls.
    pub(crate) call_rooms: Option<CallRooms>,
    pub(crate) revocations: Revocations,
    /// None where nothing is kept of rooms: nobody hears then whether somebody arrives.
    pub(crate) records: Option<Records>,
    pub(crate) sfu: Sfu,
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
        let door = self.look(joining).await?;
        let entitled = self.entitled(joining, door.as_ref()).await?;
        if let (Some(gate), Some(door)) = (&self.gate, &door) {
            if let Some(code) = Gate::bar(door) {
                return Err(GateRefused::Barred(code).into());
            }
            if gate.is_full(door, &identity, entitled.max_participants) {
                return Err(GateRefused::Full.into());
            }
        }
        let participant_identity = identity.to_string();
        let admission =
            wishes.admission(joining.caller, joining.room, identity, entitled.role, entitled.kind);
        let cluster = self.prepare(&admission, entitled, door.as_ref()).await?;
        if let (Some(gate), Some(door)) = (&self.gate, door) {
            gate.pass(&joining.caller.tenant, door).await?;
        }
        // A key that is younger than the end of the login would be good. So it is asked last, of what this replica has heard.
        if self.revocations.concerns(joining.caller) {
            return Err(JoinRefused::LoginEnded);
        }
        let role = admission.role;
        let RoomToken { jwt, expires_at, refresh_after } = cluster.minter().mint(admission)?;
        if let Some(records) = &self.records {
            records.let_in(&joining.caller.tenant, joining.room, &participant_identity);
        }
        tracing::info!(role = role.as_str(), "join.minted");
        Ok(JoinAnswer {
            server_url: cluster.server_url().to_owned(),
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
        let (identity, _) = self.wishes(joining, request)?;
        let door = self.look(joining).await?;
        let (max_participants, call) = match self.entitled(joining, door.as_ref()).await {
            Ok(entitled) => (entitled.max_participants, None),
            Err(JoinRefused::Call(refused)) if refused.is_about_its_state() => (None, Some(refused.code())),
            Err(refused) => return Err(refused),
        };
        let sfu_room = sfu_room(&joining.caller.tenant, joining.room);
        let sfu = self.sfu.probe_for(&sfu_room).await.err().map(|failure| failure.code());
        let mut checks =
            vec![(CheckedStep::Token, None), (CheckedStep::Request, None), (CheckedStep::Membership, None)];
        if let (Some(gate), Some(door)) = (&self.gate, &door) {
            let is_full = gate.is_full(door, &identity, max_participants);
            checks.push((CheckedStep::Ban, Gate::bar(door)));
            checks.push((CheckedStep::Capacity, is_full.then_some(ErrorCode::RoomFull)));
        }
        if joining.room.is_call() {
            checks.push((CheckedStep::Call, call));
        }
        checks.push((CheckedStep::Sfu, sfu));
        let allowed = checks.iter().all(|(_, code)| code.is_none());
        let checks = checks.into_iter().map(|(check, code)| Check { check, passed: code.is_none(), code });
        Ok(DryRunAnswer { allowed, checks: checks.collect() })
    }

    /// What is kept of the caller and the room, where something is: the only question to the store in the usual case.
    async fn look(&self, joining: &Joining<'_>) -> Result<Option<Door>, GateRefused> {
        let Joining { caller, room, .. } = *joining;
        match &self.gate {
            Some(gate) => gate.look(&caller.tenant, room, &caller.user).await.map(Some),
            None => Ok(None),
        }
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
    async fn entitled<'a>(
        &'a self,
        joining: &Joining<'a>,
        door: Option<&Door>,
    ) -> Result<Entitled<'a>, JoinRefused> {
        let Joining { caller, device, room } = *joining;
        if !room.is_call() {
            let member = self.membership.of_at(caller, room, door).await?;
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

    /// Makes sure that the room is there, and tells in which cluster.
    ///
    /// A call may end between the question and the answer, and its room be deleted, just before it is made here. So the
    /// call is asked again after its room was made: either it was over by then, and the room is deleted once more, or it
    /// is live, and whoever ends it deletes the room after us.
    async fn prepare(
        &self,
        admission: &Admission,
        entitled: Entitled<'_>,
        door: Option<&Door>,
    ) -> Result<Arc<Cluster>, JoinRefused> {
        let sfu_room = &admission.sfu_room;
        let was_known = self.sfu.knows(sfu_room);
        let seen_in = door.filter(|_| self.sfu.has_several()).and_then(Door::cluster);
        let cluster = self.sfu.ensure_room(sfu_room, entitled.max_participants, seen_in.as_deref()).await?;
        let (Some(mut call), false) = (entitled.call, was_known) else { return Ok(cluster) };
        let asked = call.ask().await;
        if let Err(CallRoomRefused::Ended(_)) = asked {
            self.sfu.close_room(sfu_room).await.map_err(Arc::new)?;
        }
        asked?;
        Ok(cluster)
    }
}
