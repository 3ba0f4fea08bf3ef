//! One attempt at a command: read, expire what is overdue, decide, commit.

use std::mem;

use calls::{Answer, Command, Decision, Refused, Snapshot};
use clock::{DateTime, Utc};
use signal_protocol::{CallId, Tenant};
use store::{Commit, Committed, Key, Read, Version};
use tracing::Span;

use super::memory::Told;
use super::{Desk, DeskFailure, Done, Outcome, alive, alive_until, writes};
use crate::details;
use crate::metrics::Why;
use crate::records;
use crate::requests::{Remembered, RememberedAnswer, RememberedRefusal, Request};

/// How many overdue calls one attempt settles. More are left to the next attempt, and to the poller.
const MOST_SETTLED: usize = 8;

/// What one attempt came to.
pub(super) enum Attempt {
    Done(Done),
    /// Nothing was changed by the command; it is to be tried on fresh records.
    Again(Why),
    /// The same, because somebody else has changed this record.
    Conflict(Key),
}

/// What an attempt rests on.
pub(super) struct Known<'a> {
    /// The store's time at which it is decided.
    pub(super) now: DateTime<Utc>,
    pub(super) versions: Versions<'a>,
    pub(super) snapshot: Snapshot,
    pub(super) request: Option<&'a Request>,
    /// Until when the actor's device is known to count as alive.
    pub(super) alive_until: Option<DateTime<Utc>>,
}

/// Which versions of the records are known.
pub(super) enum Versions<'a> {
    Read(&'a store::Snapshot),
    Remembered(Vec<(Key, Version)>),
}

impl<'a> Known<'a> {
    pub(super) fn read(read: &'a store::Snapshot, request: Option<&'a Request>) -> Result<Self, DeskFailure> {
        let snapshot = records::snapshot(read)?;
        Ok(Self { now: read.now, versions: Versions::Read(read), snapshot, request, alive_until: None })
    }

    fn version(&self, key: &Key) -> Version {
        match &self.versions {
            Versions::Read(read) => read.version(key),
            Versions::Remembered(versions) => {
                let known = versions.iter().find(|(of, _)| of == key);
                known.map_or(Version::ABSENT, |(_, version)| *version)
            }
        }
    }
}

impl Desk {
    pub(super) async fn attempt(
        &self,
        tenant: &Tenant,
        command: &Command,
        request: Option<&Request>,
    ) -> Result<Attempt, DeskFailure> {
        let read = self.store.read(tenant, read_for(command, request)).await?;
        if let Some(request) = request
            && let Some(remembered) = read.parse::<Remembered>(&request.key())?
        {
            self.is_alive(tenant, command.sign_of_life(), read.now).await;
            let version = read.version(&request.key());
            return self.answer_again(tenant, request, remembered, version, is_durable(command)).await;
        }
        let known = Known::read(&read, request)?;
        link(&known.snapshot, command);
        // Whatever is overdue is settled first, by a commit of its own: no command is ever decided, and nobody is busy,
        // on account of a ring that is over. Only settling itself takes the records as they are.
        let is_settling = matches!(command, Command::Tick { .. });
        if !is_settling && self.settle(tenant, &known.snapshot, &read).await? {
            return Ok(Attempt::Again(Why::Overdue));
        }
        match calls::decide(&known.snapshot, command, read.now, &self.rules) {
            Ok(decision) => self.carry_out(tenant, command, known, decision).await,
            Err(refused) => self.refuse(tenant, command, &known, refused).await,
        }
    }

    /// Settles what is overdue among the calls that were read. Whether there was any.
    pub(super) async fn settle(
        &self,
        tenant: &Tenant,
        snapshot: &Snapshot,
        read: &store::Snapshot,
    ) -> Result<bool, DeskFailure> {
        let overdue = calls::overdue(snapshot, read.now);
        for call in overdue.iter().take(MOST_SETTLED) {
            self.tick(tenant, *call).await?;
        }
        Ok(!overdue.is_empty())
    }

    /// Settles one call, or leaves it to whoever does so at this moment.
    async fn tick(&self, tenant: &Tenant, call: CallId) -> Result<(), DeskFailure> {
        let command = Command::Tick { call };
        let read = self.store.read(tenant, records::read_of(&command.reads())).await?;
        let known = Known::read(&read, None)?;
        match calls::decide(&known.snapshot, &command, read.now, &self.rules) {
            Ok(decision) if decision.is_empty() => {}
            Ok(decision) => {
                self.carry_out(tenant, &command, known, decision).await?;
            }
            // Gone between the two reads.
            Err(Refused::CallNotFound) => {}
            Err(refused) => return Err(refused.into()),
        }
        Ok(())
    }

