//! Signals: who may send which, when, and to whom.

use std::collections::BTreeSet;

use calls::{Answer as Told, Command, Reference, SentSignals};
use signal_protocol::SignalKind::{Answer, Candidates, Offer, Restart};
use signal_protocol::{CallMedia, EarlyOffer, InviteRequest, SignalPayload};

use crate::given::*;
use crate::world::World;

/// Alice calls Bob, whose phone and laptop ring.
fn rung() -> World {
    World::new().present("alice", 300).present("bob", 300).after(invite(1, "alice", &["bob"]))
}

/// The early offer is answered.
fn talking() -> World {
    rung().after(signal(1, "alice", Offer, 0)).after(answer(1, "bob"))
}

fn with_offer(media: CallMedia, callee: &str) -> InviteRequest {
    InviteRequest { offer: Some(EarlyOffer { sdp: "v=0".to_owned() }), ..request(media, &[callee]) }
}

fn sealed(mut command: Command) -> Command {
    let Command::Signal { request, .. } = &mut command else { panic!("{command:?}") };
    request.payload = SignalPayload { sealed: Some("c2VhbGVk".to_owned()), ..SignalPayload::default() };
    command
}

fn sent(world: &World, who: &str) -> Vec<u32> {
    let record = world.all.sent.get(&(call_id(1), user(who)));
    let listed = record.into_iter().flat_map(|record| &record.current);
    listed.flat_map(SentSignals::each).map(|sent| sent.generation).collect()
}

/// What the device finds when it starts from nothing.
fn waiting(world: &World, who: &str) -> String {
    let (actor, call) = (actor(who), world.call(1));
    let waiting = world.all.waiting(call, &actor);
    let told: Vec<_> =
        waiting.map(|(from, sent)| format!("{from} {} {}", sent.kind.as_str(), sent.generation)).collect();
    told.join(", ")
}

#[test]
fn an_early_offer_reaches_every_ringing_device_with_the_ring() {
    let world = World::new().present("bob", 300);
    let world = check(
        world,
        invite_with(1, "alice", with_offer(CallMedia::P2p, "bob")),
        "ringing: alice accepted, bob invited | alice/!phone updated, bob rings, bob offer 0",
    );
    let world = check(world, signal(1, "alice", Candidates, 0), " | bob candidates 0");
    let world = check(world, signal(1, "alice", Offer, 0), " | bob offer 0");
    assert_eq!(waiting(&world, "bob/laptop"), "alice offer 0, alice candidates 0, alice offer 0");
    assert_eq!(waiting(&world, "alice"), "", "nobody is told what they said themselves");
    let world = world.after(accept(1, "bob"));
    assert_eq!(waiting(&world, "bob"), "alice offer 0, alice candidates 0, alice offer 0");
    assert_eq!(waiting(&world, "bob/laptop"), "", "it is not in the call");
}

#[test]
fn a_call_that_is_over_at_once_carries_no_offer() {
    let world = World::new().after(invite(2, "carol", &["bob"]));
    let told = "ended busy: alice accepted, bob busy | alice ended, bob ended | missed(bob)";
    let world = check(world, invite_with(1, "alice", with_offer(CallMedia::P2p, "bob")), told);
    assert!(world.all.sent.is_empty());
}

#[test]
fn while_it_rings_the_caller_may_send_what_is_early_and_nothing_else() {
    for command in [
        signal(1, "alice", Answer, 0),
        signal(1, "alice", Offer, 1),
        signal(1, "alice", Candidates, 1),
        signal(1, "alice", Restart, 1),
        sealed(signal(1, "alice", Offer, 0)),
        answer(1, "alice"),
        signal(1, "bob", Offer, 0),
        signal(1, "bob", Candidates, 0),
        signal(1, "bob", Answer, 0),
    ] {
        check(rung(), command, "not_allowed_in_phase");
    }
    check(rung(), signal(1, "alice/laptop", Offer, 0), "not_this_device");
    check(rung(), signal(1, "carol", Offer, 0), "call_not_found");
}

#[test]
fn an_answer_that_accepts_is_both_and_the_first_one_wins() {
    let world = check(
        rung().after(signal(1, "alice", Offer, 0)),
        answer(1, "bob"),
        "active: alice accepted, bob accepted \
         | alice accepted(bob), bob/!phone stops(answered), alice/phone answer 0",
    );
    let world = check(world, answer(1, "bob/laptop"), "call_already_answered");
    let world = check(world, answer(1, "alice"), "not_allowed_in_phase");
    check(world.after(hangup(1, "bob")), answer(1, "bob"), "call_ended");
}

#[test]
fn an_answer_that_would_accept_is_refused_like_the_accept() {
    let mut world = rung().after(invite(2, "dave", &["erin"])).after(accept(2, "erin"));
    world.all.users.insert(user("bob"), world.all.users[&user("erin")].clone());
    let elsewhere = calls::Leg { call: call_id(3), kind: calls::LegKind::Engaged };
    let mut other = world.call(2).clone();
    other.id = call_id(3);
    other.parties[1].user_id = user("bob");
    world.all.calls.insert(call_id(3), other);
    world.all.users.get_mut(&user("bob")).unwrap().leg = Some(elsewhere);
    let refused = world.decide(&answer(1, "bob")).unwrap_err();
    assert_eq!(refused.code().as_str(), "already_in_call");
}

