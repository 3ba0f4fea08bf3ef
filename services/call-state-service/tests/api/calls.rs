//! A call between two people, from its invite to its end.

use signal_protocol::{
    CallMedia, CallPhase, DeclineRequest, EndReason, ErrorCode, InviteAnswer, KeyRequest, MediaReport,
    MediaState, PartyState, ReportedMedia,
};
use testkit::eventually;

use crate::world::{BOUND, Device, World, refused};

#[tokio::test]
async fn a_call_rings_is_accepted_and_hung_up_and_everybody_is_told() {
    let world = World::start().await;
    let (ann, bob) = (world.device("ann", "laptop"), world.device("bob", "phone"));
    let [sees_ann, sees_tablet, sees_bob] = [("ann", "laptop"), ("bob", "tablet"), ("bob", "phone")]
        .map(|(user, device)| world.witness(user, device));
    let (sees_ann, sees_tablet, sees_bob) = (sees_ann.await, sees_tablet.await, sees_bob.await);

    let InviteAnswer { call, reachable, glare, .. } = ann.invites(&["bob"]).await.unwrap();
    assert_eq!((call.phase, call.version, reachable, glare), (CallPhase::Ringing, 1, Some(false), false));
    assert_eq!(call.sfu_room, Some(call.id.room()));
    assert_eq!(call.trace_id.len(), 32);
    assert_eq!((call.expires_at.unwrap() - call.created_at).num_seconds(), 30);

    bob.client.ringing(&bob.relay(), call.id, &KeyRequest::default()).await.unwrap();
    assert_eq!(bob.sees(call.id).await.unwrap().parties[1].state, PartyState::Ringing);

    let active = bob.accepts(call.id).await.unwrap();
    assert_eq!((active.phase, active.parties[1].state), (CallPhase::Active, PartyState::Accepted));
    assert_eq!(active.parties[1].device.as_ref(), Some(&bob.id));
    assert_eq!(bob.client.calls(&bob.relay()).await.unwrap().items.len(), 1);

    let ended = ann.hangs_up(call.id).await.unwrap();
    assert_eq!((ended.phase, ended.reason), (CallPhase::Ended, Some(EndReason::Completed)));
    assert_eq!(bob.sees(call.id).await.unwrap().reason, Some(EndReason::Completed));
    for device in [&ann, &bob] {
        assert!(device.client.calls(&device.relay()).await.unwrap().items.is_empty());
    }
    assert_eq!(sees_ann.story().await, ["updated", "accepted bob", "ended completed"]);
    assert_eq!(sees_bob.story().await, ["ringing", "ended completed"]);
    assert_eq!(sees_tablet.story().await, ["ringing", "stopped answered_elsewhere", "ended completed"]);
}

#[tokio::test]
async fn a_caller_may_give_up_and_a_callee_may_say_no() {
    let world = World::start().await;
    let (ann, bob) = (world.device("ann", "laptop"), world.device("bob", "phone"));

    let call = ann.rings(&["bob"]).await;
    assert_eq!(ann.cancels(call.id).await.unwrap().reason, Some(EndReason::Cancelled));

    let call = ann.rings(&["bob"]).await;
    let no = DeclineRequest { reason: Some("in the car".to_owned()) };
    let declined = bob.client.decline(&bob.relay(), call.id, &no).await.unwrap().call;
    assert_eq!(declined.reason, Some(EndReason::Rejected));
    assert_eq!(refused(bob.accepts(call.id).await).code, ErrorCode::CallEnded);
    // Whoever leaves what is over has left already.
    assert_eq!(ann.hangs_up(call.id).await.unwrap().version, declined.version);
}

#[tokio::test]
async fn a_ring_ends_by_itself_at_its_deadline() {
    let world = World::with(2, &[("CALLS__RING_SECONDS", "1")]).await;
    let (ann, bob) = (world.device("ann", "laptop"), world.device("bob", "phone"));
    let witness = world.witness("ann", "laptop").await;
    let seen = ann.rings(&["bob"]).await;
    bob.client.snapshot(&bob.relay()).await.unwrap();
    // Nobody asks: it is the service's own clockwork that ends it, and it does so once.
    let story = eventually("the ring ends", BOUND, async || {
        let story = witness.story().await;
        story.iter().any(|event| event.starts_with("ended")).then_some(story)
    })
    .await;
    assert_eq!(story, ["ended no_answer"]);
    assert_eq!(ann.sees(seen.id).await.unwrap().version, seen.version + 1);

    let unseen = ann.rings(&["bob"]).await;
    eventually("nobody was there", BOUND, async || {
        ann.sees(unseen.id).await.unwrap().reason == Some(EndReason::Unreachable)
    })
    .await;
}

