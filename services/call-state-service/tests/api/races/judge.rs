//! What must be true of every round, whoever was first: read from the logs of everybody and from the records.

use std::collections::{BTreeMap, BTreeSet};

use calls::{CallRecord, UserRecord};
use signal_protocol::{Call, CallId, CallPhase, Event, EventBody, PartyState, UserId};
use store::{Key, Read};

use crate::world::{Device, World};

/// Every view of every call that anybody was told of.
#[derive(Default)]
pub(super) struct Known {
    views: BTreeMap<(CallId, u64), Call>,
    /// What commands were answered with.
    answered: Vec<Call>,
}

impl Known {
    /// A command was answered with this view.
    pub(super) fn is_answered(&mut self, view: &Call) {
        self.answered.push(view.clone());
    }

    /// Folds the whole log of one person. It tells a consistent story, and the same as the logs before it.
    pub(super) fn reads(&mut self, user: &UserId, events: &[Event]) {
        let ids: BTreeSet<&str> = events.iter().map(|event| event.id.as_str()).collect();
        assert_eq!(ids.len(), events.len(), "{user} is told something twice: {events:#?}");
        let mut story: BTreeMap<CallId, &Call> = BTreeMap::new();
        // What happened in one commit was said in one breath.
        for breath in events.chunk_by(|one, next| one.at == next.at) {
            for event in breath {
                if let EventBody::Signal(signal) = &event.body {
                    let live = story.get(&signal.call_id).is_some_and(|view| view.phase != CallPhase::Ended);
                    assert!(live, "{user} hears a signal outside of its call: {events:#?}");
                }
                let Some(view) = event.body.call() else { continue };
                if let Some(before) = story.insert(view.id, view) {
                    assert_ne!(
                        before.phase,
                        CallPhase::Ended,
                        "{user} is told more after the end: {events:#?}"
                    );
                    let is_later = before.version < view.version && rank(before.phase) <= rank(view.phase);
                    assert!(is_later, "{user} is told of the past: {events:#?}");
                }
                check(user, &event.body);
                let same = self.views.entry((view.id, view.version)).or_insert_with(|| view.clone());
                assert_eq!(same, view, "not everybody is told the same");
            }
            let live = story.values().filter(|view| has_leg(view, user)).count();
            assert!(live <= 1, "{user} is in {live} calls: {events:#?}");
        }
        for view in story.values() {
            assert_eq!(view.phase, CallPhase::Ended, "{user} is never told of the end: {events:#?}");
        }
    }

    /// The calls, each as it was last.
    fn last(&self) -> BTreeMap<CallId, &Call> {
        self.views.iter().map(|((id, _), view)| (*id, view)).collect()
    }

    /// The ended calls of which `user` is a party.
    fn of(&self, user: &UserId) -> BTreeMap<CallId, &Call> {
        let mut calls = self.last();
        calls.retain(|_, call| call.parties.iter().any(|party| party.user_id == *user));
        calls
    }
}

const fn rank(phase: CallPhase) -> u8 {
    match phase {
        CallPhase::Ringing => 0,
        CallPhase::Active => 1,
        CallPhase::Ended => 2,
    }
}

/// Whether the person has a live leg in the call as it is shown.
fn has_leg(view: &Call, user: &UserId) -> bool {
    view.phase != CallPhase::Ended
        && view.parties.iter().any(|party| {
            let in_it = [PartyState::Invited, PartyState::Ringing, PartyState::Accepted];
            party.user_id == *user && in_it.contains(&party.state)
        })
}

/// What an event says is what its view shows.
fn check(user: &UserId, event: &EventBody) {
    let Some(call) = event.call() else { return };
    let state =
        |who: &UserId| call.parties.iter().find(|party| party.user_id == *who).map(|party| party.state);
    let holds = match event {
        EventBody::Ringing { .. } => state(user) == Some(PartyState::Invited),
        EventBody::Accepted { user_id, .. } => state(user_id) == Some(PartyState::Accepted),
        EventBody::Declined { user_ids, .. } => {
            user_ids.iter().all(|who| state(who) == Some(PartyState::Declined))
        }
        EventBody::Busy { user_ids, .. } => user_ids.iter().all(|who| state(who) == Some(PartyState::Busy)),
        EventBody::Updated { .. }
        | EventBody::Ended { .. }
        | EventBody::Signal(_)
        | EventBody::RoomRemoved { .. } => true,
        EventBody::Stopped { .. } => {
            ![Some(PartyState::Invited), Some(PartyState::Ringing)].contains(&state(user))
        }
    };
    assert!(holds, "{user} is told what is not so: {event:#?}");
    let is_end = matches!(event, EventBody::Ended { .. });
    let ended = (call.phase == CallPhase::Ended, call.reason.is_some(), call.ended_at.is_some());
    assert_eq!(ended, (is_end, is_end, is_end), "{user}: {event:#?}");
}

/// The records of calls that are all over agree with what was told, and nobody has a leg.
pub(super) async fn records(world: &World, users: &[&UserId], known: &Known) {
    let last = known.last();
    for (id, view) in &last {
        let versions: Vec<u64> = known.views.keys().filter(|(call, _)| call == id).map(|(_, v)| *v).collect();
        assert_eq!(
            versions,
            (1..=view.version).collect::<Vec<_>>(),
            "a change was told to nobody: {view:#?}"
        );
    }
    for answer in &known.answered {
        let told = known.views.get(&(answer.id, answer.version));
        let told = told.unwrap_or_else(|| panic!("nobody was told of what was answered: {answer:#?}"));
        assert_eq!(&at_the_time_of(answer, told), told, "an answer is not what everybody was told");
    }
    let calls = last.keys().map(|id| Key::new("call", id));
    let legs = users.iter().map(|user| Key::new("user", user));
    let read = calls.chain(legs).fold(Read::new(), |read, key| read.and(key, 0));
    let read = world.store.read(&world.tenant, read).await.unwrap();
    for (id, view) in last {
        let record: CallRecord = read.parse(&Key::new("call", id)).unwrap().unwrap();
        assert_eq!(&record.view(view.server_now), view, "the record is not what everybody was told");
        assert!(record.next_deadline().is_none(), "{record:#?}");
    }
    for user in users {
        let leg: Option<UserRecord> = read.parse(&Key::new("user", user)).unwrap();
        assert_eq!(leg, None, "{user} is left in a call");
    }
}

/// Both replicas show somebody their calls as everybody was told of them, and remember each once.
pub(super) async fn views(at_replicas: [Device; 2], user: &UserId, known: &Known) {
    let calls = known.of(user);
    for device in at_replicas {
        for (id, view) in &calls {
            let seen = device.sees(*id).await.unwrap();
            assert_eq!(&&at_the_time_of(&seen, view), view, "{user} is shown something else");
        }
        let history = device.client.history(&device.relay(), None, None).await.unwrap().items;
        let remembered: BTreeMap<CallId, &Call> =
            history.iter().map(|item| (item.call.id, &item.call)).collect();
        assert_eq!(remembered.len(), history.len(), "{user} remembers a call twice: {history:#?}");
        assert_eq!(remembered.len(), calls.len(), "{user} does not remember every call");
        for (id, view) in &calls {
            let seen = remembered.get(id).unwrap();
            assert_eq!(&&at_the_time_of(seen, view), view, "{user} remembers something else");
        }
    }
}

/// All that may differ between two views of one version is when they were made.
fn at_the_time_of(view: &Call, other: &Call) -> Call {
    Call { server_now: other.server_now, ..view.clone() }
}
