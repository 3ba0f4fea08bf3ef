//! What a hook says.

use call_state_api::outbox::{HookEffect, News, RingNews};
use clock::{DateTime, Utc};
use serde::Serialize;
use signal_protocol::{Call, Tenant, Told, UserId, timestamp};

/// The body of a hook. It is the same in every try.
#[derive(Debug, Serialize)]
pub(super) struct Message<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    /// When it happened, not when it is sent.
    #[serde(with = "timestamp")]
    timestamp: DateTime<Utc>,
    data: Data<'a>,
}

#[derive(Debug, Serialize)]
#[serde(untagged)]
enum Data<'a> {
    Ring {
        /// User ids are unique within a tenant only.
        tenant: &'a Tenant,
        user_id: &'a UserId,
        call: &'a Call,
    },
    /// A record names its tenant itself.
    Record(Told<'a>),
}

impl<'a> Message<'a> {
    pub(super) fn of(tenant: &'a Tenant, effect: &'a HookEffect) -> Self {
        let data = match &effect.news {
            News::Ring(RingNews { user_id, call, .. }) => Data::Ring { tenant, user_id, call },
            News::Record(record) => Data::Record(record.told()),
        };
        Self { kind: effect.news.kind(), timestamp: effect.at, data }
    }
}
