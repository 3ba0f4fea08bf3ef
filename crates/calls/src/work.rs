//! The copy of the records on which a command works, and what its changes come to.
//!
//! A rule changes calls and nothing else. Legs, version, events, hooks and history follow from comparing each call with
//! what it was, in [`Work::finish`] and nowhere else: so a rule cannot forget one of them, and however much happens to a
//! call in one commit is one change.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use signal_protocol::{CallId, CallMedia, InviteAnswer, UserId};
use uuid::Uuid;

use crate::command::Actor;
use crate::decision::{Answer, Decision, Effect, Reference};
use crate::record::{CallRecord, Leg, Presence, SignalsRecord};
use crate::refused::Refused;
use crate::relay::Relayed;
use crate::rules::Rules;
use crate::snapshot::Snapshot;
use crate::{decide, history, hooks, legs, notices};

/// What whoever asked is told, before the call has its final version.
#[derive(Debug, Clone)]
pub(crate) enum Reply {
    /// The call.
    Call,
    /// This call was made.
    Invited { reachable: bool },
    /// The invite met this earlier one and has accepted it.
    Glare(CallId),
    /// The signal with this id was taken.
    Signal(Uuid),
    /// LiveKit's report was taken.
    Reported { is_live: bool, outsiders: Vec<UserId> },
    /// Nothing.
    Nothing,
}

/// The records while a command works on them.
pub(crate) struct Work<'a> {
    pub(crate) snapshot: &'a Snapshot,
    pub(crate) rules: &'a Rules,
    pub(crate) now: DateTime<Utc>,
    actor: Option<&'a Actor>,
    calls: BTreeMap<CallId, CallRecord>,
    relied_on: BTreeSet<Reference>,
    rooms_to_check: BTreeSet<CallId>,
    pub(crate) relayed: Relayed,
    not_after: Option<DateTime<Utc>>,
}

impl<'a> Work<'a> {
    pub(crate) fn new(
        snapshot: &'a Snapshot,
        rules: &'a Rules,
        now: DateTime<Utc>,
        actor: Option<&'a Actor>,
    ) -> Self {
        Self {
            snapshot,
            rules,
            now,
            actor,
            calls: BTreeMap::new(),
            relied_on: BTreeSet::new(),
            rooms_to_check: BTreeSet::new(),
            relayed: Relayed::default(),
            not_after: None,
        }
    }

    /// The call, to be changed. What is overdue in it has happened: nobody can act on a call past its deadline, however
    /// late the clock's own command is.
    pub(crate) fn open(&mut self, id: CallId) -> Result<&mut CallRecord, Refused> {
        if !self.calls.contains_key(&id) {
            self.rely_on(Reference::Call(id));
            let mut call = self.snapshot.calls.get(&id).cloned().ok_or(Refused::CallNotFound)?;
            let passed = decide::pass_time(&mut call, self.snapshot, self.rules, self.now);
            self.relied_on.extend(passed.absent.into_iter().map(Reference::Presence));
            if passed.check_room {
                self.rooms_to_check.insert(id);
            }
            self.calls.insert(id, call);
        }
        self.calls.get_mut(&id).ok_or(Refused::CallNotFound)
    }

    /// Where the actor stands in the parties of the call, which may be over.
    pub(crate) fn place(&mut self, id: CallId, actor: &Actor) -> Result<usize, Refused> {
        self.open(id)?.place(&actor.user).ok_or(Refused::CallNotFound)
    }

    /// Where the actor stands in the parties of the call, which is not over.
    pub(crate) fn live_place(&mut self, id: CallId, actor: &Actor) -> Result<usize, Refused> {
        let place = self.place(id, actor)?;
        let (now, was_live) = (self.now, self.snapshot.calls.get(&id).is_some_and(CallRecord::is_live));
        let call = self.open(id)?;
        if call.is_live() {
            return Ok(place);
        }
        let mut view = call.view(now);
        // Nobody has ticked it yet, and the end that they will write is the next version.
        view.version += u64::from(was_live);
        Err(Refused::CallEnded { call: Box::new(view) })
    }

    /// A call that did not exist.
    pub(crate) fn add(&mut self, call: CallRecord) {
        self.rely_on(Reference::Call(call.id));
        self.calls.insert(call.id, call);
    }

    /// The leg that a person has as things stand now. One that its call does not know of is stale and none.
    pub(crate) fn leg(&mut self, user: &UserId) -> Option<Leg> {
        self.rely_on(Reference::User(user.clone()));
        let id = self.snapshot.users.get(user)?.live_call()?;
        let call = self.calls.get(&id).or_else(|| self.snapshot.calls.get(&id))?;
        call.leg(user).map(|kind| Leg { call: id, kind })
    }

