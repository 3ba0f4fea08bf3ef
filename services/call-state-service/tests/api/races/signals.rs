//! Signals at the same time as each other, and as the end of their call.

use signal_protocol::SignalKind::{Candidates, Restart};
use signal_protocol::{CallId, ErrorCode, EventBody, Signal};
use store::{Key, Read};

use super::round::Round;
use super::stage::{BUSY, Stage};
use crate::world::{Device, Witness, refused};

/// Follows what this device is told.
async fn witness(round: &Round<'_>, device: &Device) -> Witness {
    round.stage.world.witness(device.user.as_str(), device.id.as_str()).await
}

/// The signals among what was told.
async fn signals(witness: &Witness) -> Vec<Signal> {
    let signal = |body| if let EventBody::Signal(signal) = body { Some(signal) } else { None };
    witness.events().await.into_iter().filter_map(|event| signal(event.body)).collect()
}

/// Ann and bob are connected.
async fn connected(round: &mut Round<'_>, ann: &Device, bob: &Device) -> CallId {
    let call = round.hears(ann.offers(bob.user.as_str()).await).id;
    bob.answers(call).await.unwrap();
    call
}

#[tokio::test]
async fn of_two_devices_that_answer_an_offer_at_once_one_is_heard() {
    let stage = Stage::new(&[]).await;
    let answered = async |round: &mut Round<'_>| {
        let [ann, bob] = round.people(["ann", "bob"]).await;
        let of_ann = witness(round, &ann).await;
        let call = round.hears(ann.offers(bob.user.as_str()).await).id;
        let [phone, tablet] = round.both("bob", ["phone", "tablet"]);
        let (by_phone, by_tablet) = round.race(phone.answers(call), tablet.answers(call)).await;
        let (id, late, device) = match (by_phone, by_tablet) {
            (Ok(id), late @ Err(_)) => (id, late, &phone),
            (late @ Err(_), Ok(id)) => (id, late, &tablet),
            both => panic!("one of them is in the call: {both:#?}"),
        };
        assert_eq!(refused(late).code, ErrorCode::CallAlreadyAnswered);
        let heard: Vec<_> = signals(&of_ann).await.iter().map(|signal| signal.signal_id).collect();
        assert_eq!(heard, [id]);
        let seen = round.hears(ann.sees(call).await.unwrap());
        assert_eq!(seen.parties[1].device.as_ref(), Some(&device.id));
        if device.id == phone.id { "phone" } else { "tablet" }
    };
    stage.play("two devices answer an offer", BUSY, answered).await;
}

#[tokio::test]
async fn a_signal_comes_before_the_hangup_or_not_at_all() {
    let stage = Stage::new(&[]).await;
    let sent = async |round: &mut Round<'_>| {
        let [ann, bob] = round.people(["ann", "bob"]).await;
        let of_ann = witness(round, &ann).await;
        let call = connected(round, &ann, &bob).await;
        let kind = round.one_of([Candidates, Restart]);
        let generation = u32::from(kind == Restart);
        let (sent, over) = round.race(bob.sends(call, kind, generation), ann.hangs_up(call)).await;
        round.told(over).unwrap();
        // Its own device hears the end by the answer, and what came before by the log. That nothing comes behind the end is
        // what the judge looks at in each log.
        let heard = signals(&of_ann).await.iter().filter(|signal| signal.kind == kind).count();
        let story = of_ann.story().await;
        assert!(story.last().is_some_and(|last| last.starts_with("ended")), "{story:?}");
        let world = &round.stage.world;
        for user in [&ann.user, &bob.user] {
            let key = Key::new("signals", format_args!("{call}:{user}"));
            let read = world.store.read(&world.tenant, Read::new().and(key.clone(), 0)).await.unwrap();
            assert_eq!(read.data(&key), None, "what was sent goes with its call");
        }
        match sent {
            Ok(_) => {
                assert_eq!(heard, 1);
                "sent"
            }
            late @ Err(_) => {
                assert_eq!((refused(late).code, heard), (ErrorCode::CallEnded, 0));
                "too late"
            }
        }
    };
    stage.play("signal or hangup", BUSY, sent).await;
}

#[tokio::test]
async fn two_who_restart_at_once_are_in_one_generation() {
    let stage = Stage::new(&[]).await;
    let restarted = async |round: &mut Round<'_>| {
        let [ann, bob] = round.people(["ann", "bob"]).await;
        let (of_ann, of_bob) = (witness(round, &ann).await, witness(round, &bob).await);
        let call = connected(round, &ann, &bob).await;
        let (by_ann, by_bob) = round.race(ann.sends(call, Restart, 1), bob.sends(call, Restart, 1)).await;
        let (by_ann, by_bob) = (by_ann.unwrap(), by_bob.unwrap());
        assert_eq!(round.record(call).await.0.generation, 1, "it is one restart");
        for (witness, id) in [(of_ann, by_bob), (of_bob, by_ann)] {
            let heard = signals(&witness).await;
            let restarts =
                heard.iter().filter(|signal| signal.kind == Restart).map(|signal| signal.signal_id);
            assert_eq!(restarts.collect::<Vec<_>>(), [id], "each hears the other's");
        }
        "one generation"
    };
    stage.play("two restarts", BUSY, restarted).await;
}

#[tokio::test]
async fn candidates_of_both_sides_are_all_heard_in_their_order() {
    let stage = Stage::new(&[]).await;
    let trickled = async |round: &mut Round<'_>| {
        let [ann, bob] = round.people(["ann", "bob"]).await;
        let (of_ann, of_bob) = (witness(round, &ann).await, witness(round, &bob).await);
        let call = connected(round, &ann, &bob).await;
        let trickle = async |device: &Device| {
            let mut ids = Vec::new();
            for _ in 0..5 {
                ids.push(device.sends(call, Candidates, 0).await.unwrap());
            }
            ids
        };
        let (by_ann, by_bob) = round.race(trickle(&ann), trickle(&bob)).await;
        for (witness, ids) in [(of_ann, by_bob), (of_bob, by_ann)] {
            let heard = signals(&witness).await;
            let candidates =
                heard.iter().filter(|signal| signal.kind == Candidates).map(|signal| signal.signal_id);
            assert_eq!(candidates.collect::<Vec<_>>(), ids);
        }
        "all"
    };
    stage.play("candidates of both sides", BUSY, trickled).await;
}
