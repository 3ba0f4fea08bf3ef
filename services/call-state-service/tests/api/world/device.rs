//! A person's device, as realtime-service speaks for it: the typed client, and whom it relays.

use call_state_api::{CallStateClient, CallStateFailure, Relay};
use http_client::ClientSettings;
use signal_protocol::{
    Call, CallAnswer, CallId, CallKind, CallMedia, Candidate, DeclineRequest, DeviceId, EarlyOffer,
    ErrorCode, InviteAnswer, InviteRequest, KeyRequest, ProblemDocument, SignalKind, SignalPayload,
    SignalRequest, UserId,
};
use url::Url;
use uuid::Uuid;

/// A device of somebody.
#[derive(Clone)]
pub(crate) struct Device {
    pub(crate) user: UserId,
    pub(crate) id: DeviceId,
    pub(crate) token: String,
    pub(crate) client: CallStateClient,
}

/// A refusal, as its client sees it.
#[derive(Debug, PartialEq)]
pub(crate) struct Refused {
    pub(crate) code: ErrorCode,
    pub(crate) problem: ProblemDocument,
}

impl Device {
    pub(crate) fn new(urls: &[Url], user: &str, device: &str, token: String) -> Self {
        // Several services on two cores are slow to answer, and that is not what is tested.
        let bounds = ClientSettings { timeout_ms: 10_000, ..ClientSettings::default() };
        Self {
            user: UserId::parse(user).unwrap(),
            id: DeviceId::parse(device).unwrap(),
            token,
            client: CallStateClient::new(urls, &bounds).unwrap(),
        }
    }

    /// In whose name it asks.
    pub(crate) fn relay(&self) -> Relay<'_> {
        Relay { token: &self.token, device: &self.id, request_id: None }
    }

    /// The same with a request id.
    pub(crate) fn relay_with<'a>(&'a self, request_id: &'a str) -> Relay<'a> {
        Relay { request_id: Some(request_id), ..self.relay() }
    }

    /// Calls these people, by LiveKit.
    pub(crate) async fn invites(&self, callees: &[&str]) -> Result<InviteAnswer, CallStateFailure> {
        self.client.invite(&self.relay(), &invite(callees, CallMedia::Livekit)).await
    }

    /// Calls somebody and gives the call, which rings.
    pub(crate) async fn rings(&self, callees: &[&str]) -> Call {
        self.invites(callees).await.unwrap().call
    }

    pub(crate) async fn accepts(&self, call: CallId) -> Result<Call, CallStateFailure> {
        self.client.accept(&self.relay(), call, &KeyRequest::default()).await.map(only_call)
    }

    pub(crate) async fn declines(&self, call: CallId) -> Result<Call, CallStateFailure> {
        self.client.decline(&self.relay(), call, &DeclineRequest::default()).await.map(only_call)
    }

    pub(crate) async fn cancels(&self, call: CallId) -> Result<Call, CallStateFailure> {
        self.client.cancel(&self.relay(), call).await.map(only_call)
    }

    pub(crate) async fn hangs_up(&self, call: CallId) -> Result<Call, CallStateFailure> {
        self.client.hangup(&self.relay(), call).await.map(only_call)
    }

    /// Calls somebody peer-to-peer with an early offer and gives the call, which rings.
    pub(crate) async fn offers(&self, callee: &str) -> Call {
        self.client.invite(&self.relay(), &early(callee)).await.unwrap().call
    }

    /// Tells the other device something of this generation, and gives the signal's id.
    pub(crate) async fn sends(
        &self,
        call: CallId,
        kind: SignalKind,
        generation: u32,
    ) -> Result<Uuid, CallStateFailure> {
        let answer = self.client.signal(&self.relay(), call, &signal(kind, generation)).await;
        answer.map(|answer| answer.signal_id)
    }

    /// Answers the early offer and takes the ring.
    pub(crate) async fn answers(&self, call: CallId) -> Result<Uuid, CallStateFailure> {
        let request = SignalRequest { accept: true, ..signal(SignalKind::Answer, 0) };
        self.client.signal(&self.relay(), call, &request).await.map(|answer| answer.signal_id)
    }

    pub(crate) async fn sees(&self, call: CallId) -> Result<Call, CallStateFailure> {
        self.client.call(&self.relay(), call).await
    }
}

/// An invite of these people to an audio call.
pub(crate) fn invite(callees: &[&str], media: CallMedia) -> InviteRequest {
    InviteRequest {
        callees: callees.iter().map(|callee| UserId::parse(callee).unwrap()).collect(),
        room_id: None,
        kind: CallKind::Audio,
        media,
        ring_seconds: None,
        offer: None,
        key: None,
    }
}

/// A peer-to-peer invite with an early offer.
pub(crate) fn early(callee: &str) -> InviteRequest {
    let offer = Some(EarlyOffer { sdp: "v=0 early".to_owned() });
    InviteRequest { offer, ..invite(&[callee], CallMedia::P2p) }
}

/// A signal with something in it that tells which it is.
pub(crate) fn signal(kind: SignalKind, generation: u32) -> SignalRequest {
    let text = format!("{} {generation}", kind.as_str());
    let payload = match kind {
        SignalKind::Offer | SignalKind::Answer => {
            SignalPayload { sdp: Some(text), ..SignalPayload::default() }
        }
        SignalKind::Candidates => {
            let candidate = Candidate {
                candidate: text,
                sdp_mid: None,
                sdp_m_line_index: Some(0),
                username_fragment: None,
            };
            SignalPayload { candidates: Some(vec![candidate]), ..SignalPayload::default() }
        }
        SignalKind::Restart => SignalPayload::default(),
    };
    SignalRequest { kind, generation, payload, accept: false }
}

fn only_call(answer: CallAnswer) -> Call {
    answer.call
}

/// The refusal that this must be.
#[track_caller]
pub(crate) fn refused<T: std::fmt::Debug>(answer: Result<T, CallStateFailure>) -> Refused {
    match answer {
        Err(CallStateFailure::Refused { problem, .. }) => Refused { code: problem.code, problem: *problem },
        other => panic!("this should be refused: {other:?}"),
    }
}
