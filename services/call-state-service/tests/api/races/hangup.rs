//! A call that is hung up while somebody calls those who are in it.

use call_state_api::CallStateFailure;
use signal_protocol::{Call, CallPhase, EndReason, ErrorCode};

use super::round::Round;
use super::stage::{BUSY, Stage};
use crate::world::Device;

/// What an invite came to.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Came {
    Rings,
    Busy,
    /// The caller is in a call already.
    Engaged,
}

#[tokio::test]
async fn a_hangup_makes_people_free_for_the_next_call_of_the_peer_or_of_a_third() {
    let stage = Stage::new(&[]).await;
    let next = async |round: &mut Round<'_>| {
        let [ann, bob, eve] = round.people(["ann", "bob", "eve"]).await;
        let first = round.hears(ann.rings(&[bob.user.as_str()]).await);
        let accepted = bob.accepts(first.id).await;
        round.told(accepted).unwrap();
        // The third is on ann's replica: on that of whoever hangs up, or on the other one.
        let (hangs_up, peer) = round.one_of([(&ann, &bob), (&bob, &ann)]);
        let (peer_calls, third_calls) = round.one_of([(true, false), (false, true), (true, true)]);
        let call = async |caller: &Device, does: bool| {
            if !does {
                return None;
            }
            Some(caller.invites(&[hangs_up.user.as_str()]).await.map(|answer| answer.call))
        };
        let invites = Box::pin(async { tokio::join!(call(peer, peer_calls), call(&eve, third_calls)) });
        let (over, (of_peer, of_third)) = round.race(hangs_up.hangs_up(first.id), invites).await;
        let over = round.told(over).unwrap();
        assert_eq!((over.phase, over.reason), (CallPhase::Ended, Some(EndReason::Completed)));
        let of_peer = of_peer.map(|answer| came(round, &first, answer));
        let of_third = of_third.map(|answer| came(round, &first, answer));
        match (of_peer, of_third) {
            (Some(Came::Rings), None) => "the peer rings",
            (Some(Came::Engaged), None) => "the peer was still in it",
            (None, Some(Came::Rings)) => "the third rings",
            (None, Some(Came::Busy)) => "the third hears busy",
            // One of two who call at once hears busy.
            (Some(Came::Rings | Came::Engaged), Some(Came::Busy)) => "both: the third hears busy",
            (Some(Came::Busy | Came::Engaged), Some(Came::Rings)) => "both: the third rings",
            other => panic!("this cannot come of it: {other:?}"),
        }
    };
    stage.play("hangup and the next invite", BUSY, next).await;
}

fn came(round: &mut Round<'_>, first: &Call, answer: Result<Call, CallStateFailure>) -> Came {
    match round.told(answer) {
        Ok(call) if call.phase == CallPhase::Ringing => Came::Rings,
        Ok(call) => {
            assert_eq!(call.reason, Some(EndReason::Busy));
            Came::Busy
        }
        Err(refused) => {
            assert_eq!(refused.code, ErrorCode::AlreadyInCall);
            assert_eq!(refused.problem.extensions["call_id"], first.id.to_string());
            Came::Engaged
        }
    }
}