#[tokio::test]
async fn whoever_is_in_a_call_is_busy_and_calls_nobody_else() {
    let world = World::start().await;
    let (ann, bob, eve) = (world.device("ann", "a"), world.device("bob", "b"), world.device("eve", "e"));
    let call = ann.rings(&["bob"]).await;
    let busy = eve.rings(&["bob"]).await;
    assert_eq!((busy.phase, busy.reason), (CallPhase::Ended, Some(EndReason::Busy)));
    let second = refused(ann.invites(&["eve"]).await);
    assert_eq!(second.code, ErrorCode::AlreadyInCall);
    assert_eq!(second.problem.extensions["call_id"], call.id.to_string());

    // Dialling while being rung: the ring becomes busy, in one commit with the new call.
    let dialled = bob.rings(&["eve"]).await;
    assert_eq!(dialled.phase, CallPhase::Ringing);
    assert_eq!(ann.sees(call.id).await.unwrap().reason, Some(EndReason::Busy));
}

#[tokio::test]
async fn two_who_call_each_other_are_in_one_call() {
    let world = World::with(2, &[]).await;
    let (ann, bob) = (world.device_at(0, "ann", "a"), world.device_at(1, "bob", "b"));
    let first = ann.rings(&["bob"]).await;
    let InviteAnswer { call, glare, .. } = bob.invites(&["ann"]).await.unwrap();
    assert!(glare);
    assert_eq!((call.id, call.phase), (first.id, CallPhase::Active));
}

#[tokio::test]
async fn the_first_device_that_answers_is_in_the_call_and_the_other_is_told() {
    let world = World::start().await;
    let (ann, phone, tablet) =
        (world.device("ann", "a"), world.device("bob", "phone"), world.device("bob", "tablet"));
    let call = ann.rings(&["bob"]).await;
    let accepted = phone.accepts(call.id).await.unwrap();
    assert_eq!(phone.accepts(call.id).await.unwrap().version, accepted.version);
    assert_eq!(refused(tablet.accepts(call.id).await).code, ErrorCode::CallAlreadyAnswered);
    assert_eq!(
        refused(report(&tablet, &call, ReportedMedia::Connected).await).code,
        ErrorCode::NotThisDevice
    );
    assert_eq!(refused(ann.accepts(call.id).await).code, ErrorCode::NotAllowedInPhase);
    assert_eq!(refused(ann.cancels(call.id).await).code, ErrorCode::NotAllowedInPhase);
    assert_eq!(tablet.hangs_up(call.id).await.unwrap().reason, Some(EndReason::Completed));
    let late = refused(phone.accepts(call.id).await);
    assert_eq!(late.code, ErrorCode::CallEnded);
    assert_eq!(late.problem.extensions["call"]["reason"], "completed");
}

#[tokio::test]
async fn the_media_of_a_peer_to_peer_call_are_reported_by_its_devices() {
    let world = World::start().await;
    let (ann, bob) = (world.device("ann", "a"), world.device("bob", "b"));
    let mut invite = crate::world::invite(&["bob"], CallMedia::P2p);
    invite.key = Some("YW5u".to_owned());
    let call = ann.client.invite(&ann.relay(), &invite).await.unwrap().call;
    assert_eq!(call.sfu_room, None);
    bob.accepts(call.id).await.unwrap();
    report(&bob, &call, ReportedMedia::Connected).await.unwrap();
    let seen = ann.sees(call.id).await.unwrap();
    assert_eq!(seen.parties[1].media_state, Some(MediaState::Connected));
    assert_eq!(seen.parties[0].key.as_deref(), Some("YW5u"));
    let failed =
        MediaReport { state: ReportedMedia::Failed, cause: Some(signal_protocol::MediaCause::Device) };
    bob.client.media(&bob.relay(), call.id, &failed).await.unwrap();
    assert_eq!(ann.sees(call.id).await.unwrap().reason, Some(EndReason::MediaFailed));
}

async fn report(
    device: &Device,
    call: &signal_protocol::Call,
    state: ReportedMedia,
) -> Result<(), call_state_api::CallStateFailure> {
    device.client.media(&device.relay(), call.id, &MediaReport { state, cause: None }).await
}
