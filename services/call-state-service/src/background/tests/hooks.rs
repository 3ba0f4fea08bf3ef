//! Hooks, at a push service that is there, is not there, or does not want them.

use std::collections::BTreeSet;
use std::time::Duration;

use ::settings::Secret;
use call_state_api::outbox::{HOOK_QUEUE, HookEffect, HookKind, News, RingNews};
use clock::Clock;
use http_client::StatusCode;
use standardwebhooks::Webhook;
use store::{Key, Write};
use testkit::{Hook, HookReceiver, eventually};
use uuid::Uuid;

use super::{BOUND, World};
use crate::background::hooks::Hooks;
use crate::settings::{BackgroundSettings, HookSettings};

const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

fn settings(receiver: &HookReceiver) -> HookSettings {
    HookSettings {
        url: Some(receiver.url().parse().unwrap()),
        secret: Some(Secret::from(SECRET.to_owned())),
        first_pause_ms: 10,
        longest_pause_seconds: 1,
        ..HookSettings::default()
    }
}

impl World {
    /// With the work on hooks, and that on the timers by which they come back.
    fn hooking(settings: &HookSettings) -> Self {
        let mut world = Self::at(Clock::system());
        world.hook(settings);
        world.poll();
        world
    }

    fn hook(&mut self, settings: &HookSettings) {
        let (census, metrics) = (std::sync::Arc::clone(&self.census), self.metrics.clone());
        let hooks = Hooks::new(self.store.clone(), settings, census, metrics).unwrap();
        self.tasks.spawn(hooks.run(self.tenant.clone(), self.stopping.clone()));
    }

    /// Something to tell about a call of `caller`.
    async fn effect(&self, caller: &str) -> HookEffect {
        let call = self.invite(caller, &format!("callee-of-{caller}")).await;
        let (record, at) = (self.call(call).await, self.clock.now());
        let user_id = super::user("ben");
        let (kind, call) = (HookKind::CallMissed, record.view(at));
        HookEffect {
            id: Uuid::new_v4(),
            news: News::Ring(RingNews { kind, user_id, call }),
            at,
            attempt: 0,
            traceparent: None,
        }
    }

    /// In place of what the invite itself put there.
    async fn enqueue(&self, effects: &[HookEffect]) {
        let of = |effect| Write::Enqueue { queue: queue(), entry: serde_json::to_vec(effect).unwrap() };
        self.write(effects.iter().map(of).collect()).await;
    }

    async fn enqueued(&self, caller: &str) -> HookEffect {
        let effect = self.effect(caller).await;
        self.enqueue(std::slice::from_ref(&effect)).await;
        effect
    }
}

fn queue() -> Key {
    Key::parse(HOOK_QUEUE).unwrap()
}

/// The hooks with this id, of which there are `count` at least before long.
async fn told(receiver: &HookReceiver, id: Uuid, count: usize) -> Vec<Hook> {
    let id = id.to_string();
    eventually("the push service is told", BOUND, async || {
        let mut hooks = receiver.hooks();
        hooks.retain(|hook| hook.id() == id);
        if hooks.len() >= count { Ok(hooks) } else { Err(format!("{} hooks", hooks.len())) }
    })
    .await
}

#[tokio::test]
async fn a_hook_says_what_happened_and_is_signed() {
    let receiver = HookReceiver::start().await.unwrap();
    let world = World::hooking(&settings(&receiver));
    let effect = world.enqueued("anna").await;
    let hooks = told(&receiver, effect.id, 1).await;
    let judge = Webhook::new(SECRET).unwrap();
    judge.verify(&hooks[0].body, &hooks[0].headers).unwrap();
    assert!(judge.verify(b"{}", &hooks[0].headers).is_err());
    let body = hooks[0].json();
    assert_eq!(body["type"], "call.missed");
    assert_eq!(body["timestamp"], effect.at.format("%Y-%m-%dT%H:%M:%S%.3fZ").to_string());
    assert_eq!(body["data"]["tenant"], "realtime");
    assert_eq!(body["data"]["user_id"], "ben");
    let News::Ring(ring) = &effect.news else { panic!("not of a ring: {effect:?}") };
    assert_eq!(body["data"]["call"], serde_json::to_value(&ring.call).unwrap());
    assert_eq!(hooks[0].headers["content-type"], "application/json");
}

#[tokio::test]
async fn what_was_not_taken_comes_again_with_the_same_id_and_body_until_it_is() {
    for status in [302, 400, 429, 500] {
        let receiver = HookReceiver::start().await.unwrap();
        receiver.answer(StatusCode::from_u16(status).unwrap());
        let mut world = World::hooking(&settings(&receiver));
        let effect = world.enqueued("anna").await;
        told(&receiver, effect.id, 3).await;
        receiver.answer(StatusCode::OK);
        let outcome = "hooks_total{kind=\"call.missed\",outcome=\"told\"}";
        world.figure_is(outcome, 1.0).await;
        world.stop().await;

        let hooks = told(&receiver, effect.id, 4).await;
        assert_eq!(hooks.iter().filter(|hook| hook.status == StatusCode::OK).count(), 1, "{status}");
        let bodies: BTreeSet<_> = hooks.iter().map(|hook| hook.body.clone()).collect();
        assert_eq!(bodies.len(), 1, "{status}");
        let judge = Webhook::new(SECRET).unwrap();
        assert!(hooks.iter().all(|hook| judge.verify(&hook.body, &hook.headers).is_ok()), "{status}");
        assert!(!world.is_there(Key::new("hook", effect.id)).await);
    }
}

