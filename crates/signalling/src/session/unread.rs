//! Whether there are signals that the client was given and has not acknowledged.

use signal_protocol::{Event, EventBody};

/// The last cursor that the client was given since then; none if there are no such signals.
///
/// Cursors are opaque, so only one that is the same is known to be behind all of them. Any other leaves the question open,
/// which costs no more than to ask once more.
#[derive(Debug, Default)]
pub(super) struct Unread(Option<String>);

impl Unread {
    /// The client is given this.
    pub(super) fn given(&mut self, event: &Event) {
        if self.0.is_some() || matches!(event.body, EventBody::Signal(_)) {
            self.0 = Some(event.cursor.clone());
        }
    }

    /// There are some up to `cursor`.
    pub(super) fn found(&mut self, cursor: &str) {
        self.0 = Some(cursor.to_owned());
    }

    /// The client acknowledges everything up to `cursor`. Whether there may be signals among that.
    pub(super) fn acknowledged(&mut self, cursor: &str) -> bool {
        let has_signals = self.0.is_some();
        if self.0.as_deref() == Some(cursor) {
            self.0 = None;
        }
        has_signals
    }
}
