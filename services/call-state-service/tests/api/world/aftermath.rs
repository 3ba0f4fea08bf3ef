//! What is left once everything is over: nothing that makes anybody busy, and nothing to come back to.

use signal_protocol::UserId;
use store::{Key, ScanCursor};
use testkit::eventually;

use super::{BOUND, World};

const SLICE: usize = 1_000;
/// More than a history holds.
const ENDED: usize = 300;

impl<R> World<R> {
    /// Everybody who is in a call, by what decides that they are.
    pub(crate) async fn busy(&self) -> Vec<Key> {
        let (mut found, mut next) = (Vec::new(), Some(ScanCursor::default()));
        while let Some(cursor) = next {
            let (keys, more) = self.store.scan(&self.tenant, "user:", cursor, SLICE).await.unwrap();
            found.extend(keys);
            next = more;
        }
        found
    }

    /// Waits until no timer is left, then checks that nobody is left in a call.
    pub(crate) async fn is_over(&self) {
        eventually("no timer is left", BOUND, async || match self.store.timers(&self.tenant).await {
            Ok(timers) if timers.total == 0 => Ok(()),
            other => Err(format!("{other:?}")),
        })
        .await;
        assert_eq!(self.busy().await, [], "somebody is still in a call");
    }

    /// How many ended calls somebody has in their history.
    pub(crate) async fn remembered(&self, user: &UserId) -> usize {
        let log = Key::new("history", user);
        self.store.read_log_back(&self.tenant, &log, None, ENDED).await.unwrap().entries.len()
    }
}
