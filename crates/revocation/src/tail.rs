//! Where in a tenant's log this replica is.

use identity::Revocations;
use signal_protocol::Tenant;
use store::{Epoch, LogPage, MAX_PAGE, Store, StoreError};
use tracing::error;

use crate::entry::{log, read};
use crate::metrics::Metrics;

/// A reader of one tenant's log.
pub(crate) struct Tail {
    pub(crate) store: Store,
    pub(crate) tenant: Tenant,
    pub(crate) revocations: Revocations,
    pub(crate) metrics: Metrics,
    place: Option<Place>,
}

/// Up to where it was read, in which life of which log.
#[derive(Clone, PartialEq, Eq)]
struct Place {
    epoch: Epoch,
    born: u64,
    offset: u64,
}

impl Tail {
    pub(crate) const fn new(
        store: Store,
        tenant: Tenant,
        revocations: Revocations,
        metrics: Metrics,
    ) -> Self {
        Self { store, tenant, revocations, metrics, place: None }
    }

    /// Takes in everything that is new. What is known is never taken back: where the log was lost, it is read from its
    /// beginning and added to that.
    pub(crate) async fn catch_up(&mut self) -> Result<clock::DateTime<clock::Utc>, StoreError> {
        loop {
            let after = self.place.as_ref().map_or(0, |place| place.offset);
            let page = self.store.read_log(&self.tenant, &log(), after, MAX_PAGE, None).await?;
            self.metrics.read();
            if !self.goes_on(&page) {
                self.metrics.begun();
                self.place = Some(Place { epoch: page.epoch.clone(), born: page.born, offset: 0 });
                if after > 0 {
                    continue;
                }
            }
            if self.take(&page) {
                return Ok(page.now);
            }
        }
    }

    /// Whether the page belongs to the same log as what was read before.
    fn goes_on(&self, page: &LogPage) -> bool {
        let is_same =
            |place: &Place| place.epoch == page.epoch && place.born == page.born && place.offset <= page.last;
        self.place.as_ref().is_some_and(is_same)
    }

    /// Tells the verifier. Whether this was all there is.
    fn take(&mut self, page: &LogPage) -> bool {
        for entry in &page.entries {
            match read(&entry.data) {
                Some(revocation) if self.revocations.revoke(&self.tenant, &revocation) => {
                    self.metrics.heard();
                }
                Some(_) => {}
                None => {
                    self.metrics.unreadable();
                    error!(tenant.id = %self.tenant, key = %log(), offset = entry.offset, "revocation.unreadable");
                }
            }
        }
        // Where the page has none, there are none: what is dropped by now is too old to concern anybody.
        let offset = page.entries.last().map_or(page.last, |entry| entry.offset);
        if let Some(place) = &mut self.place {
            place.offset = offset;
        }
        offset >= page.last
    }
}
