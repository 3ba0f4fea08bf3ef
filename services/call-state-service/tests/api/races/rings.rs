//! Two people who call the same third at once.

use signal_protocol::{CallPhase, EndReason, PartyState};

use super::round::Round;
use super::stage::{BUSY, Stage};

#[tokio::test]
async fn of_two_who_call_somebody_at_once_one_rings_and_the_other_hears_busy() {
    let stage = Stage::new(&[]).await;
    let rung = async |round: &mut Round<'_>| {
        let [ann, eve, bob] = round.people(["ann", "eve", "bob"]).await;
        let callee = [bob.user.as_str()];
        let (by_ann, by_eve) = round.race(ann.rings(&callee), eve.rings(&callee)).await;
        let [by_ann, by_eve] = [by_ann, by_eve].map(|call| round.hears(call));
        let (rings, busy) =
            if by_ann.phase == CallPhase::Ringing { (&by_ann, &by_eve) } else { (&by_eve, &by_ann) };
        assert_eq!((rings.phase, rings.parties[1].state), (CallPhase::Ringing, PartyState::Invited));
        assert_eq!((busy.phase, busy.reason), (CallPhase::Ended, Some(EndReason::Busy)));
        let accepted = bob.accepts(rings.id).await;
        assert_eq!(round.told(accepted).unwrap().phase, CallPhase::Active);
        if rings.id == by_ann.id { "ann rings" } else { "eve rings" }
    };
    stage.play("two callers", BUSY, rung).await;
}
