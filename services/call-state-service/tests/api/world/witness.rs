//! Somebody who reads a device's events from the log itself.

use mailbox::{Mailbox, Reading};
use signal_protocol::{DeviceId, Event, EventBody, Tenant, UserId};
use testkit::eventually;

use super::BOUND;

/// More than any test makes.
const ENTRIES: usize = 1_000;

/// Follows what one device of somebody is told.
pub(crate) struct Witness {
    mailbox: Mailbox,
    tenant: Tenant,
    pub(crate) user: UserId,
    device: DeviceId,
    /// Where it began to read.
    begin: String,
}

impl Witness {
    pub(super) async fn new(mailbox: Mailbox, tenant: Tenant, user: UserId, device: DeviceId) -> Self {
        let begin = eventually("the log can be read", BOUND, async || {
            mailbox.read(&tenant, &user, &device, None, 1, None).await
        })
        .await
        .cursor;
        Self { mailbox, tenant, user, device, begin }
    }

    /// Everything that was told since the witness was there, oldest first.
    ///
    /// # Panics
    /// When the log cannot tell everything, or cannot be read.
    pub(crate) async fn events(&self) -> Vec<Event> {
        let reading = self.reading().await;
        assert!(reading.recovered, "something is missing in the log of {:?}", self.user);
        reading.events
    }

    /// The same, whatever it is.
    pub(crate) async fn reading(&self) -> Reading {
        self.reading_after(&self.begin).await
    }

    /// The same from another place on.
    pub(crate) async fn reading_after(&self, cursor: &str) -> Reading {
        let Self { mailbox, tenant, user, device, .. } = self;
        mailbox.read(tenant, user, device, Some(cursor), ENTRIES, None).await.unwrap()
    }

    /// What was told, without the details: `ringing`, `ended no_answer`, `stopped answered_elsewhere`.
    pub(crate) async fn story(&self) -> Vec<String> {
        self.events().await.iter().map(|event| told(&event.body)).collect()
    }
}

fn told(event: &EventBody) -> String {
    let word = |value: &serde_json::Value| value.as_str().unwrap_or_default().to_owned();
    let json = serde_json::to_value(event).unwrap();
    let name = word(&json["type"]).trim_start_matches("call.").to_owned();
    let detail = match event {
        EventBody::Ended { call } => call.reason.map(|reason| reason.as_str().to_owned()),
        EventBody::Stopped { .. } => Some(word(&json["reason"])),
        EventBody::Accepted { user_id, .. } => Some(user_id.to_string()),
        EventBody::Declined { user_ids, .. } | EventBody::Busy { user_ids, .. } => {
            Some(user_ids.iter().map(UserId::as_str).collect::<Vec<_>>().join(" "))
        }
        EventBody::Signal(signal) => Some(format!("{} {}", signal.kind.as_str(), signal.generation)),
        EventBody::RoomRemoved { room_id, .. } => Some(room_id.to_string()),
        EventBody::Ringing { .. } | EventBody::Updated { .. } => None,
    };
    detail.into_iter().fold(name, |name, detail| format!("{name} {detail}"))
}
