//! In which words a client speaks: those of the session, or the older ones, which are translated both ways.

use std::collections::VecDeque;
use std::sync::Arc;

use signal_protocol::socket::{SUBPROTOCOL_OF_OLDER_CLIENTS, ServerMessage};
use signal_protocol::{RoomId, UserId};
use signalling::{Input, NoPeer, Older, Step};
use tokio::time::timeout;
use uuid::Uuid;

use super::driver::Driver;
use super::end::End;
use super::stage::Stage;
use super::work::Done;
use crate::events::Listener;
use crate::limits::Limit as _;
use crate::membership::{self, MembershipRefused};

/// In which words a client speaks.
pub(super) enum Dialect {
    /// Those of the session.
    Current,
    /// The older ones.
    Older(Box<Translation>),
}

pub(super) struct Translation {
    older: Older,
    /// What the session is still to be told.
    heard: VecDeque<Input>,
}

impl Dialect {
    /// Of this subprotocol, for the session of this id.
    pub(super) fn of(subprotocol: &str, session: Uuid) -> Self {
        if subprotocol == SUBPROTOCOL_OF_OLDER_CLIENTS {
            Self::Older(Box::new(Translation { older: Older::new(session), heard: VecDeque::new() }))
        } else {
            Self::Current
        }
    }

    /// It is known who speaks.
    pub(super) fn identified(&mut self, user: &UserId) {
        if let Self::Older(translation) = self {
            translation.older.identified(user.clone());
        }
    }

    /// What the session is to be told next, beside what happens.
    pub(super) fn heard(&mut self) -> Option<Input> {
        match self {
            Self::Current => None,
            Self::Older(translation) => translation.heard.pop_front(),
        }
    }
}

impl Driver {
    /// A text of the client, as the session is told of it: at once, or with what else there is to be told.
    pub(super) fn text(&mut self, text: String) -> Result<Option<Input>, End> {
        self.desk.metrics.received.inc();
        match &mut self.dialect {
            Dialect::Current => Ok(Some(Input::Text(text))),
            Dialect::Older(translation) => {
                let steps = translation.older.incoming(&text);
                self.take(steps).map(|_said| None)
            }
        }
    }

    /// Sends a message of the session in the client's words.
    pub(super) fn send(&mut self, message: &ServerMessage) -> Result<(), End> {
        if let ServerMessage::Welcome(welcome) = message {
            self.welcomed(welcome);
        }
        let said = match &mut self.dialect {
            Dialect::Current => {
                self.say(&serde_json::to_string(message).expect("every message is JSON"))?;
                true
            }
            Dialect::Older(translation) => {
                let steps = translation.older.outgoing(message);
                self.take(steps)?
            }
        };
        if !said {
            // It has left, as far as the session has to know.
            self.flow.slips_by();
        }
        Ok(())
    }

    /// The other member of a room was looked for.
    pub(super) fn found(&mut self, room: &RoomId, peer: Result<UserId, NoPeer>) -> Result<(), End> {
        if let Dialect::Older(translation) = &mut self.dialect {
            let steps = translation.older.found(room, peer);
            self.take(steps)?;
        }
        Ok(())
    }

    /// Does what a translation wants. Whether anything was said.
    fn take(&mut self, steps: Vec<Step>) -> Result<bool, End> {
        let mut has_said = false;
        for step in steps {
            match step {
                Step::Message(message) => {
                    if let Dialect::Older(translation) = &mut self.dialect {
                        translation.heard.push_back(Input::Message(message));
                    }
                }
                Step::FindPeer { room } => self.find_peer(room),
                Step::Say(text) => {
                    has_said = true;
                    self.say(&text)?;
                }
            }
        }
        Ok(has_said)
    }

    fn find_peer(&mut self, room: RoomId) {
        let Stage::Known(known) = &self.stage else { return };
        let (desk, Listener { caller, .. }) = (Arc::clone(&self.desk), known.listener.clone());
        self.work.begin(async move {
            if desk.peer_limit.check(&caller).is_err() {
                return Done::FoundPeer { room, peer: Err(NoPeer::RateLimited) };
            }
            let asked = timeout(desk.membership_deadline, desk.membership.other_member(&caller, &room));
            let peer = match asked.await {
                Ok(Ok(peer)) => Ok(peer),
                Ok(Err(no_peer)) => {
                    tracing::info!(error = &no_peer as &dyn std::error::Error, "socket.no_peer");
                    Err(for_client(&no_peer))
                }
                Err(_elapsed) => Err(NoPeer::Unavailable),
            };
            Done::FoundPeer { room, peer }
        });
    }
}

/// What a client may know of why there is nobody to call.
fn for_client(no_peer: &membership::NoPeer) -> NoPeer {
    match no_peer {
        membership::NoPeer::Caller(MembershipRefused::Unknown) | membership::NoPeer::Unknown => {
            NoPeer::Unavailable
        }
        membership::NoPeer::Caller(MembershipRefused::NotMember)
        | membership::NoPeer::NobodyLists
        | membership::NoPeer::NotOne(_) => NoPeer::Denied,
    }
}
