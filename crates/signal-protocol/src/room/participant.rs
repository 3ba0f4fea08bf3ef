//! Who is in a room now.

use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{DeviceId, UserId, timestamp};

/// Something that a participant sends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum MediaSource {
    /// The camera.
    Camera,
    /// The microphone.
    Microphone,
    /// The screen.
    ScreenShare,
    /// The sound of the screen.
    ScreenShareAudio,
}

/// A word that is no source of media.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be one of camera, microphone, screen_share, screen_share_audio")]
pub struct UnknownSource;

/// Somebody who is in the room, by LiveKit's own list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Participant {
    /// What LiveKit calls them: `<user id>:<device>`.
    pub identity: String,
    /// Who; absent for one whom somebody else let in, such as a recorder.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_id: Option<UserId>,
    /// With which of their devices.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub device: Option<DeviceId>,
    /// What others see as the name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Since when.
    #[serde(with = "timestamp")]
    pub joined_at: DateTime<Utc>,
    /// What they send, muted or not.
    pub sources: Vec<MediaSource>,
}

/// What to mute. Only the participant can unmute it again.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MuteRequest {
    /// Which of the things that they send.
    pub source: MediaSource,
}

impl MediaSource {
    /// Every source.
    pub const ALL: [Self; 4] = [Self::Camera, Self::Microphone, Self::ScreenShare, Self::ScreenShareAudio];

    /// The source's name on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Camera => "camera",
            Self::Microphone => "microphone",
            Self::ScreenShare => "screen_share",
            Self::ScreenShareAudio => "screen_share_audio",
        }
    }
}

impl FromStr for MediaSource {
    type Err = UnknownSource;

    fn from_str(text: &str) -> Result<Self, UnknownSource> {
        Self::ALL.into_iter().find(|source| source.as_str() == text).ok_or(UnknownSource)
    }
}

impl fmt::Display for MediaSource {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sources_keep_their_names() {
        for source in MediaSource::ALL {
            assert_eq!(source.as_str().parse(), Ok(source));
            assert_eq!(serde_json::to_value(source).expect("a source is a string"), source.as_str());
        }
        assert_eq!("Camera".parse::<MediaSource>(), Err(UnknownSource));
    }
}
