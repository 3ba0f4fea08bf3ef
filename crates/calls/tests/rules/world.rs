//! A store in memory and an edge around the rules: reads what a command wants and nothing else, ticks what is overdue,
//! decides, commits. Whatever is done in it, everything that must always hold is checked after every commit.

use std::collections::BTreeMap;

use calls::{
    Actor, Answer, CallRecord, Command, Decision, Devices, Preferences, Reference, Refused, Rules, Snapshot,
    Wanted, decide, overdue,
};
use chrono::{DateTime, TimeDelta, Utc};
use signal_protocol::{Call, CallId, EventBody, UserId};

use crate::checks;
use crate::given::{actor, call_id, start, user};
use crate::tones::Tones;

#[derive(Clone)]
pub(crate) struct World {
    pub(crate) all: Snapshot,
    pub(crate) rules: Rules,
    pub(crate) now: DateTime<Utc>,
    /// What each person knows of each call, by the events and answers they were given.
    pub(crate) known: BTreeMap<(UserId, CallId), Call>,
    pub(crate) tones: Tones,
    pub(crate) history: BTreeMap<(UserId, CallId), signal_protocol::HistoryItem>,
}

impl World {
    pub(crate) fn new() -> Self {
        Self {
            all: Snapshot::default(),
            rules: Rules::default(),
            now: start(),
            known: BTreeMap::new(),
            tones: Tones::default(),
            history: BTreeMap::new(),
        }
    }

    pub(crate) fn later(mut self, millis: i64) -> Self {
        self.now += TimeDelta::milliseconds(millis);
        self
    }

    /// The device is connected from now on for so long.
    pub(crate) fn present(mut self, who: &str, seconds: i64) -> Self {
        let Actor { user, device } = actor(who);
        self.all.presence.entry(user).or_default().0.insert(device, self.now + TimeDelta::seconds(seconds));
        self
    }

    pub(crate) fn preferring(mut self, who: &str, set: impl FnOnce(&mut Preferences)) -> Self {
        set(self.all.preferences.entry(user(who)).or_default());
        self
    }

    pub(crate) fn with(mut self, set: impl FnOnce(&mut Rules)) -> Self {
        set(&mut self.rules);
        self
    }

    /// Runs a command that is expected to be in order.
    #[expect(clippy::needless_pass_by_value, reason = "it is built where it is run")]
    pub(crate) fn after(mut self, command: Command) -> Self {
        self.run(&command).unwrap_or_else(|refused| panic!("{command:?}: {refused}"));
        self
    }

    pub(crate) fn call(&self, number: u32) -> &CallRecord {
        &self.all.calls[&call_id(number)]
    }

    /// What an edge does with a command.
    pub(crate) fn run(&mut self, command: &Command) -> Result<Decision, Refused> {
        for call in overdue(&self.read(command), self.now) {
            if matches!(command, Command::Tick { .. }) {
                break;
            }
            self.commit(&Command::Tick { call }).unwrap();
        }
        let outcome = self.commit(command);
        checks::of_world(self);
        outcome
    }

    /// Whether something must be ticked before the command.
    pub(crate) fn overdue(&self, command: &Command) -> bool {
        !overdue(&self.read(command), self.now).is_empty()
    }

    /// Read and decide.
    pub(crate) fn decide(&self, command: &Command) -> Result<Decision, Refused> {
        decide(&self.read(command), command, self.now, &self.rules)
    }

    /// Whether a record is the same there.
    pub(crate) fn same(&self, other: &Self, record: &Reference) -> bool {
        match record {
            Reference::Call(call) => self.all.calls.get(call) == other.all.calls.get(call),
            Reference::User(user) => self.all.users.get(user) == other.all.users.get(user),
            Reference::Presence(user) => self.all.presence.get(user) == other.all.presence.get(user),
            Reference::Preferences(user) => self.all.preferences.get(user) == other.all.preferences.get(user),
            Reference::Signals(call, user) => {
                let key = (*call, user.clone());
                self.all.sent.get(&key) == other.all.sent.get(&key)
            }
        }
    }

    /// Read, decide, commit, and nothing else.
    pub(crate) fn commit(&mut self, command: &Command) -> Result<Decision, Refused> {
        let outcome = self.decide(command);
        assert_eq!(outcome, self.decide(command), "the same inputs, the same decision");
        let decision = outcome?;
        checks::of_decision(self, command, &decision);
        self.apply(command, &decision);
        Ok(decision)
    }

