//! Reading a log by a cursor: what is there, in order, or a clear word that something is not.

use clock::{DateTime, Utc};
use signal_protocol::{DeviceId, Event, Tenant, UserId};
use store::{Brought, Key, LogEntry, LogPage, Store, StoreError};
use tracing::{error, info};
use uuid::Uuid;

use crate::cursor::{Cursor, Mark};
use crate::entry::{Entry, Known, log_of};
use crate::metrics::{Lost, Metrics};

/// More than any log will ever have.
pub(crate) const BEHIND_EVERYTHING: u64 = 1 << 52;

/// What one device has to be told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reading {
    /// The events, oldest first, none left out between the cursor that was given and `cursor`.
    pub events: Vec<Event>,
    /// Where to go on from.
    pub cursor: String,
    /// Whether that holds. If not, the cursor that was given cannot be served: there are no events, and whoever asked must
    /// read the state of things anew, after this, and go on from `cursor`.
    pub recovered: bool,
    /// The sessions in which sockets of this device were opened since, in order. Each replaces those before it.
    pub sessions: Vec<Uuid>,
    /// Whether there are signals before the cursor that was given which the device had not acknowledged, and now has:
    /// [`Mailbox::acknowledge`](crate::Mailbox::acknowledge) lets them go.
    pub unconsumed: bool,
    /// The store's time.
    pub now: DateTime<Utc>,
}

/// A reader of one person's log.
pub(crate) struct Reader<'mailbox> {
    store: &'mailbox Store,
    metrics: &'mailbox Metrics,
    tenant: &'mailbox Tenant,
    log: Key,
    owner: Mark,
}

impl<'mailbox> Reader<'mailbox> {
    pub(crate) fn new(
        store: &'mailbox Store,
        metrics: &'mailbox Metrics,
        tenant: &'mailbox Tenant,
        user: &UserId,
    ) -> Self {
        Self { store, metrics, tenant, log: log_of(user), owner: Mark::of_owner(tenant, user) }
    }

    /// The cursor of now.
    pub(crate) async fn begin(&self) -> Result<Reading, StoreError> {
        let page = self.end().await?;
        Ok(self.reading(Taken::nothing(page.last), true, &page))
    }

    /// What comes after the cursor `after`.
    pub(crate) async fn follow(
        &self,
        after: &str,
        device: &DeviceId,
        limit: usize,
        brought: Option<&Brought>,
    ) -> Result<Reading, StoreError> {
        let mut cursor = match Cursor::decode(after) {
            Some(cursor) if cursor.is_of(self.owner) => cursor,
            Some(_) => return self.not_served(Lost::OtherOwner).await,
            None => return self.not_served(Lost::Garbage).await,
        };
        let mut taken = Taken::nothing(cursor.offset());
        let mut is_first = true;
        // Each turn comes nearer to the end of the log, which is bounded.
        loop {
            let brought = brought.filter(|_| is_first).and_then(|brought| brought.page(device.as_str()));
            let page = match brought.filter(|page| cursor.is_just_before(page)) {
                Some(page) => page,
                None => self.page(taken.offset, limit, Some(device)).await?,
            };
            let whole = cursor.check(&page);
            if whole.is_ok() && is_first {
                taken.unconsumed = page.has_unconsumed;
            }
            let whole = whole.and_then(|()| self.take(&page, device, limit, &mut taken));
            match whole {
                // What was taken before is whole; the next reading says what happened then.
                Err(lost) if taken.events.is_empty() => return Ok(self.lost(lost, taken.sessions, &page)),
                Ok(()) if taken.events.len() < limit && taken.offset < page.last => {
                    cursor = Cursor::behind(&page, self.owner, taken.offset);
                }
                Ok(()) | Err(_) => return Ok(self.reading(taken, true, &page)),
            }
            is_first = false;
        }
    }

    /// Takes from `page` what is for `device`, until there are `limit` events.
    fn take(&self, page: &LogPage, device: &DeviceId, limit: usize, taken: &mut Taken) -> Result<(), Lost> {
        for entry in &page.entries {
            if taken.events.len() == limit {
                return Ok(());
            }
            // The store says so by its floor; this is what would be a silent hole if it ever did not.
            if entry.offset != taken.offset + 1 {
                return Err(Lost::Trimmed);
            }
            match Entry::read(entry, device) {
                Entry::Known(known) => {
                    let cursor = Cursor::behind(page, self.owner, entry.offset);
                    taken.events.push(event(*known, cursor));
                }
                Entry::Opened(session) => taken.sessions.push(session),
                Entry::Unknown | Entry::Elsewhere | Entry::Stale => {}
                Entry::Unreadable => return Err(self.unreadable(entry)),
            }
            taken.offset = entry.offset;
        }
        // A page without the entries that there are would be asked for again and again.
        if page.entries.is_empty() && taken.offset < page.last { Err(Lost::Trimmed) } else { Ok(()) }
    }

    fn unreadable(&self, entry: &LogEntry) -> Lost {
        self.metrics.unreadable();
        error!(tenant.id = %self.tenant, key = %self.log, offset = entry.offset, "mailbox.entry_unreadable");
        Lost::Unreadable
    }

    /// What is answered where `page` cannot serve the cursor.
    fn lost(&self, why: Lost, sessions: Vec<Uuid>, page: &LogPage) -> Reading {
        self.metrics.lost(why);
        info!(?why, "mailbox.cursor_lost");
        self.reading(Taken { sessions, ..Taken::nothing(page.last) }, false, page)
    }

    async fn not_served(&self, why: Lost) -> Result<Reading, StoreError> {
        Ok(self.lost(why, Vec::new(), &self.end().await?))
    }

    fn reading(&self, taken: Taken, recovered: bool, page: &LogPage) -> Reading {
        let Taken { events, offset, sessions, unconsumed } = taken;
        let cursor = Cursor::behind(page, self.owner, offset).encode();
        Reading { events, cursor, recovered, sessions, unconsumed, now: page.now }
    }

    /// Of attachments, only those that `device` may read are read.
    async fn page(&self, after: u64, limit: usize, device: Option<&DeviceId>) -> Result<LogPage, StoreError> {
        // A client may send any number, and Redis' scripts count exactly up to 2⁵³ only.
        let after = after.min(BEHIND_EVERYTHING);
        self.store.read_log(self.tenant, &self.log, after, limit, device.map(DeviceId::as_str)).await
    }

    /// Where the log ends, without entries.
    async fn end(&self) -> Result<LogPage, StoreError> {
        self.page(BEHIND_EVERYTHING, 1, None).await
    }
}

/// What was taken from a log so far.
struct Taken {
    events: Vec<Event>,
    /// The last entry that was looked at.
    offset: u64,
    sessions: Vec<Uuid>,
    unconsumed: bool,
}

impl Taken {
    const fn nothing(offset: u64) -> Self {
        Self { events: Vec::new(), offset, sessions: Vec::new(), unconsumed: false }
    }
}

fn event(known: Known, cursor: Cursor) -> Event {
    Event { id: known.id.to_string(), cursor: cursor.encode(), at: known.at, body: known.event }
}
