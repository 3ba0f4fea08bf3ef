//! The word in a person's log that a socket of one of their devices was opened, which no client is ever shown.
//!
//! It stands in the log because that is what all sockets of the person read, on whichever replica they are. Which of two is
//! the newer is told by the ids of their sessions, which begin with the time, and not by the order in which they were
//! written: a socket that its client has left may be written late.
//!
//! The bell says more of it than of an event: of the person's sockets only the others of that device have to look. The word may
//! wait, so that of a crowd that comes back together many are heard at once.

use serde::{Deserialize, Serialize};
use signal_protocol::{DeviceId, UserId};
use store::{Word, Write};
use uuid::Uuid;

use crate::entry::{Addressed, write_ringing};

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

/// A socket that was opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Opening {
    pub(crate) device: DeviceId,
    pub(crate) session: Uuid,
}

/// Says so.
pub(crate) fn append_opened(user: &UserId, device: &DeviceId, session: Uuid) -> Write {
    let entry = Written { to: Addressed::Only(device.clone()), event: Event { r#type: OPENED, session } };
    let entry = serde_json::to_vec(&entry).expect("two texts and an id are JSON");
    write_ringing(user, entry, None, Word::that_may_wait(word(user, device, session)))
}

/// The word of the bell. A slash stands in neither of the ids.
fn word(user: &UserId, device: &DeviceId, session: Uuid) -> String {
    format!("{user}/{device}/{session}")
}

/// Whose socket was opened, on which device and in which session, if a word of the bell says that.
pub(crate) fn of_word(word: &str) -> Option<(&str, Opening)> {
    let (user, opening) = word.split_once('/')?;
    let (device, session) = opening.split_once('/')?;
    let (device, session) = (DeviceId::parse(device).ok()?, session.parse().ok()?);
    Some((user, Opening { device, session }))
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

    #[test]
    fn a_word_of_the_bell_is_read_as_it_was_written() {
        let (user, device) = (UserId::parse("f:ldap:ann").expect("an id"), DeviceId::default());
        let opening = Opening { device: device.clone(), session: Uuid::from_u128(7) };
        assert_eq!(of_word(&word(&user, &device, Uuid::from_u128(7))), Some(("f:ldap:ann", opening)));
        for other in ["", "ann", "ann/phone", "ann/my phone/x", "ann/phone/7"] {
            assert_eq!(of_word(other), None, "{other}");
        }
    }
}
