//! Everybody who may come.

/// Somebody, in relation to a room that is kept here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Person {
    /// Without a token.
    Anonymous,
    /// With a token that was good once, of a moderator.
    Expired,
    /// With a token of a login that was ended, of an administrator.
    SignedOut,
    /// Of another tenant, by the same user id as a moderator of the room.
    OfOtherTenant,
    /// Of the same tenant, and no member of anything.
    Stranger,
    /// A moderator who was banned.
    Banned,
    /// A moderator who was kicked a moment ago.
    Kicked,
    Viewer,
    Participant,
    Presenter,
    Moderator,
    /// Of the tenant, and no member of anything.
    Administrator,
}

impl Person {
    pub(super) const ALL: &'static [Self] = &[
        Self::Anonymous,
        Self::Expired,
        Self::SignedOut,
        Self::OfOtherTenant,
        Self::Stranger,
        Self::Banned,
        Self::Kicked,
        Self::Viewer,
        Self::Participant,
        Self::Presenter,
        Self::Moderator,
        Self::Administrator,
    ];

    /// The code with which their token is refused wherever one is wanted.
    pub(super) const fn token_refused(self) -> Option<&'static str> {
        match self {
            Self::Anonymous => Some("token_missing"),
            Self::Expired => Some("token_expired"),
            Self::SignedOut => Some("token_invalid"),
            Self::OfOtherTenant
            | Self::Stranger
            | Self::Banned
            | Self::Kicked
            | Self::Viewer
            | Self::Participant
            | Self::Presenter
            | Self::Moderator
            | Self::Administrator => None,
        }
    }

    /// What they, or in their tenant somebody of their name, are in the room.
    pub(super) const fn role(self) -> Option<&'static str> {
        match self {
            Self::Anonymous | Self::Stranger | Self::SignedOut | Self::Administrator => None,
            Self::Viewer => Some("viewer"),
            Self::Participant => Some("participant"),
            Self::Presenter => Some("presenter"),
            Self::Expired | Self::OfOtherTenant | Self::Banned | Self::Kicked | Self::Moderator => {
                Some("moderator")
            }
        }
    }
}
