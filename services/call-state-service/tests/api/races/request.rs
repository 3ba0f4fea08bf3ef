//! A request with an id, which comes more than once.

use call_state_api::CallStateFailure;
use rand::Rng as _;
use signal_protocol::{Call, CallAnswer, CallId, CallMedia, DeclineRequest, ErrorCode, KeyRequest, UserId};

use super::round::Round;
use crate::world::{Device, Refused, invite};

/// What is asked for.
#[derive(Clone, Debug)]
enum Ask {
    Invite(UserId),
    /// The same of somebody who is in a call, which the rules refuse.
    InviteOutOfCall(UserId),
    Accept(CallId),
    Decline(CallId),
    Cancel(CallId),
    Hangup(CallId),
}

/// A request that somebody is about to make, between people who are ready for it.
pub(super) struct Request {
    ask: Ask,
    id: String,
    /// Who asks.
    pub(super) name: &'static str,
}

impl Request {
    /// One of all that can be asked for.
    pub(super) async fn any(round: &mut Round<'_>) -> Self {
        let [ann, bob, eve] = round.people(["ann", "bob", "eve"]).await;
        let which = round.dice.random_range(0..6);
        let (name, ask) = if which == 0 {
            ("ann", Ask::Invite(bob.user))
        } else {
            let call = round.hears(ann.rings(&[bob.user.as_str()]).await).id;
            match which {
                1 => ("ann", Ask::InviteOutOfCall(eve.user)),
                2 => ("bob", Ask::Accept(call)),
                3 => ("bob", Ask::Decline(call)),
                4 => ("ann", Ask::Cancel(call)),
                _ => ("ann", Ask::Hangup(call)),
            }
        };
        Self { ask, id: format!("request-{:016x}", round.dice.random::<u64>()), name }
    }

    /// The word for the tally.
    pub(super) const fn word(&self) -> &'static str {
        match self.ask {
            Ask::Invite(_) => "invite",
            Ask::InviteOutOfCall(_) => "refused invite",
            Ask::Accept(_) => "accept",
            Ask::Decline(_) => "decline",
            Ask::Cancel(_) => "cancel",
            Ask::Hangup(_) => "hangup",
        }
    }

    /// Makes it, with a device of who asks.
    pub(super) async fn by(&self, device: &Device) -> Result<Call, CallStateFailure> {
        let (client, relay) = (&device.client, device.relay_with(&self.id));
        let only_call = |answer: CallAnswer| answer.call;
        match &self.ask {
            Ask::Invite(callee) | Ask::InviteOutOfCall(callee) => {
                let request = invite(&[callee.as_str()], CallMedia::Livekit);
                client.invite(&relay, &request).await.map(|answer| answer.call)
            }
            Ask::Accept(call) => client.accept(&relay, *call, &KeyRequest::default()).await.map(only_call),
            Ask::Decline(call) => {
                client.decline(&relay, *call, &DeclineRequest::default()).await.map(only_call)
            }
            Ask::Cancel(call) => client.cancel(&relay, *call).await.map(only_call),
            Ask::Hangup(call) => client.hangup(&relay, *call).await.map(only_call),
        }
    }

    /// Checks that all these answers are one and the same, and tell of one effect.
    pub(super) fn had_one_effect(&self, answers: &[Result<Call, Box<Refused>>]) {
        let (first, others) = answers.split_first().unwrap();
        for other in others {
            match (first, other) {
                // To the millisecond at which it was answered: it is the first answer that was remembered.
                (Ok(first), Ok(other)) => assert_eq!(first, other, "{:?}", self.ask),
                (Err(first), Err(other)) => {
                    let told = |refused: &Refused| (refused.code, refused.problem.extensions.clone());
                    assert_eq!(told(first), told(other), "{:?}", self.ask);
                }
                both => panic!("{:?} was answered in two ways: {both:#?}", self.ask),
            }
        }
        match (&self.ask, first) {
            (Ask::Invite(_), Ok(call)) => assert_eq!(call.version, 1),
            (Ask::InviteOutOfCall(_), Err(refused)) => assert_eq!(refused.code, ErrorCode::AlreadyInCall),
            (Ask::Accept(_) | Ask::Decline(_) | Ask::Cancel(_) | Ask::Hangup(_), Ok(call)) => {
                assert_eq!(call.version, 2, "{:?}", self.ask);
            }
            other => panic!("{other:#?}"),
        }
    }
}