#[test]
fn only_answers_accept() {
    for kind in [Offer, Candidates, Restart] {
        let Command::Signal { call, actor, id, mut request } = signal(1, "bob", kind, 0) else { panic!() };
        request.accept = true;
        let refused = rung().run(&Command::Signal { call, actor, id, request }).unwrap_err();
        assert_eq!(refused.fields()[0].field, "accept");
    }
}

#[test]
fn in_the_call_the_two_devices_speak_to_each_other_alone() {
    let world = check(talking(), signal(1, "bob", Candidates, 0), " | alice/phone candidates 0");
    let world = check(world, signal(1, "alice", Candidates, 0), " | bob/phone candidates 0");
    let world = check(world, sealed(signal(1, "alice", Offer, 0)), " | bob/phone offer 0");
    for who in ["alice/laptop", "bob/laptop"] {
        check(world.clone(), signal(1, who, Candidates, 0), "not_this_device");
        assert_eq!(waiting(&world, who), "");
    }
    assert_eq!(waiting(&world, "alice"), "bob answer 0, bob candidates 0");
    check(world.after(hangup(1, "alice")), signal(1, "bob", Candidates, 0), "call_ended");
}

#[test]
fn candidates_of_both_sides_do_not_get_into_each_others_way() {
    let mut world = talking();
    let decision = world.run(&signal(1, "alice", Candidates, 0)).unwrap();
    assert!(decision.calls.is_empty() && decision.users.is_empty(), "the call is not written");
    let relied_on = [Reference::Call(call_id(1)), Reference::Signals(call_id(1), user("alice"))];
    assert_eq!(decision.relied_on, BTreeSet::from(relied_on));
}

#[test]
fn signals_that_are_alike_are_one_entry_and_their_ids_follow_each_other() {
    let mut world = talking();
    let ids = |world: &World| -> Vec<u128> {
        let alice = actor("alice");
        let waiting = world.all.waiting(world.call(1), &alice).skip(1);
        waiting.map(|(_, sent)| sent.id.as_u128()).collect()
    };
    for number in 1..=3 {
        let decision = world.run(&signal(1, "bob", Candidates, 0)).unwrap();
        let id = decision.signals[0].signal.signal_id;
        assert_eq!((decision.answer, ids(&world).len()), (Told::Signal(id), number));
        assert_eq!(ids(&world).last(), Some(&id.as_u128()));
    }
    let [first, second, third] = ids(&world)[..] else { panic!() };
    assert_eq!([second - first, third - second], [1, 1]);
    let entries = |world: &World| world.all.sent[&(call_id(1), user("bob"))].current.len();
    assert_eq!(entries(&world), 2, "the answer, and all candidates");
    let world = world.after(signal(1, "bob", Offer, 0)).after(signal(1, "bob", Candidates, 0));
    assert_eq!(entries(&world), 4, "in the order in which they were sent");
    let ids = ids(&world);
    assert!(ids.len() == 5 && ids[4].abs_diff(ids[2]) > 1000, "what begins anew has an id of its own");
}

#[test]
fn what_was_answered_is_soon_to_go() {
    let world = rung().after(signal(1, "alice", Offer, 0)).after(signal(1, "alice", Candidates, 0));
    let ids: Vec<_> = world.all.waiting(world.call(1), &actor("bob")).map(|(_, sent)| sent.id).collect();
    assert_eq!(ids.len(), 2);
    let mut world = world;
    assert_eq!(world.run(&answer(1, "bob")).unwrap().expire, ids);
    assert!(world.run(&signal(1, "bob", Candidates, 0)).unwrap().expire.is_empty());
}

#[test]
fn a_restart_begins_a_generation_and_what_is_older_is_stale() {
    let world = check(
        talking(),
        signal(1, "bob", Restart, 1),
        "active: alice accepted, bob accepted | alice/phone restart 1",
    );
    assert_eq!((world.call(1).generation, world.call(1).version), (1, 2), "nobody sees it but by the signal");
    check(world.clone(), signal(1, "alice", Candidates, 0), "stale_generation");
    check(world.clone(), signal(1, "alice", Answer, 0), "stale_generation");
    let world = check(world, signal(1, "alice", Offer, 1), " | bob/phone offer 1");
    let world = check(world, signal(1, "bob", Answer, 1), " | alice/phone answer 1");
    assert_eq!(
        (sent(&world, "alice"), sent(&world, "bob")),
        (vec![1], vec![1, 1]),
        "what is stale is forgotten"
    );
    assert_eq!(waiting(&world, "bob"), "alice offer 1");
}

#[test]
fn an_offer_of_the_next_generation_is_a_restart_too() {
    let world = check(
        talking(),
        signal(1, "alice", Offer, 1),
        "active: alice accepted, bob accepted | bob/phone offer 1",
    );
    assert_eq!(world.call(1).generation, 1);
}

