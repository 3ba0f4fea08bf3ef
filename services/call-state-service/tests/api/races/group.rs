//! A group that somebody joins while the last of it leave.

use signal_protocol::{CallPhase, EndReason, PartyState};

use super::round::{Round, ended_with};
use super::stage::{BUSY, Stage};

#[tokio::test]
async fn who_comes_as_the_last_but_one_leaves_is_in_the_call_or_it_is_over() {
    let stage = Stage::new(&[]).await;
    let joined = async |round: &mut Round<'_>| {
        let [ann, bob, eve] = round.people(["ann", "bob", "eve"]).await;
        let call = round.hears(ann.rings(&[bob.user.as_str(), eve.user.as_str()]).await);
        for answer in [
            bob.accepts(call.id).await,
            eve.accepts(call.id).await,
            // Who left may come back while the call is active, and does not keep it alive by that.
            eve.hangs_up(call.id).await,
        ] {
            round.told(answer).unwrap();
        }
        let (left, came) = round.race(bob.hangs_up(call.id), eve.accepts(call.id)).await;
        let left = round.told(left).unwrap();
        match round.told(came) {
            Ok(with_eve) => {
                assert_eq!((left.phase, with_eve.phase), (CallPhase::Active, CallPhase::Active));
                assert!(with_eve.version < left.version, "without her, it would have been over");
                "joined"
            }
            Err(refused) => {
                assert_eq!((left.phase, left.reason), (CallPhase::Ended, Some(EndReason::Completed)));
                assert_eq!(ended_with(&refused).reason, Some(EndReason::Completed));
                "over"
            }
        }
    };
    stage.play("the last but one leaves, somebody joins", BUSY, joined).await;
}

#[tokio::test]
async fn a_call_that_everybody_has_left_is_over_for_whoever_is_still_rung() {
    let stage = Stage::new(&[]).await;
    let joined = async |round: &mut Round<'_>| {
        let [ann, bob, eve] = round.people(["ann", "bob", "eve"]).await;
        let call = round.hears(ann.rings(&[bob.user.as_str(), eve.user.as_str()]).await);
        let accepted = bob.accepts(call.id).await;
        round.told(accepted).unwrap();
        let leave = Box::pin(async { tokio::join!(ann.hangs_up(call.id), bob.hangs_up(call.id)) });
        let ((ann_left, bob_left), came) = round.race(leave, eve.accepts(call.id)).await;
        let (ann_left, bob_left) = (round.told(ann_left).unwrap(), round.told(bob_left).unwrap());
        let came = round.told(came);
        let over = round.record(call.id).await.0.view(call.server_now);
        assert_eq!((over.phase, over.reason), (CallPhase::Ended, Some(EndReason::Completed)));
        assert_eq!(ann_left.version.max(bob_left.version), over.version, "the last of the two ends it");
        match came {
            Ok(with_eve) => {
                assert_eq!(over.parties[2].state, PartyState::Accepted);
                assert!(with_eve.version < over.version);
                "came in between"
            }
            Err(refused) => {
                assert_eq!(over.parties[2].state, PartyState::Missed);
                assert_eq!(ended_with(&refused).version, over.version);
                "over"
            }
        }
    };
    stage.play("all leave, somebody joins", BUSY, joined).await;
}
