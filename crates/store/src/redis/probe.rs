//! Looks at the server now and then, so that a store that nobody uses knows whether it serves.

use std::sync::{Arc, Weak};
use std::time::Duration;

use signal_protocol::Tenant;

use super::Redis;
use crate::health::Watch;
use crate::metrics::Operation;
use crate::{Commit, Key, Version};

/// Short enough that a probe of the service's readiness every few seconds sees the truth.
const PAUSE: Duration = Duration::from_secs(1);

/// Until the store is gone. What is asked for is a commit, though of nothing, so that a server that takes no changes is not
/// taken for a good one.
pub(super) async fn run(redis: Weak<Redis>, tenant: Tenant, watch: Arc<Watch>) {
    let mut was_good = None;
    loop {
        let Some(redis) = redis.upgrade() else { return };
        let result = redis.commit_as(Operation::Probe, &tenant, &nothing()).await;
        drop(redis);
        watch.saw(&tenant, &result);
        match &result {
            Ok(_) if was_good == Some(false) => tracing::info!(tenant.id = %tenant, "store.back"),
            Err(error) if was_good != Some(false) => {
                tracing::warn!(tenant.id = %tenant, %error, "store.lost");
            }
            Ok(_) | Err(_) => {}
        }
        was_good = Some(result.is_ok());
        tokio::time::sleep(PAUSE).await;
    }
}

/// Names a key all the same: in a cluster, a server that does not have the tenant's records is to say so.
fn nothing() -> Commit {
    Commit { expect: vec![(Key::new("probe", ""), Version::ABSENT)], ..Commit::default() }
}
