//! The epoch of a tenant: set anew by the first who connects to another server, or to one that was restarted.

use std::sync::Arc;

use ::redis::aio::MultiplexedConnection;
use ::redis::{Pipeline, RedisError};
use signal_protocol::Tenant;

use super::Redis;
use super::exchange::Errand;
use super::failure::Effect;
use super::link::OnNewConnection;
use super::names::Names;
use super::script::{self, Call};
use crate::metrics::Operation;
use crate::{Epoch, Key, StoreError};

/// What is done on every new connection before any other command.
pub(super) fn on_new_connection() -> OnNewConnection {
    Arc::new(|connection, run_id, tenants| Box::pin(stamp(connection, run_id, tenants)))
}

/// Gives each tenant a new epoch if the server has another run id than the one that gave the last. Fails where nothing can be
/// changed: such a connection is of no use.
async fn stamp(
    connection: &mut MultiplexedConnection,
    run_id: &str,
    tenants: &[Tenant],
) -> Result<(), RedisError> {
    let mut pipeline = Pipeline::with_capacity(tenants.len());
    for tenant in tenants {
        pipeline.add_command(stamping(tenant, run_id).whole()).ignore();
    }
    pipeline.exec_async(connection).await
}

fn stamping(tenant: &Tenant, run_id: &str) -> Call<'static> {
    let fresh = Epoch::random().as_str().to_owned();
    Call::new(&script::EPOCH, vec![Names::of(tenant).epoch()]).arg(run_id.to_owned()).arg(fresh)
}

impl Redis {
    pub(crate) async fn epoch(&self, tenant: &Tenant) -> Result<Epoch, StoreError> {
        self.stamped(Operation::Epoch, tenant).await
    }

    /// The epoch, made anew if somebody has emptied the server.
    pub(super) async fn stamped(&self, operation: Operation, tenant: &Tenant) -> Result<Epoch, StoreError> {
        let link = self.links.primary(tenant).await?;
        let key = Key::own("epoch");
        // Without an answer nothing has happened that matters: an epoch more is always right.
        let errand = Errand { operation, tenant, key: &key, effect: Effect::None };
        let mut answer = self.call(&errand, &stamping(tenant, &link.run_id)).await?;
        self.understood(&errand, answer.epoch())
    }
}
