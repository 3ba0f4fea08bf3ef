//! Which rings a device is told of.

use clock::{DateTime, Utc};
use signal_protocol::{CallId, Event, EventBody};

/// The calls that ring once all of `events` were told, at the store's time `now`. A ring that is told together with its own
/// end reaches nobody.
pub(crate) fn handed_over(events: &[Event], now: DateTime<Utc>) -> Vec<CallId> {
    let mut ringing = Vec::new();
    for event in events {
        match &event.body {
            EventBody::Ringing { call } => {
                let is_on = call.expires_at.is_none_or(|end| now <= end);
                if is_on && !ringing.contains(&call.id) {
                    ringing.push(call.id);
                }
            }
            EventBody::Stopped { call, .. } | EventBody::Ended { call } => {
                ringing.retain(|id| *id != call.id)
            }
            // Others come and go, and it rings on.
            EventBody::Accepted { .. }
            | EventBody::Declined { .. }
            | EventBody::Busy { .. }
            | EventBody::Updated { .. } => {}
        }
    }
    ringing
}