/// More than are tried at once, and more than it takes for the push service to count as down.
#[tokio::test]
async fn a_push_service_that_was_away_is_told_of_everything_when_it_is_back() {
    let receiver = HookReceiver::start().await.unwrap();
    receiver.down().await;
    let world = World::hooking(&settings(&receiver));
    let mut effects = Vec::new();
    for number in 0..60 {
        effects.push(world.effect(&format!("caller-{number}")).await);
    }
    world.enqueue(&effects).await;
    let spared = "hooks_total{kind=\"call.missed\",outcome=\"spared\"}";
    eventually("it counts as down", BOUND, async || world.figure(spared) > 0.0).await;
    receiver.up().await.unwrap();
    for effect in &effects {
        told(&receiver, effect.id, 1).await;
    }
}

#[tokio::test]
async fn a_push_service_that_does_not_want_a_hook_is_not_told_again() {
    let receiver = HookReceiver::start().await.unwrap();
    receiver.answer(StatusCode::GONE);
    let world = World::hooking(&settings(&receiver));
    let effect = world.enqueued("anna").await;
    world.figure_is("hooks_total{kind=\"call.missed\",outcome=\"unwanted\"}", 1.0).await;
    assert!(!world.is_there(Key::new("hook", effect.id)).await);
    assert_eq!(told(&receiver, effect.id, 1).await.len(), 1);
}

#[tokio::test]
async fn what_was_tried_for_too_long_is_dropped() {
    let receiver = HookReceiver::start().await.unwrap();
    receiver.answer(StatusCode::INTERNAL_SERVER_ERROR);
    let world = World::hooking(&HookSettings { give_up_seconds: 1, ..settings(&receiver) });
    let effect = world.enqueued("anna").await;
    world.figure_is("hooks_total{kind=\"call.missed\",outcome=\"given_up\"}", 1.0).await;
    assert!(!world.is_there(Key::new("hook", effect.id)).await);
    assert!(told(&receiver, effect.id, 1).await.len() > 1);
}

#[tokio::test]
async fn without_a_push_service_hooks_are_acknowledged_and_counted() {
    let world = World::hooking(&HookSettings::default());
    world.enqueued("anna").await;
    world.figure_is("hooks_total{kind=\"call.missed\",outcome=\"off\"}", 1.0).await;
    eventually("nothing is left", BOUND, async || {
        let (block, idle) = (Duration::from_millis(1), Duration::ZERO);
        world.store.take(&world.tenant, &queue(), "test", 10, block, idle).await.unwrap().is_empty()
    })
    .await;
}

#[tokio::test]
async fn an_entry_of_a_newer_release_is_left_for_one_and_not_for_ever() {
    let receiver = HookReceiver::start().await.unwrap();
    let mut world = World::new();
    world.write(vec![Write::Enqueue { queue: queue(), entry: b"{\"newer\":1}".to_vec() }]).await;
    for _ in 0..98 {
        let block = Duration::from_millis(1);
        let taken = world.store.take(&world.tenant, &queue(), "other", 1, block, Duration::ZERO).await;
        assert_eq!(taken.unwrap().len(), 1);
    }
    world.hook(&settings(&receiver));
    let unreadable = "hooks_total{kind=\"unknown\",outcome=\"unreadable\"}";
    let left = async |deliveries: u64| {
        let (block, idle) = (Duration::from_millis(1), Duration::ZERO);
        let taken = world.store.take(&world.tenant, &queue(), "test", 1, block, idle).await.unwrap();
        assert_eq!(taken.iter().map(|entry| entry.deliveries).collect::<Vec<_>>(), [deliveries]);
    };
    assert!(world.figure(unreadable).abs() < 0.5);
    left(99).await;
    // Waits behind the clock of the one before.
    world.pass(30);
    world.figure_is(unreadable, 1.0).await;
    assert_eq!(receiver.hooks().len(), 0);
}

#[tokio::test]
async fn what_waits_when_it_is_time_to_stop_is_still_told() {
    let receiver = HookReceiver::start().await.unwrap();
    let world = World::at(Clock::system());
    let mut effects = Vec::new();
    for number in 0..40 {
        effects.push(world.effect(&format!("caller-{number}")).await);
    }
    let mut registry = prometheus_client::registry::Registry::default();
    let background = crate::background::start(
        &world.desk,
        world.store.clone(),
        &BackgroundSettings::default(),
        &settings(&receiver),
        &mut registry,
    )
    .unwrap();
    world.enqueue(&effects).await;
    background.stop().await;
    for effect in &effects {
        assert_eq!(told(&receiver, effect.id, 1).await.len(), 1);
    }
}
