//! A commit in the words of its script.

use std::collections::BTreeMap;
use std::mem;

use signal_protocol::Tenant;

use crate::log::STATE_OUTLIVES_ENTRIES;
use crate::redis::answer::Unexpected;
use crate::redis::names::{BELL, GROUP, Names, TIMERS};
use crate::redis::script::{self, Call};
use crate::{Attachment, Commit, Key, LogBounds, Write};

/// The letters by which the script knows what is at a key.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Sort {
    Record,
    LogState,
    LogEntries,
    FilledQueue,
    Queue,
    Timers,
    Bell,
}

impl Sort {
    const fn letter(self) -> char {
        match self {
            Self::Record => 'r',
            Self::LogState => 's',
            Self::LogEntries => 'e',
            Self::FilledQueue => 'q',
            Self::Queue => 'a',
            Self::Timers => 't',
            Self::Bell => 'b',
        }
    }
}

/// How errors name a key. Copied only when there is one to tell of.
#[derive(Clone, Copy)]
enum Named<'a> {
    Key(&'a Key),
    Own(&'static str),
}

impl Named<'_> {
    fn key(self) -> Key {
        match self {
            Self::Key(key) => key.clone(),
            Self::Own(name) => Key::own(name),
        }
    }
}

/// The keys of a commit, each with its number.
pub(super) struct Plan<'a> {
    tenant: Names,
    keys: Vec<Named<'a>>,
    names: Vec<String>,
    sorts: String,
    numbers: BTreeMap<(Sort, &'a str), usize>,
}

impl<'a> Plan<'a> {
    pub(super) fn of(tenant: &Tenant, commit: &'a Commit) -> (Self, Call<'a>) {
        let mut plan = Self {
            tenant: Names::of(tenant),
            keys: Vec::new(),
            names: Vec::new(),
            sorts: String::new(),
            numbers: BTreeMap::new(),
        };
        // The script reads the keys before the arguments, so those are gathered first.
        let mut arguments = Call::new(&script::COMMIT, Vec::new());
        arguments.push(commit.expect.len());
        for (key, version) in &commit.expect {
            arguments.push(plan.record(key));
            arguments.push(version.0);
        }
        for write in &commit.writes {
            plan.write(write, &mut arguments);
        }
        let not_after =
            commit.not_after.map_or_else(String::new, |limit| limit.timestamp_millis().to_string());
        let (names, sorts) = (mem::take(&mut plan.names), mem::take(&mut plan.sorts));
        let call = Call::new(&script::COMMIT, names).arg(sorts).arg(not_after).and_all(arguments);
        (plan, call)
    }

    /// The key with this number, counted from 1 as the script does.
    pub(super) fn key(&self, number: u64) -> Result<Key, Unexpected> {
        let index = usize::try_from(number).ok().and_then(|number| number.checked_sub(1));
        index.and_then(|index| self.keys.get(index)).map(|named| named.key()).ok_or(Unexpected)
    }

    /// What to name where nothing better is known.
    pub(super) fn first(&self) -> Key {
        self.keys.first().map_or_else(|| Key::own("commit"), |named| named.key())
    }

