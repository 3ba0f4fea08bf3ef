//! A ring that is accepted when its time is up, give or take five milliseconds.

use std::time::Instant;

use clock::Duration;
use rand::Rng as _;
use signal_protocol::{CallPhase, EndReason};

use super::round::{Round, ended_with, reach};
use super::stage::{Stage, WAITING};

#[tokio::test]
async fn a_ring_is_accepted_in_time_or_not_at_all() {
    let stage = Stage::new(&[("CALLS__RING_SECONDS", "1")]).await;
    let answered = async |round: &mut Round<'_>| {
        let [ann, bob] = round.people(["ann", "bob"]).await;
        let call = round.hears(ann.rings(&[bob.user.as_str()]).await);
        let deadline = call.expires_at.unwrap();
        // What is to happen at an instant is asked for that much before it, as far as can be known.
        let asked = Instant::now();
        bob.sees(call.id).await.unwrap();
        let way = Duration::from_std(asked.elapsed()).unwrap();
        let off = Duration::milliseconds(round.dice.random_range(-5..=5));
        let accepts = async {
            reach(deadline + off - way).await;
            bob.accepts(call.id).await
        };
        let (accepted, settled) = tokio::join!(accepts, round.record_after(call.id, deadline));
        match round.told(accepted) {
            Ok(active) => {
                assert_eq!(active.phase, CallPhase::Active);
                assert!(active.active_since.unwrap() <= deadline);
                assert!(settled.active_since().is_some(), "it was accepted after its deadline: {settled:#?}");
                "accepted"
            }
            Err(refused) => {
                let over = ended_with(&refused);
                // No device ever said that it knew of the ring.
                assert_eq!(over.reason, Some(EndReason::Unreachable));
                assert!(over.ended_at.unwrap() > deadline, "it ended before its deadline: {over:#?}");
                assert!(settled.active_since().is_none(), "{settled:#?}");
                "too late"
            }
        }
    };
    stage.play("accept at the deadline", WAITING, answered).await;
}