    /// Which devices of a person are alive.
    pub(crate) fn presence(&self, user: &UserId) -> Option<&'a Presence> {
        self.snapshot.presence.get(user)
    }

    /// The decision is only right as long as this is as it was read.
    pub(crate) fn rely_on(&mut self, reference: Reference) {
        self.relied_on.insert(reference);
    }

    /// The decision is only right until then.
    pub(crate) fn not_later_than(&mut self, deadline: Option<DateTime<Utc>>) {
        self.not_after = self.not_after.into_iter().chain(deadline).min();
    }

    /// Everything that follows from the changes.
    pub(crate) fn finish(self, asked: CallId, reply: Reply) -> Decision {
        let Self { snapshot, now, actor, calls, mut relied_on, rooms_to_check, relayed, not_after, .. } =
            self;
        let mut decision = Decision {
            calls: Vec::new(),
            users: BTreeMap::new(),
            sent: relayed.sent,
            notices: Vec::new(),
            signals: relayed.notices,
            expire: relayed.expire,
            effects: Vec::new(),
            history: Vec::new(),
            relied_on: BTreeSet::new(),
            not_after,
            answer: Answer::Nothing,
        };
        // One for each call, made once: events, history and the answer all show it.
        let mut views = BTreeMap::new();
        for (id, mut call) in calls {
            let before = snapshot.calls.get(&id);
            let mut view = call.view(now);
            if before == Some(&call) {
                views.insert(id, view);
                continue;
            }
            legs::carry_over(before, &call, snapshot, &mut decision.users);
            if before.is_none_or(|before| before.view(now) != view) {
                call.version += 1;
                view.version = call.version;
                decision.notices.extend(notices::of_change(before, &call, &view, actor));
                decision.history.extend(history::of_change(before, &call, &view));
            }
            decision.effects.extend(hooks::of_change(before, &call, now).into_iter().map(Effect::Hook));
            decision.effects.extend(room_effect(before, &call, rooms_to_check.contains(&id)));
            if let (Some(before), Some(_)) = (before, actor) {
                let deadlines = before.ring_deadlines().filter(|deadline| now <= *deadline);
                decision.not_after = decision.not_after.into_iter().chain(deadlines).min();
            }
            decision.sent.extend(forgotten(before, &call));
            views.insert(id, view);
            decision.calls.push(call);
        }
        relied_on.extend(decision.users.keys().cloned().map(Reference::User));
        decision.relied_on = relied_on;
        let mut view = |id: CallId| views.remove(&id);
        decision.answer = match reply {
            Reply::Nothing => None,
            Reply::Signal(id) => Some(Answer::Signal(id)),
            Reply::Reported { is_live, outsiders } => Some(Answer::Reported { is_live, outsiders }),
            Reply::Call => view(asked).map(Answer::Call),
            Reply::Invited { reachable } => view(asked).map(|call| Answer::Invited {
                answer: InviteAnswer { call, reachable: Some(reachable), glare: false, signals: None },
                created: true,
            }),
            Reply::Glare(earlier) => view(earlier).map(|call| Answer::Invited {
                answer: InviteAnswer { call, reachable: None, glare: true, signals: None },
                created: false,
            }),
        }
        .unwrap_or(Answer::Nothing);
        decision
    }
}

/// Of a call that ends, what the two have sent each other.
fn forgotten<'a>(
    before: Option<&CallRecord>,
    after: &'a CallRecord,
) -> impl Iterator<Item = ((CallId, UserId), SignalsRecord)> + use<'a> {
    let ends = match after.media {
        CallMedia::P2p => before.is_some() && !after.is_live(),
        CallMedia::Livekit => false,
    };
    let users = after.refers_to().filter(move |_| ends);
    users.map(|user| ((after.id, user.clone()), SignalsRecord::default()))
}

/// What LiveKit is to be asked or told. A call that was over as soon as it was made never had a room.
fn room_effect(before: Option<&CallRecord>, after: &CallRecord, check: bool) -> Option<Effect> {
    let ended = before.is_some_and(CallRecord::is_live) && !after.is_live();
    let id = after.id;
    match after.media {
        CallMedia::P2p => None,
        CallMedia::Livekit => {
            let check = (check && after.is_live()).then_some(Effect::CheckRoom { call: id });
            ended.then_some(Effect::CloseRoom { call: id }).or(check)
        }
    }
}
