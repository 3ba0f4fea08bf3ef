//! The word in a person's log that a socket of one of their devices was opened, which no client is ever shown.
//!
//! It stands in the log because that is what all sockets of the person read, on whichever replica they are. Which of two is
//! the newer is told by the ids of their sessions, which begin with the time, and not by the order in which they were
//! written: a socket that its client has left may be written late.

use serde::{Deserialize, Serialize};
use signal_protocol::{DeviceId, UserId};
use store::Write;
use uuid::Uuid;

use crate::entry::{Addressed, write};

/// What stands for the `type` of an event. Releases that do not know it pass over it.
pub(crate) const OPENED: &str = "socket.opened";

#[derive(Serialize)]
struct Written<'entry> {
    to: Addressed,
    event: Event<'entry>,
}

#[derive(Serialize)]
struct Event<'entry> {
    r#type: &'entry str,
    session: Uuid,
}

#[derive(Deserialize)]
struct Found {
    event: Session,
}

#[derive(Deserialize)]
struct Session {
    session: Uuid,
}

/// Says so.
pub(crate) fn append_opened(user: &UserId, device: &DeviceId, session: Uuid) -> Write {
    let entry = Written { to: Addressed::Only(device.clone()), event: Event { r#type: OPENED, session } };
    let entry = serde_json::to_vec(&entry).expect("two texts and an id are JSON");
    write(user, entry, None)
}

/// The session that an entry of this kind names.
pub(crate) fn opened(data: &[u8]) -> Option<Uuid> {
    serde_json::from_slice::<Found>(data).ok().map(|found| found.event.session)
}

#[cfg(test)]
mod tests {
    use signal_protocol::EventBody;

    use super::*;

    #[test]
    fn no_event_has_its_name() {
        assert!(!EventBody::NAMES.contains(&OPENED));
    }
}
