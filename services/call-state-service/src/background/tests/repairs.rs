//! What the reaper puts right, and what it leaves.

use call_desk::records::{call_key, kind, put_user, user_key};
use calls::{Leg, LegKind, UserRecord};
use signal_protocol::CallId;
use store::{ScanCursor, Write};
use uuid::Uuid;

use super::{World, user};

impl World {
    /// Has the reaper look at everything once.
    async fn reap(&self) {
        for kind in [kind::USER, kind::CALL] {
            let mut next = Some(ScanCursor::default());
            while let Some(cursor) = next {
                next = self.reaper().slice(&self.tenant, kind, cursor).await.unwrap();
            }
        }
    }

    async fn give_leg(&self, name: &str, call: CallId, kind: LegKind) {
        let record = UserRecord { leg: Some(Leg { call, kind }), ..UserRecord::default() };
        self.write(vec![put_user(&user(name), &record)]).await;
    }
}

#[tokio::test]
async fn a_leg_that_agrees_with_no_call_is_removed_and_every_other_one_stays() {
    let mut world = World::new();
    let over = world.invite("anna", "ben").await;
    world.poll();
    world.pass(31);
    world.timers_are(0).await;
    world.stop().await;
    let live = world.invite("cleo", "dora").await;
    let missing = CallId::of(Uuid::now_v7()).unwrap();
    world.give_leg("of-ended", over, LegKind::Ringing).await;
    world.give_leg("of-missing", missing, LegKind::Engaged).await;
    world.give_leg("no-party", live, LegKind::Engaged).await;
    // Is being rung, and not in the call.
    world.give_leg("dora", live, LegKind::Engaged).await;

    world.reap().await;
    for name in ["of-ended", "of-missing", "no-party", "dora"] {
        assert!(!world.is_busy(name).await, "{name}");
    }
    assert!(world.is_busy("cleo").await);
    assert!(world.call(live).await.is_live());
    for (kind, count) in [("leg_of_ended_call", 1.0), ("leg_of_missing_call", 1.0), ("leg_without_part", 2.0)]
    {
        world.figure_is(&format!("repairs_total{{kind=\"{kind}\"}}"), count).await;
    }
}

#[tokio::test]
async fn a_record_that_cannot_be_read_is_neither_removed_nor_taken_for_missing() {
    let world = World::new();
    let call = CallId::of(Uuid::now_v7()).unwrap();
    let damaged = |key| Write::Put { key, data: b"{\"schema\":2}".to_vec(), refs: Vec::new(), ttl: None };
    world.write(vec![damaged(call_key(call)), damaged(user_key(&user("anna")))]).await;
    world.give_leg("ben", call, LegKind::Ringing).await;
    world.reap().await;
    assert!(world.is_busy("anna").await && world.is_busy("ben").await);
    assert!(world.is_there(call_key(call)).await);
}

#[tokio::test]
async fn a_leg_with_something_of_a_newer_release_keeps_that() {
    let world = World::new();
    let call = CallId::of(Uuid::now_v7()).unwrap();
    let mut record = UserRecord { leg: Some(Leg { call, kind: LegKind::Ringing }), ..UserRecord::default() };
    record.extra.insert("newer".to_owned(), 7.into());
    world.write(vec![put_user(&user("anna"), &record)]).await;
    world.reap().await;
    let key = user_key(&user("anna"));
    let read = world.store.read(&world.tenant, store::Read::new().and(key.clone(), 0)).await.unwrap();
    let left = read.parse::<UserRecord>(&key).unwrap().unwrap();
    assert_eq!((left.leg, left.extra.get("newer")), (None, Some(&7.into())));
}

#[tokio::test]
async fn a_live_call_without_a_timer_gets_one_and_ends_as_it_should_have() {
    let mut world = World::new();
    let call = world.invite("anna", "ben").await;
    world.write(vec![Write::Unschedule { member: call_key(call) }]).await;
    // Nothing is wrong with a call whose deadline is to come.
    world.reap().await;
    assert_eq!(world.timers().await, 0);
    world.pass(36);
    world.reap().await;
    world.figure_is("repairs_total{kind=\"call_without_timer\"}", 1.0).await;
    assert_eq!(world.timers().await, 1);
    world.poll();
    world.timers_are(0).await;
    assert!(!world.call(call).await.is_live());
    assert!(!world.is_busy("anna").await && !world.is_busy("ben").await);
}

#[tokio::test]
async fn calls_that_are_overdue_because_nobody_polled_are_no_repairs() {
    let world = World::new();
    world.invite("anna", "ben").await;
    world.pass(3_600);
    world.reap().await;
    world.figure_is("repairs_total{kind=\"call_without_timer\"}", 0.0).await;
}

#[tokio::test]
async fn the_reaper_goes_round_by_itself_until_it_is_to_stop() {
    let mut world = World::new();
    world.tasks.spawn(world.reaper().run(world.tenant.clone(), world.stopping.clone()));
    for round in 1..=2 {
        world.give_leg("anna", CallId::of(Uuid::now_v7()).unwrap(), LegKind::Ringing).await;
        world.figure_is("repairs_total{kind=\"leg_of_missing_call\"}", f64::from(round)).await;
    }
    world.stop().await;
}
