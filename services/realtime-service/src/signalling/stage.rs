//! Who is at the other end of a socket, as far as that is known.

use std::future::pending;
use std::sync::Arc;

use identity::{Caller, LoginWatch};
use mailbox::Watch;
use signal_protocol::DeviceId;
use signal_protocol::socket::Close;
use signalling::Input;
use store::Brought;
use uuid::Uuid;

use super::SignallingDesk;
use super::driver::Driver;
use super::sockets::{Knock, Seat, TooMany};
use crate::events::{Listener, Stay};

/// Who is at the other end.
pub(super) enum Stage {
    /// Nobody knows yet.
    Stranger(Stranger),
    /// A device of somebody.
    Known(Box<Known>),
}

pub(super) struct Stranger {
    /// What the client calls itself.
    pub(super) device: DeviceId,
    _knock: Knock,
}

pub(super) struct Known {
    pub(super) listener: Listener,
    pub(super) stay: Option<Stay>,
    /// Whether the login that the device came with was ended.
    pub(super) is_signed_out: bool,
    watch: Watch,
    brought: Option<Arc<Brought>>,
    login: LoginWatch,
    _seat: Seat,
}

impl Stage {
    pub(super) fn stranger(knock: Knock) -> Self {
        Self::Stranger(Stranger { device: DeviceId::default(), _knock: knock })
    }

    /// Completes when the log may have something new, or the login was ended. Never for a stranger.
    pub(super) async fn news(&mut self) -> Input {
        match self {
            Self::Stranger(_) => pending().await,
            Self::Known(known) => tokio::select! {
                () = known.watch.rung() => {
                    known.brought = known.watch.brought();
                    Input::Rung
                }
                () = known.login.ended() => {
                    known.is_signed_out = true;
                    Input::Revoked
                }
            },
        }
    }
}

impl Stage {
    /// What came with the last ring, for the one reading that it is rung for.
    pub(super) fn brought(&mut self) -> Option<Arc<Brought>> {
        match self {
            Self::Stranger(_) => None,
            Self::Known(known) => known.brought.take(),
        }
    }
}

impl Known {
    /// The socket is about to be written down as this session.
    pub(super) fn opens(&mut self, session: Uuid) {
        self.watch.opens(session);
    }

    fn new(desk: &SignallingDesk, caller: Arc<Caller>, device: DeviceId) -> Result<Self, TooMany> {
        let seat = desk.sockets.enter(&caller.tenant, &caller.user, &device)?;
        let listener = Listener { caller, device };
        // Before the log is read: what comes after that rings.
        let watch = desk.feed.watch_device(&listener);
        let stay = desk.feed.stay(&listener);
        let login = desk.watch_login(&listener.caller);
        Ok(Self { listener, stay, is_signed_out: false, watch, brought: None, login, _seat: seat })
    }
}

impl Driver {
    /// A token was verified: the first one lets somebody in, a later one takes its place if it is the same user's.
    pub(super) fn verified(&mut self, caller: Arc<Caller>) -> Input {
        let identity = self.desk.identity(&caller);
        match &mut self.stage {
            Stage::Stranger(stranger) => {
                match Known::new(&self.desk, caller, std::mem::take(&mut stranger.device)) {
                    Ok(known) => {
                        self.dialect.identified(&identity.user);
                        self.stage = Stage::Known(Box::new(known));
                    }
                    Err(TooMany) => return Input::Verified(Err(Close::TooManyConnections)),
                }
            }
            Stage::Known(known) => {
                let Listener { caller: older, .. } = &known.listener;
                // The session closes the socket of whoever changes into somebody else.
                if (&older.tenant, &older.user) == (&caller.tenant, &caller.user) {
                    known.login = self.desk.watch_login(&caller);
                    known.listener.caller = caller;
                }
            }
        }
        Input::Verified(Ok(identity))
    }
}
