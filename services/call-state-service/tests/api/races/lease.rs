//! A device that comes back when it is about to be given up.

use std::time::Instant;

use call_state_api::presence::presence_key;
use clock::{DateTime, Duration, Utc};
use rand::Rng as _;
use signal_protocol::{CallId, CallMedia, EndReason, ErrorCode, MediaReport, ReportedMedia};
use store::{Commit, Write};
use testkit::eventually;

use super::round::{Round, reach};
use super::stage::{Stage, WAITING};
use crate::world::{BOUND, Device, invite, refused};

#[tokio::test]
async fn a_device_that_comes_back_as_its_lease_ends_is_in_the_call_or_it_is_over() {
    let stage = Stage::new(&[("CALLS__LEASE_SECONDS", "1")]).await;
    let came_back = async |round: &mut Round<'_>| {
        let [ann, bob] = round.people(["ann", "bob"]).await;
        let (call, lease_end) = bob_falls_silent(round, &ann, &bob).await;
        // How long something takes is learned from somebody else: bob must not be heard of.
        let asked = Instant::now();
        ann.sees(call).await.unwrap();
        let way = Duration::from_std(asked.elapsed()).unwrap();
        // It is looked for him a little later than that, so this is about when he is either back or given up.
        let off = Duration::milliseconds(round.dice.random_range(-3..=8));
        reach(lease_end + off - way).await;
        let reports = round.one_of([true, false]);
        let was_in_time =
            if reports { has_reported(&bob, call).await } else { is_there(round, &bob, call).await };
        let settled = eventually("somebody has looked whether bob is there", BOUND, async || {
            let record = round.record(call).await.0;
            record.next_deadline().is_none_or(|next| next > lease_end).then_some(record)
        })
        .await;
        assert_eq!(was_in_time, settled.is_live(), "a device that was back is given up: {settled:#?}");
        if was_in_time {
            return "came back";
        }
        let over = settled.view(lease_end);
        assert_eq!(over.reason, Some(EndReason::ConnectionLost));
        assert!(over.ended_at.unwrap() > lease_end, "given up before its lease ended: {over:#?}");
        "lost"
    };
    stage.play("lease end or reconnect", WAITING, came_back).await;
}

/// A call of ann and bob in which bob is not heard of from its accept on; and when his lease ends.
async fn bob_falls_silent(round: &mut Round<'_>, ann: &Device, bob: &Device) -> (CallId, DateTime<Utc>) {
    let request = invite(&[bob.user.as_str()], CallMedia::P2p);
    let call = round.hears(ann.client.invite(&ann.relay(), &request).await.unwrap().call);
    let accepted = bob.accepts(call.id).await;
    let active = round.told(accepted).unwrap();
    // Each request counts as life for ten seconds. A test that cannot wait takes that back.
    let forget = Write::Delete { key: presence_key(&bob.user) };
    let world = &round.stage.world;
    world.store.commit(&world.tenant, Commit { writes: vec![forget], ..Commit::default() }).await.unwrap();
    (call.id, active.active_since.unwrap() + Duration::seconds(1))
}

/// Bob's device has a connection again. Whether the call was still there then.
async fn is_there(round: &Round<'_>, bob: &Device, call: CallId) -> bool {
    round.stage.world.leases(bob, Duration::minutes(1)).await;
    round.record(call).await.0.is_live()
}

/// Bob's device says that it hears and is heard. Whether the call was still there then.
async fn has_reported(bob: &Device, call: CallId) -> bool {
    let report = MediaReport { state: ReportedMedia::Connected, cause: None };
    let answer = bob.client.media(&bob.relay(), call, &report).await;
    if answer.is_ok() {
        return true;
    }
    assert_eq!(refused(answer).code, ErrorCode::CallEnded);
    false
}
