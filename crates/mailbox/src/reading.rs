//! Reading a log by a cursor: what is there, in order, or a clear word that something is not.

use clock::{DateTime, Utc};
use signal_protocol::{DeviceId, Event, Tenant, UserId};
use store::{Key, LogEntry, LogPage, Store, StoreError};
use tracing::{error, info};

use crate::cursor::{Cursor, Mark};
use crate::entry::{Entry, Known, log_of};
use crate::metrics::{Lost, Metrics};

/// More than any log will ever have.
const BEHIND_EVERYTHING: u64 = 1 << 52;

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
        Ok(self.reading(Vec::new(), page.last, true, &page))
    }

    /// What comes after the cursor `after`.
    pub(crate) async fn follow(
        &self,
        after: &str,
        device: &DeviceId,
        limit: usize,
    ) -> Result<Reading, StoreError> {
        let mut cursor = match Cursor::decode(after) {
            Some(cursor) if cursor.is_of(self.owner) => cursor,
            Some(_) => return Ok(self.lost(Lost::OtherOwner, &self.end().await?)),
            None => return Ok(self.lost(Lost::Garbage, &self.end().await?)),
        };
        let mut taken = Taken { events: Vec::new(), offset: cursor.offset(), limit };
        // Each turn comes nearer to the end of the log, which is bounded.
        loop {
            let page = self.page(taken.offset, limit).await?;
            let whole = cursor.check(&page).and_then(|()| self.take(&page, device, &mut taken));
            match whole {
                // What was taken before is whole; the next reading says what happened then.
                Err(lost) if taken.events.is_empty() => return Ok(self.lost(lost, &page)),
                Ok(()) if taken.wants_more(&page) => {
                    cursor = Cursor::behind(&page, self.owner, taken.offset);
                }
                Ok(()) | Err(_) => return Ok(self.reading(taken.events, taken.offset, true, &page)),
            }
        }
    }

    /// Takes from `page` what is for `device`.
    fn take(&self, page: &LogPage, device: &DeviceId, taken: &mut Taken) -> Result<(), Lost> {
        for entry in &page.entries {
            if taken.events.len() == taken.limit {
                return Ok(());
            }
            // The store says so by its floor; this is what would be a silent hole if it ever did not.
            if entry.offset != taken.offset + 1 {
                return Err(Lost::Trimmed);
            }
            match Entry::read(&entry.data, device) {
                Entry::Known(known) => {
                    let cursor = Cursor::behind(page, self.owner, entry.offset);
                    taken.events.push(event(*known, cursor));
                }
                Entry::Unknown | Entry::Elsewhere => {}
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
    fn lost(&self, why: Lost, page: &LogPage) -> Reading {
        self.metrics.lost(why);
        info!(?why, "mailbox.cursor_lost");
        self.reading(Vec::new(), page.last, false, page)
    }

    fn reading(&self, events: Vec<Event>, offset: u64, recovered: bool, page: &LogPage) -> Reading {
        let cursor = Cursor::behind(page, self.owner, offset).encode();
        Reading { events, cursor, recovered, now: page.now }
    }

    async fn page(&self, after: u64, limit: usize) -> Result<LogPage, StoreError> {
        // A client may send any number, and Redis' scripts count exactly up to 2⁵³ only.
        self.store.read_log(self.tenant, &self.log, after.min(BEHIND_EVERYTHING), limit).await
    }

    /// Where the log ends, without entries.
    async fn end(&self) -> Result<LogPage, StoreError> {
        self.page(BEHIND_EVERYTHING, 1).await
    }
}

/// What was taken from a log so far.
struct Taken {
    events: Vec<Event>,
    /// The last entry that was looked at.
    offset: u64,
    limit: usize,
}

impl Taken {
    fn wants_more(&self, page: &LogPage) -> bool {
        self.events.len() < self.limit && self.offset < page.last
    }
}

fn event(known: Known, cursor: Cursor) -> Event {
    Event { id: known.id.to_string(), cursor: cursor.encode(), at: known.at, body: known.event }
}