#[test]
fn who_restarts_while_the_other_does_joins_that_restart() {
    let world = talking().after(signal(1, "alice", Restart, 1));
    let world = check(world, signal(1, "bob", Restart, 1), " | alice/phone restart 1");
    assert_eq!(world.call(1).generation, 1);
}

#[test]
fn candidates_may_come_before_their_offer_and_nothing_may_come_before_that() {
    let world = check(talking(), signal(1, "alice", Candidates, 1), " | bob/phone candidates 1");
    assert_eq!(world.call(1).generation, 0);
    assert_eq!(waiting(&world, "bob"), "alice offer 0, alice candidates 1");
    for (kind, generation) in [(Answer, 1), (Restart, 0), (Offer, 2), (Candidates, 2), (Offer, u32::MAX)] {
        let refused = world.clone().run(&signal(1, "alice", kind, generation)).unwrap_err();
        assert_eq!(refused.fields()[0].field, "generation", "{kind:?} {generation}");
    }
    let world = world.after(signal(1, "alice", Offer, 1));
    assert_eq!(waiting(&world, "bob"), "alice candidates 1, alice offer 1");
}

#[test]
fn the_fourth_restart_ends_the_call() {
    let mut world = talking();
    for generation in 1..=3 {
        let who = if generation == 2 { "bob" } else { "alice" };
        world = world.after(signal(1, who, Restart, generation)).after(signal(1, who, Offer, generation));
    }
    assert!(world.call(1).is_live());
    let told = "ended connection_lost: alice accepted, bob accepted | alice ended, bob ended";
    check(world.clone(), signal(1, "bob", Restart, 4), told);
    let world = check(world, signal(1, "bob", Offer, 4), told);
    assert!(world.all.sent.is_empty(), "with the call goes what was sent in it");
}

#[test]
fn a_party_sends_so_many_signals_and_no_more() {
    let mut world = talking();
    for _ in 1..300 {
        world.run(&signal(1, "bob", Candidates, 0)).unwrap();
    }
    let world = check(world, signal(1, "bob", Candidates, 0), "rate_limited");
    check(world, signal(1, "alice", Candidates, 0), " | bob/phone candidates 0");
}

#[test]
fn what_a_party_sends_may_be_so_large_and_no_larger_whatever_it_is_cut_into() {
    const BOUND: usize = 1_024 * 1_024;
    let around = r#"{"sealed":""}"#.len();
    let large = |bytes: usize| {
        let mut command = sealed(signal(1, "bob", Candidates, 0));
        let Command::Signal { request, .. } = &mut command else { panic!("{command:?}") };
        request.payload.sealed = Some("x".repeat(bytes - around));
        command
    };
    let mut world = talking();
    let answered = usize::try_from(world.all.sent[&(call_id(1), user("bob"))].bytes).unwrap();
    for _ in 0..31 {
        world.run(&large(32 * 1_024)).unwrap();
    }
    let rest = BOUND - answered - 31 * 32 * 1_024;
    let mut world = check(world, large(rest + 1), "rate_limited");
    world.run(&large(rest)).unwrap();
    let world = check(world, signal(1, "bob", Candidates, 0), "rate_limited");
    check(world, signal(1, "alice", Candidates, 0), " | bob/phone candidates 0");
}

#[test]
fn who_has_blocked_the_caller_is_sent_nothing_and_the_caller_cannot_tell() {
    let world = World::new().present("bob", 300);
    let since = world.now;
    let world = world.preferring("bob", |own| _ = own.blocked.insert(user("alice"), since));
    let told = "ringing: alice accepted, bob invited | alice/!phone updated";
    let mut world = check(world, invite_with(1, "alice", with_offer(CallMedia::P2p, "bob")), told);
    for _ in 1..300 {
        assert!(world.run(&signal(1, "alice", Candidates, 0)).unwrap().signals.is_empty());
    }
    check(world, signal(1, "alice", Candidates, 0), "rate_limited");
}

#[test]
fn calls_through_livekit_take_no_signals() {
    let world = World::new().after(invite_with(1, "alice", request(CallMedia::Livekit, &["bob"])));
    check(world.clone(), signal(1, "alice", Offer, 0), "wrong_media");
    check(world, answer(1, "bob"), "wrong_media");
    let refused =
        World::new().run(&invite_with(1, "alice", with_offer(CallMedia::Livekit, "bob"))).unwrap_err();
    assert_eq!(refused.fields()[0].field, "offer");
}

#[test]
fn of_two_offers_that_cross_the_earlier_counts() {
    let world = World::new().present("bob", 300);
    let world = world.after(invite_with(1, "alice", with_offer(CallMedia::P2p, "bob")));
    let told = "active: alice accepted, bob accepted | alice accepted(bob), bob/!phone stops(answered)";
    let world = check(world, invite_with(2, "bob", with_offer(CallMedia::P2p, "alice")), told);
    assert_eq!((waiting(&world, "bob").as_str(), waiting(&world, "alice").as_str()), ("alice offer 0", ""));
}
