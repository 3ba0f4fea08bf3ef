//! Calls of more than two.

use signal_protocol::{AddPartyRequest, CallMedia, CallPhase, EndReason, ErrorCode, PartyState, UserId};

use crate::world::{World, invite, refused};

fn add(user: &str) -> AddPartyRequest {
    AddPartyRequest { user_id: UserId::parse(user).unwrap() }
}

#[tokio::test]
async fn a_group_goes_on_without_those_who_leave_until_it_is_two_no_more() {
    let world = World::start().await;
    let (ann, bob, eve) = (world.device("ann", "a"), world.device("bob", "b"), world.device("eve", "e"));
    let witness = world.witness("bob", "b").await;
    let call = ann.rings(&["bob", "eve"]).await;
    bob.accepts(call.id).await.unwrap();
    eve.accepts(call.id).await.unwrap();
    let without = eve.hangs_up(call.id).await.unwrap();
    assert_eq!((without.phase, without.parties[2].state), (CallPhase::Active, PartyState::Left));
    eve.accepts(call.id).await.unwrap();
    ann.hangs_up(call.id).await.unwrap();
    assert_eq!(bob.hangs_up(call.id).await.unwrap().reason, Some(EndReason::Completed));
    assert_eq!(
        witness.story().await,
        ["ringing", "accepted eve", "updated", "accepted eve", "updated", "ended completed"]
    );
}

#[tokio::test]
async fn one_more_person_is_rung_into_a_call() {
    let world = World::start().await;
    let (ann, bob, eve) = (world.device("ann", "a"), world.device("bob", "b"), world.device("eve", "e"));
    let call = ann.rings(&["bob"]).await;
    bob.accepts(call.id).await.unwrap();
    let grown = bob.client.add_party(&bob.relay(), call.id, &add("eve")).await.unwrap().call;
    assert_eq!(grown.parties[2].state, PartyState::Invited);
    assert_eq!(eve.accepts(call.id).await.unwrap().parties[2].state, PartyState::Accepted);
    let again = refused(bob.client.add_party(&bob.relay(), call.id, &add("eve")).await);
    assert_eq!(again.code, ErrorCode::AlreadyInCall);
}

#[tokio::test]
async fn nobody_is_added_to_a_peer_to_peer_call() {
    let world = World::start().await;
    let ann = world.device("ann", "a");
    let request = invite(&["bob"], CallMedia::P2p);
    let call = ann.client.invite(&ann.relay(), &request).await.unwrap().call;
    let other = refused(ann.client.add_party(&ann.relay(), call.id, &add("eve")).await);
    assert_eq!(other.code, ErrorCode::WrongMedia);
}
