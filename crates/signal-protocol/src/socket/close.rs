//! Why the server closes a socket.

use crate::ErrorCode;

/// Why the server closes a socket. The close frame carries the number and, as its reason, the stable word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Close {
    /// The client said `bye`.
    Bye,
    /// A message that is none, or not one that may come now.
    BadMessage,
    /// A message before `hello`.
    TokenMissing,
    /// The token is not accepted, or is somebody else's.
    TokenInvalid,
    /// The token has expired.
    TokenExpired,
    /// No `hello` in time.
    HelloTimeout,
    /// Nothing was heard from the client, though it was pinged.
    PingTimeout,
    /// The same device has a newer socket. Its client must not come back.
    Replaced,
    /// Too many messages.
    RateLimited,
    /// Too many sockets of one user, or too many before their `hello` from one address.
    TooManyConnections,
    /// A message is too long.
    TooLong,
    /// The server is being replaced; another one is there.
    Restart,
    /// The client does not read what it is sent.
    TooSlow,
    /// Something that the server needs cannot be reached. To be tried again, with a growing pause.
    Unavailable(ErrorCode),
}

impl Close {
    /// Every one; of those for something that cannot be reached, one.
    pub const ALL: &'static [Self] = &[
        Self::Bye,
        Self::BadMessage,
        Self::TokenMissing,
        Self::TokenInvalid,
        Self::TokenExpired,
        Self::HelloTimeout,
        Self::PingTimeout,
        Self::Replaced,
        Self::RateLimited,
        Self::TooManyConnections,
        Self::TooLong,
        Self::Restart,
        Self::TooSlow,
        Self::Unavailable(ErrorCode::StoreUnavailable),
    ];

    /// The number (RFC 6455, section 7.4).
    #[must_use]
    pub const fn code(self) -> u16 {
        match self {
            Self::Bye => 1000,
            Self::TooLong => 1009,
            Self::Restart => 1012,
            Self::TooSlow | Self::Unavailable(_) => 1013,
            Self::BadMessage => 4400,
            Self::TokenMissing | Self::TokenInvalid | Self::TokenExpired => 4401,
            Self::HelloTimeout | Self::PingTimeout => 4408,
            Self::Replaced => 4409,
            Self::RateLimited | Self::TooManyConnections => 4429,
        }
    }

    /// The word that goes with it.
    #[must_use]
    pub const fn reason(self) -> &'static str {
        match self {
            Self::Bye => "bye",
            Self::BadMessage => "bad_message",
            Self::TokenMissing => "token_missing",
            Self::TokenInvalid => "token_invalid",
            Self::TokenExpired => "token_expired",
            Self::HelloTimeout => "hello_timeout",
            Self::PingTimeout => "ping_timeout",
            Self::Replaced => "replaced",
            Self::RateLimited => "rate_limited",
            Self::TooManyConnections => "too_many_connections",
            Self::TooLong => "too_large",
            Self::Restart => "restart",
            Self::TooSlow => "too_slow",
            Self::Unavailable(code) => code.as_str(),
        }
    }
}
