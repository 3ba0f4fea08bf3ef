//! How a socket ends.

use http_server::Garbled;
use signal_protocol::socket::Close;

use super::driver::Driver;
use super::stage::Stage;
use crate::events::Listener;

/// How a socket ends.
pub(super) enum End {
    /// The session has had enough.
    Closed(Close),
    /// What came is no WebSocket.
    Garbled(Garbled),
    /// The client is gone, or has said farewell.
    Gone,
}

/// The close code of a client's farewell, given back.
const FAREWELL: u16 = 1000;

impl End {
    /// Its word in metrics and the log.
    const fn word(&self) -> &'static str {
        match self {
            Self::Closed(close) => close.reason(),
            Self::Garbled(_) => "garbled",
            Self::Gone => "gone",
        }
    }

    /// Whether the device itself is gone. Otherwise it comes back in a moment, or is somewhere else already.
    const fn is_of_device(&self) -> bool {
        match self {
            Self::Gone | Self::Closed(Close::Bye | Close::PingTimeout) => true,
            Self::Garbled(_)
            | Self::Closed(
                Close::BadMessage
                | Close::TokenMissing
                | Close::TokenInvalid
                | Close::TokenExpired
                | Close::HelloTimeout
                | Close::Replaced
                | Close::RateLimited
                | Close::TooManyConnections
                | Close::TooLong
                | Close::Restart
                | Close::TooSlow
                | Close::Unavailable(_),
            ) => false,
        }
    }
}

impl Driver {
    /// Says the last word. Commands that are under way are carried out to their end: somebody who hangs up and closes the
    /// window has hung up.
    ///
    /// Whoever goes once the server `is_draining` was asked to, and is at another one soon or already.
    pub(super) fn finish(self, end: &End, is_draining: bool) {
        let Self { desk, id, began, mut outgoing, stage, work, .. } = self;
        desk.metrics.closed(end.word());
        if let Stage::Known(known) = stage {
            let Listener { caller, device } = &known.listener;
            tracing::info!(
                tenant.id = %caller.tenant,
                user.id = %caller.user,
                device.id = %device,
                session = %id,
                reason = end.word(),
                duration_ms = began.elapsed().as_millis(),
                "socket.closed"
            );
            let is_gone = end.is_of_device() || known.is_signed_out;
            if let (Some(stay), true) = (known.stay, is_gone && !is_draining) {
                stay.leave();
            }
        }
        match end {
            End::Closed(close) => {
                if let Close::TooSlow = close {
                    outgoing.discard();
                }
                outgoing.say_last(close.code(), close.reason());
            }
            End::Garbled(garbled) => outgoing.say_last(garbled.close_code(), Close::BadMessage.reason()),
            End::Gone => outgoing.say_last(FAREWELL, ""),
        }
        // The server waits for its connections when it stops, and for nothing else: this one lasts until the work is done.
        // At other times nobody who was told to go has to wait for it.
        work.finish(is_draining.then_some(outgoing));
    }
}