    pub(super) async fn carry_out(
        &self,
        tenant: &Tenant,
        command: &Command,
        known: Known<'_>,
        mut decision: Decision,
    ) -> Result<Attempt, DeskFailure> {
        let now = known.now;
        let outcome = Outcome::from(mem::replace(&mut decision.answer, Answer::Nothing));
        let is_unchanged = decision.is_empty();
        if is_unchanged && known.request.is_none() {
            self.is_alive(tenant, command.sign_of_life(), now).await;
            return Ok(Attempt::Done(Done::Unchanged(outcome)));
        }
        let details = details::of_decision(&decision, &known.snapshot, tenant);
        let mut commit = writes::of(&decision, &details, &known.snapshot, now, self.hooks);
        for reference in &decision.relied_on {
            let key = records::key_of(reference);
            let version = known.version(&key);
            commit.expect.push((key, version));
        }
        let rested_on: Vec<Key> = commit.expect.iter().map(|(key, _)| key.clone()).collect();
        commit.durable = is_durable(command);
        let new = decision.signals.iter().map(|notice| records::signal_key(notice.signal.signal_id));
        commit.expect.extend(new.map(|key| (key, Version::ABSENT)));
        remember(&mut commit, &known, || RememberedAnswer::Done(outcome.clone()));
        let alive_until = alive_until(now);
        // Not said twice.
        if known.alive_until != Some(alive_until) {
            commit.writes.extend(command.sign_of_life().map(|actor| alive(actor, now)));
        }
        match self.store.commit(tenant, commit).await? {
            Committed::Applied { now, versions, .. } => {
                self.told(command, &decision, &details);
                let versions = rested_on.into_iter().zip(versions).collect();
                let told = Told { now, versions, alive_until };
                self.memorise(tenant, command, known.snapshot, decision, told);
                let done = if is_unchanged { Done::Unchanged(outcome) } else { Done::Changed(outcome) };
                Ok(Attempt::Done(done))
            }
            Committed::Conflict { key } => {
                self.metrics.conflict(key.kind());
                Ok(Attempt::Conflict(key))
            }
            Committed::TooLate { .. } => Ok(Attempt::Again(Why::TooLate)),
        }
    }

    /// A refusal rests on the records as they were at one instant, which is when it held; only that it is remembered must
    /// not meet another answer to the same request.
    async fn refuse(
        &self,
        tenant: &Tenant,
        command: &Command,
        known: &Known<'_>,
        refused: Refused,
    ) -> Result<Attempt, DeskFailure> {
        let now = known.now;
        if known.request.is_none() {
            self.is_alive(tenant, command.sign_of_life(), now).await;
            return Err(refused.into());
        }
        let mut commit = Commit { durable: is_durable(command), ..Commit::default() };
        remember(&mut commit, known, || RememberedAnswer::Refused(RememberedRefusal::from(&refused)));
        commit.writes.extend(command.sign_of_life().map(|actor| alive(actor, now)));
        match self.store.commit(tenant, commit).await? {
            Committed::Applied { .. } => Err(refused.into()),
            Committed::Conflict { key } => {
                self.metrics.conflict(key.kind());
                Ok(Attempt::Conflict(key))
            }
            Committed::TooLate { .. } => Ok(Attempt::Again(Why::TooLate)),
        }
    }
}

/// What a command is decided on.
pub(super) fn read_for(command: &Command, request: Option<&Request>) -> Read {
    let wanted = records::read_of(&command.reads());
    match request {
        Some(request) => wanted.and(request.key(), 0),
        None => wanted,
    }
}

/// Has the commit remember the answer, on the condition that nobody has answered this request meanwhile.
fn remember(commit: &mut Commit, known: &Known<'_>, answer: impl FnOnce() -> RememberedAnswer) {
    if let Some(request) = known.request {
        commit.expect.push((request.key(), Version::ABSENT));
        commit.writes.push(request.remember(answer()));
    }
}

/// Ties the command's span to the trace in which the call was made.
pub(super) fn link(snapshot: &Snapshot, command: &Command) {
    let record = snapshot.calls.get(&command.call());
    if let Some(traceparent) = record.and_then(|record| record.traceparent.as_deref()) {
        telemetry::link(&Span::current(), traceparent);
    }
}

/// Whether the answer promises somebody that it will not be undone. That a ring was handed over or is shown, and what the
/// clock or LiveKit say, is said again if it is lost. Of signals only an acceptance counts: the rest is worth nothing by the
/// time a replica has it.
const fn is_durable(command: &Command) -> bool {
    match command {
        Command::Invite { .. }
        | Command::Accept { .. }
        | Command::Decline { .. }
        | Command::Cancel { .. }
        | Command::Hangup { .. }
        | Command::Media { .. }
        | Command::AddParty { .. }
        | Command::Remove { .. }
        | Command::End { .. } => true,
        Command::Signal { request, .. } => request.accept,
        Command::Ringing { .. }
        | Command::Notified { .. }
        | Command::Tick { .. }
        | Command::SfuReport { .. } => false,
    }
}
