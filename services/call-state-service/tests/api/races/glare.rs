//! Two people who call each other at once.

use call_state_api::CallStateFailure;
use signal_protocol::{CallMedia, CallPhase, EndReason, InviteAnswer, InviteRequest, PartyState, RoomId};

use super::round::Round;
use super::stage::{BUSY, Stage};
use crate::world::{Device, invite};

#[tokio::test]
async fn two_who_call_each_other_at_once_are_in_one_call_and_both_have_accepted_it() {
    let stage = Stage::new(&[]).await;
    let met = async |round: &mut Round<'_>| {
        let [ann, bob] = round.people(["ann", "bob"]).await;
        let media = round.one_of([CallMedia::Livekit, CallMedia::P2p]);
        let (by_ann, by_bob) =
            round.race(dials(&ann, &bob, media, None), dials(&bob, &ann, media, None)).await;
        let (by_ann, by_bob) = (by_ann.unwrap(), by_bob.unwrap());
        assert_eq!(by_ann.call.id, by_bob.call.id);
        assert_ne!(by_ann.glare, by_bob.glare, "one has made the call, and the other has met it");
        let (made, met, maker) = if by_bob.glare { (by_ann, by_bob, &ann) } else { (by_bob, by_ann, &bob) };
        let (made, met) = (round.hears(made.call), round.hears(met.call));
        assert_eq!((made.version, made.phase), (1, CallPhase::Ringing));
        assert_eq!((met.version, met.phase), (2, CallPhase::Active));
        assert_eq!(met.caller, maker.user);
        assert!(met.parties.iter().all(|party| party.state == PartyState::Accepted), "{met:#?}");
        if maker.user == ann.user { "ann's call" } else { "bob's call" }
    };
    stage.play("glare", BUSY, met).await;
}

#[tokio::test]
async fn two_who_call_each_other_about_different_things_have_the_later_call() {
    let stage = Stage::new(&[]).await;
    let met = async |round: &mut Round<'_>| {
        let [ann, bob] = round.people(["ann", "bob"]).await;
        let (media, room) = round.one_of([(CallMedia::P2p, None), (CallMedia::Livekit, Some("kitchen"))]);
        let about = room.map(|room| RoomId::parse(room).unwrap());
        let by_ann = dials(&ann, &bob, CallMedia::Livekit, None);
        let (by_ann, by_bob) = round.race(by_ann, dials(&bob, &ann, media, about)).await;
        let (by_ann, by_bob) = (by_ann.unwrap(), by_bob.unwrap());
        assert!(!by_ann.glare && !by_bob.glare);
        let [by_ann, by_bob] = [by_ann.call, by_bob.call].map(|call| round.hears(call));
        // Who dials while being rung is busy for whoever rang, and has a call of their own.
        let (of_ann, of_bob) = (round.record(by_ann.id).await.0, round.record(by_bob.id).await.0);
        let (over, rings) = if of_ann.is_live() { (of_bob, of_ann) } else { (of_ann, of_bob) };
        let (over, rings) = (over.view(by_ann.server_now), rings.view(by_ann.server_now));
        assert_eq!((over.phase, over.reason), (CallPhase::Ended, Some(EndReason::Busy)));
        assert_eq!((rings.phase, rings.version), (CallPhase::Ringing, 1));
        if rings.caller == ann.user { "ann's call" } else { "bob's call" }
    };
    stage.play("glare of other media or room", BUSY, met).await;
}

async fn dials(
    by: &Device,
    to: &Device,
    media: CallMedia,
    room_id: Option<RoomId>,
) -> Result<InviteAnswer, CallStateFailure> {
    let request = InviteRequest { room_id, ..invite(&[to.user.as_str()], media) };
    by.client.invite(&by.relay(), &request).await
}