    fn write(&mut self, write: &'a Write, call: &mut Call<'a>) {
        match write {
            Write::Put { key, data, refs, ttl } => {
                self.begin(call, "put", |plan| plan.record(key));
                call.push(data.as_slice());
                call.push(list(refs));
                // A time of nothing would remove the record before it could be read.
                let ttl = ttl.map(|ttl| ttl.as_millis().max(1).to_string());
                call.push(ttl.unwrap_or_default());
            }
            Write::Delete { key } => self.begin(call, "delete", |plan| plan.record(key)),
            Write::Expire { key, within } => {
                self.begin(call, "expire", |plan| plan.record(key));
                call.push(within.as_millis().max(1));
            }
            Write::Lease { key, holder, until } => {
                self.begin(call, "lease", |plan| plan.record(key));
                call.push(holder.as_str());
                call.push(until.timestamp_millis());
            }
            Write::Release { key, holder, at } => {
                self.begin(call, "release", |plan| plan.record(key));
                call.push(holder.as_str());
                call.push(at.timestamp_millis());
            }
            Write::Schedule { member, at } => {
                self.begin(call, "schedule", Self::timers);
                call.push(member.as_str());
                call.push(at.timestamp_millis());
            }
            Write::Unschedule { member } => {
                self.begin(call, "unschedule", Self::timers);
                call.push(member.as_str());
            }
            Write::Append { log, entry, bounds, bell, attachment } => {
                let name = if attachment.is_some() { "append_with" } else { "append" };
                self.begin(call, name, |plan| plan.log(log));
                call.push(entry.as_slice());
                push_bounds(call, bounds);
                if let Some(word) = bell {
                    // A few keys at most: every number of one fits.
                    let bell = i64::try_from(self.bell()).unwrap_or(i64::MAX);
                    call.push(if word.may_wait { -bell } else { bell });
                    call.push(word.text.as_str());
                } else {
                    call.push("");
                    call.push("");
                }
                if let Some(attachment) = attachment {
                    self.attach(attachment, call);
                }
            }
            Write::Enqueue { queue, entry } => {
                self.begin(call, "enqueue", |plan| plan.queue(queue, Sort::FilledQueue));
                call.push(entry.as_slice());
            }
            Write::Acknowledge { queue, id } => {
                self.begin(call, "acknowledge", |plan| plan.queue(queue, Sort::Queue));
                call.push(GROUP);
                call.push(id.0.as_str());
            }
        }
    }

    fn attach(&self, attachment: &'a Attachment, call: &mut Call<'a>) {
        call.push(attachment.record.as_str());
        call.push(attachment.reader.as_deref().unwrap_or_default());
        match self.numbers.get(&(Sort::Record, attachment.record.as_str())) {
            Some(record) => call.push(*record),
            None => call.push(""),
        }
    }

    fn begin(&mut self, call: &mut Call<'_>, name: &'static str, number: impl FnOnce(&mut Self) -> usize) {
        call.push(name);
        call.push(number(self));
    }

    fn record(&mut self, key: &'a Key) -> usize {
        self.number(Sort::Record, key.as_str(), |tenant| (tenant.key(key), Named::Key(key)))
    }

    /// The number of the log's state; its entries are the next key.
    fn log(&mut self, log: &'a Key) -> usize {
        let number =
            self.number(Sort::LogState, log.as_str(), |tenant| (tenant.log_state(log), Named::Key(log)));
        self.number(Sort::LogEntries, log.as_str(), |tenant| (tenant.key(log), Named::Key(log)));
        number
    }

    fn queue(&mut self, queue: &'a Key, sort: Sort) -> usize {
        self.number(sort, queue.as_str(), |tenant| (tenant.key(queue), Named::Key(queue)))
    }

    fn timers(&mut self) -> usize {
        self.number(Sort::Timers, TIMERS, |tenant| (tenant.timers(), Named::Own(TIMERS)))
    }

    fn bell(&mut self) -> usize {
        self.number(Sort::Bell, BELL, |tenant| (tenant.bell(), Named::Own(BELL)))
    }

    /// The number of this key among those of the commit; one more if it is not there yet. The same key in two roles has two,
    /// so that each role is checked.
    fn number(
        &mut self,
        sort: Sort,
        key: &'a str,
        named: impl FnOnce(&Names) -> (String, Named<'a>),
    ) -> usize {
        *self.numbers.entry((sort, key)).or_insert_with(|| {
            let (name, key) = named(&self.tenant);
            self.names.push(name);
            self.keys.push(key);
            self.sorts.push(sort.letter());
            self.keys.len()
        })
    }
}

fn push_bounds(call: &mut Call<'_>, bounds: &LogBounds) {
    // Redis removes at once what is to be kept for no time.
    let max_age = bounds.max_age.as_millis().max(1);
    call.push(bounds.max_entries.max(1));
    call.push(max_age);
    call.push(STATE_OUTLIVES_ENTRIES.as_millis());
}

/// References as the script that follows them reads them.
fn list(refs: &[Key]) -> String {
    if refs.is_empty() {
        return String::new();
    }
    let names: Vec<&str> = refs.iter().map(Key::as_str).collect();
    serde_json::to_string(&names).expect("a list of texts is JSON")
}
