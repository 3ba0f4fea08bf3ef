//! Listings of members, remembered.

use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

use moka::future::Cache;
use signal_protocol::{RoomId, Tenant};
use tracing::Instrument as _;

use super::source::Roll;

/// What a source's listings said, for as long as its settings say.
pub(super) struct Rolls(Cache<(Tenant, RoomId), Arc<Roll>>);

impl Rolls {
    /// Remembers `people` people at most, over all rooms.
    pub(super) fn new(people: u64, time_to_live: Duration) -> Self {
        let remembered = Cache::builder()
            .max_capacity(people)
            .weigher(|_, roll: &Arc<Roll>| roll.weight())
            .time_to_live(time_to_live)
            .build();
        Self(remembered)
    }

    /// Everybody who belongs to `room`: as remembered, or as `listing` finds out. Nothing if it fails; the cause is in
    /// the log then.
    ///
    /// One listing serves all who ask at the same moment, and goes on if they stop waiting: one that takes longer than
    /// they have would otherwise be begun again and again and never be done.
    pub(super) async fn roll<E: Error + Send + Sync + 'static>(
        &self,
        tenant: &Tenant,
        room: &RoomId,
        listing: impl Future<Output = Result<Roll, E>> + Send + 'static,
    ) -> Option<Arc<Roll>> {
        let question = (tenant.clone(), room.clone());
        if let Some(roll) = self.0.get(&question).await {
            return Some(roll);
        }
        let remembered = self.0.clone();
        let asking = async move {
            let listed = remembered.try_get_with(question, async { listing.await.map(Arc::new) }).await;
            listed.inspect_err(tell_unavailable).ok()
        };
        // A panic has told of itself.
        tokio::spawn(asking.in_current_span()).await.ok().flatten()
    }
}

/// A source could not be asked.
pub(super) fn tell_unavailable<E: Error + Send + Sync + 'static>(error: &Arc<E>) {
    let error: &(dyn Error + 'static) = error.as_ref();
    tracing::warn!(error, "membership.unavailable");
}

/// A source was asked about others and has nothing to ask with.
pub(super) fn tell_no_account(source: &'static str) {
    tracing::error!(
        source,
        remedy = "set IDENTITY__SERVICE_ACCOUNT__CLIENT_ID and …__CLIENT_SECRET",
        "membership.no_service_account"
    );
}
