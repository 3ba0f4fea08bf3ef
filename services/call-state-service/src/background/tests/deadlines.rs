//! Deadlines, and whatever else has a timer.

use std::time::Duration;

use call_desk::records::call_key;
use call_state_api::outbox::{HOOK_QUEUE, SFU_QUEUE};
use calls::Phase;
use signal_protocol::CallId;
use store::{Key, Write};
use testkit::eventually;
use uuid::Uuid;

use super::{BOUND, World};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_deadline_is_met_once_however_many_look_out_for_it() {
    const CALLS: u32 = 150;
    let mut world = World::new();
    let mut calls = Vec::new();
    for number in 0..CALLS {
        calls.push(world.invite(&format!("caller-{number}"), &format!("callee-{number}")).await);
    }
    world.poll();
    world.poll();
    world.pass(31);
    world.timers_are(0).await;
    world.stop().await;

    world.figure_is("calls_ended_total{", f64::from(CALLS)).await;
    for (number, call) in calls.into_iter().enumerate() {
        let record = world.call(call).await;
        assert!(matches!(record.phase, Phase::Ended { .. }), "{record:?}");
        assert!(
            !world.is_busy(&format!("caller-{number}")).await
                && !world.is_busy(&format!("callee-{number}")).await
        );
    }
}

#[tokio::test]
async fn what_somebody_claimed_who_then_died_is_taken_up() {
    let mut world = World::new();
    let call = world.invite("anna", "ben").await;
    world.pass(31);
    let claimed = world.store.claim_due(&world.tenant, 100, Duration::from_secs(1)).await.unwrap();
    assert_eq!(claimed.due.len(), 1);
    world.poll();
    world.figure_is("calls_live{tenant=\"realtime\"}", 1.0).await;
    assert!(world.call(call).await.is_live(), "somebody else has it");
    world.pass(1);
    world.timers_are(0).await;
    assert!(!world.call(call).await.is_live());
}

#[tokio::test]
async fn a_timer_of_nothing_goes_and_one_that_is_wrong_is_set_right() {
    let mut world = World::new();
    let call = world.invite("anna", "ben").await;
    let now = world.clock.now();
    let gone = call_key(CallId::of(Uuid::now_v7()).unwrap());
    world
        .write(vec![
            Write::Schedule { member: gone, at: now },
            Write::Schedule { member: call_key(call), at: now },
            Write::Schedule { member: Key::new("hook", Uuid::new_v4()), at: now },
            Write::Schedule { member: Key::new("sfu", Uuid::new_v4()), at: now },
        ])
        .await;
    world.poll();
    world.timers_are(1).await;
    world.figure_is("timers_due_total{kind=\"call\",outcome=\"reset\"}", 1.0).await;
    assert!(world.call(call).await.is_live());
    assert_eq!(world.store.timers(&world.tenant).await.unwrap().overdue, 0);
    world.pass(31);
    world.timers_are(0).await;
    assert!(!world.call(call).await.is_live());
}

#[tokio::test]
async fn what_is_not_understood_is_left_alone() {
    let mut world = World::new();
    let (call, now) = (CallId::of(Uuid::now_v7()).unwrap(), world.clock.now());
    let damaged = Write::Put { key: call_key(call), data: b"{".to_vec(), refs: Vec::new(), ttl: None };
    world
        .write(vec![
            damaged,
            Write::Schedule { member: call_key(call), at: now },
            Write::Schedule { member: Key::new("newer", "release"), at: now },
            Write::Schedule { member: Key::new("call", "no-id"), at: now },
        ])
        .await;
    world.poll();
    world.figure_is("timers_due_total{kind=\"call\",outcome=\"unreadable\"}", 1.0).await;
    world.figure_is("timers_due_total{kind=\"unknown\",outcome=\"unknown\"}", 2.0).await;
    assert_eq!(world.timers().await, 3);
    assert!(world.is_there(call_key(call)).await);
    // Looked at again, and not every second.
    world.pass(2);
    world.figure_is("timers_due_total{kind=\"unknown\",outcome=\"unknown\"}", 4.0).await;
    world.figure_is("timers_due_total{kind=\"call\",outcome=\"unreadable\"}", 1.0).await;
    world.pass(60);
    world.figure_is("timers_due_total{kind=\"call\",outcome=\"unreadable\"}", 2.0).await;
}

#[tokio::test]
async fn an_effect_that_has_waited_is_in_its_queue_again_as_it_was() {
    let mut world = World::new();
    for (kind, queue) in [("hook", HOOK_QUEUE), ("sfu", SFU_QUEUE)] {
        let key = Key::new(kind, Uuid::new_v4());
        let data = format!("the {kind} as somebody else wrote it").into_bytes();
        let again = world.clock.now() + clock::Duration::seconds(5);
        let put = Write::Put { key: key.clone(), data: data.clone(), refs: Vec::new(), ttl: None };
        world.write(vec![put, Write::Schedule { member: key.clone(), at: again }]).await;
        world.poll();
        world.pass(5);
        let queue = Key::parse(queue).unwrap();
        let (block, idle) = (Duration::from_secs(1), Duration::from_secs(30));
        let taken = eventually("it is there", BOUND, async || {
            let taken = world.store.take(&world.tenant, &queue, "test", 10, block, idle).await.unwrap();
            (!taken.is_empty()).then_some(taken)
        })
        .await;
        assert_eq!((taken.len(), &taken[0].data), (1, &data));
        assert_eq!(world.timers().await, 0);
        assert!(!world.is_there(key).await);
    }
}