    /// What the command wants of everything there is.
    fn read(&self, command: &Command) -> Snapshot {
        let mut read = Snapshot::default();
        for wanted in command.reads() {
            match wanted {
                Wanted::Call(call) => self.read_call(call, &mut read),
                Wanted::UserDeep(user) => {
                    self.read_user(&user, &mut read);
                    if let Some(call) = self.all.users.get(&user).and_then(calls::UserRecord::live_call) {
                        self.read_call(call, &mut read);
                    }
                }
                Wanted::UserCalls(user) => {
                    self.read_user(&user, &mut read);
                    let call = self.all.users.get(&user).and_then(calls::UserRecord::live_call);
                    let call = call.and_then(|call| self.all.calls.get(&call));
                    read.calls.extend(call.map(|call| (call.id, call.clone())));
                }
                Wanted::Presence(user) => self.read_presence(&user, &mut read),
                Wanted::Preferences(user) => {
                    let found = self.all.preferences.get(&user).cloned();
                    read.preferences.extend(found.map(|found| (user, found)));
                }
            }
        }
        read
    }

    fn read_call(&self, call: CallId, read: &mut Snapshot) {
        let Some(found) = self.all.calls.get(&call) else { return };
        read.calls.insert(call, found.clone());
        for user in found.refers_to() {
            self.read_user(user, read);
            self.read_presence(user, read);
            let key = (call, user.clone());
            let sent = self.all.sent.get(&key).cloned();
            read.sent.extend(sent.map(|sent| (key, sent)));
        }
    }

    fn read_user(&self, user: &UserId, read: &mut Snapshot) {
        let found = self.all.users.get(user).cloned();
        read.users.extend(found.map(|found| (user.clone(), found)));
    }

    fn read_presence(&self, user: &UserId, read: &mut Snapshot) {
        let found = self.all.presence.get(user).cloned();
        read.presence.extend(found.map(|found| (user.clone(), found)));
    }

    fn apply(&mut self, command: &Command, decision: &Decision) {
        for call in &decision.calls {
            assert!(decision.relied_on.contains(&Reference::Call(call.id)));
            self.all.calls.insert(call.id, call.clone());
        }
        for (user, record) in &decision.users {
            assert!(decision.relied_on.contains(&Reference::User(user.clone())));
            self.all.users.remove(user);
            if !record.is_empty() {
                self.all.users.insert(user.clone(), record.clone());
            }
        }
        for ((call, user), record) in &decision.sent {
            let key = (*call, user.clone());
            self.all.sent.remove(&key);
            if !record.is_empty() {
                assert!(decision.relied_on.contains(&Reference::Signals(*call, user.clone())));
                assert!(decision.relied_on.contains(&Reference::Call(*call)), "none may land after the end");
                self.all.sent.insert(key, record.clone());
            }
        }
        for notice in &decision.notices {
            let call = notice.body.call().unwrap();
            self.tones.hear(&notice.to, &notice.devices, &notice.body);
            self.known.insert((notice.to.clone(), call.id), call.clone());
        }
        for (user, item) in &decision.history {
            let twice = self.history.insert((user.clone(), item.call.id), item.clone());
            assert_eq!(twice, None, "a call ends once, and is remembered once");
        }
        self.answer(command, decision);
    }

    /// The answer tells the acting device, and with `204` the client knows what it said.
    fn answer(&mut self, command: &Command, decision: &Decision) {
        let Some(actor) = command.actor() else { return };
        let told = match &decision.answer {
            Answer::Call(call) => Some(call.clone()),
            Answer::Invited { answer, .. } => Some(answer.call.clone()),
            Answer::Signal(_) | Answer::Reported { .. } | Answer::Nothing => {
                self.all.calls.get(&command.call()).map(|call| call.view(self.now))
            }
        };
        if let Answer::Invited { .. } = decision.answer {
            self.tones.silence(actor);
        }
        let Some(call) = told else { return };
        self.tones.hear(
            &actor.user,
            &Devices::Only(actor.device.clone()),
            &EventBody::Updated { call: call.clone() },
        );
        self.known.insert((actor.user.clone(), call.id), call);
        // A ring that was dropped by dialling or joining: its news go to the other devices, and this one knows.
        for call in &decision.calls {
            if call.party(&actor.user).is_some() {
                self.known.insert((actor.user.clone(), call.id), call.view(self.now));
            }
        }
    }
}
