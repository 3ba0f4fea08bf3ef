//! What a hook says.

use call_state_api::outbox::HookEffect;
use clock::{DateTime, Utc};
use serde::Serialize;
use signal_protocol::{Call, Tenant, UserId, timestamp};

/// The body of a hook. It is the same in every try.
#[derive(Debug, Serialize)]
pub(super) struct Message<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    /// When it happened, not when it is sent.
    #[serde(with = "timestamp")]
    timestamp: DateTime<Utc>,
    data: Told<'a>,
}

#[derive(Debug, Serialize)]
struct Told<'a> {
    /// User ids are unique within a tenant only.
    tenant: &'a Tenant,
    user_id: &'a UserId,
    call: &'a Call,
}

impl<'a> Message<'a> {
    pub(super) fn of(tenant: &'a Tenant, effect: &'a HookEffect) -> Self {
        Self {
            kind: effect.kind.as_str(),
            timestamp: effect.at,
            data: Told { tenant, user_id: &effect.user_id, call: &effect.call },
        }
    }
}
