//! Looks at the server now and then, so that a store that nobody uses knows whether it serves.

use std::sync::{Arc, Weak};
use std::time::Duration;

use signal_protocol::Tenant;

use super::Redis;
use crate::health::Watch;
use crate::metrics::Operation;

/// Short enough that a probe of the service's readiness every few seconds sees the truth.
const PAUSE: Duration = Duration::from_secs(1);

/// Until the store is gone. What is asked for could change something, so that a server that takes no changes is not taken
/// for a good one.
pub(super) async fn run(redis: Weak<Redis>, tenant: Tenant, watch: Arc<Watch>) {
    let mut was_good = None;
    loop {
        let Some(redis) = redis.upgrade() else { return };
        let result = redis.stamped(Operation::Probe, &tenant).await;
        drop(redis);
        watch.saw(&tenant, &result);
        match &result {
            Ok(_) if was_good == Some(false) => tracing::info!(tenant.id = %tenant, "store.back"),
            Ok(_) => {}
            Err(error) if was_good != Some(false) => {
                tracing::warn!(tenant.id = %tenant, %error, "store.lost");
            }
            Err(_) => {}
        }
        was_good = Some(result.is_ok());
        tokio::time::sleep(PAUSE).await;
    }
}
