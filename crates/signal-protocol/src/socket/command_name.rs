//! What can be commanded over a socket, and the HTTP call that does the same.

/// The names of commands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CommandName {
    /// `POST /calls`.
    CallInvite,
    /// `POST /calls/{call_id}/accept`.
    CallAccept,
    /// `POST /calls/{call_id}/decline`.
    CallDecline,
    /// `POST /calls/{call_id}/cancel`.
    CallCancel,
    /// `POST /calls/{call_id}/hangup`.
    CallHangup,
    /// `POST /calls/{call_id}/ringing`.
    CallRinging,
    /// `POST /calls/{call_id}/media`.
    CallMedia,
    /// `POST /calls/{call_id}/parties`.
    CallAddParty,
    /// `POST /calls/{call_id}/signals`.
    SignalSend,
    /// `POST /rooms/{room_id}/join`.
    RoomJoin,
    /// `GET /ice-servers`.
    IceServersGet,
}

impl CommandName {
    /// Every one.
    pub const ALL: &'static [Self] = &[
        Self::CallInvite,
        Self::CallAccept,
        Self::CallDecline,
        Self::CallCancel,
        Self::CallHangup,
        Self::CallRinging,
        Self::CallMedia,
        Self::CallAddParty,
        Self::SignalSend,
        Self::RoomJoin,
        Self::IceServersGet,
    ];

    /// The word of the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::CallInvite => "call.invite",
            Self::CallAccept => "call.accept",
            Self::CallDecline => "call.decline",
            Self::CallCancel => "call.cancel",
            Self::CallHangup => "call.hangup",
            Self::CallRinging => "call.ringing",
            Self::CallMedia => "call.media",
            Self::CallAddParty => "call.add_party",
            Self::SignalSend => "signal.send",
            Self::RoomJoin => "room.join",
            Self::IceServersGet => "ice_servers.get",
        }
    }

    /// The command of this name, if there is one.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|name| name.as_str() == word)
    }

    /// The HTTP call that does the same: its method, and its path as OpenAPI writes it.
    #[must_use]
    pub const fn http(self) -> (&'static str, &'static str) {
        match self {
            Self::CallInvite => ("POST", "/api/realtime/calls"),
            Self::CallAccept => ("POST", "/api/realtime/calls/{call_id}/accept"),
            Self::CallDecline => ("POST", "/api/realtime/calls/{call_id}/decline"),
            Self::CallCancel => ("POST", "/api/realtime/calls/{call_id}/cancel"),
            Self::CallHangup => ("POST", "/api/realtime/calls/{call_id}/hangup"),
            Self::CallRinging => ("POST", "/api/realtime/calls/{call_id}/ringing"),
            Self::CallMedia => ("POST", "/api/realtime/calls/{call_id}/media"),
            Self::CallAddParty => ("POST", "/api/realtime/calls/{call_id}/parties"),
            Self::SignalSend => ("POST", "/api/realtime/calls/{call_id}/signals"),
            Self::RoomJoin => ("POST", "/api/realtime/rooms/{room_id}/join"),
            Self::IceServersGet => ("GET", "/api/realtime/ice-servers"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_of_the_wire() {
        for name in CommandName::ALL {
            assert_eq!(CommandName::parse(name.as_str()), Some(*name));
        }
        assert_eq!(CommandName::parse("call.explode"), None);
    }
}
