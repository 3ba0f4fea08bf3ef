//! Rooms and the people in them, as LiveKit tells of them, in our words.

use clock::{DateTime, Utc};
use livekit_protocol as proto;
use proto::TrackSource;
use proto::participant_info::State;
use signal_protocol::MediaSource;

/// A room that LiveKit has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SfuRoom {
    /// `<tenant>/<room id>`, see [`room_tokens::sfu_room`].
    pub(crate) name: String,
    /// LiveKit's own id, another one each time the room is opened.
    pub(crate) sid: String,
    /// When it was opened, by LiveKit's clock.
    pub(crate) created_at: DateTime<Utc>,
    /// How many are in it. LiveKit's counter lags behind its list of participants.
    pub(crate) participants: u32,
    /// The cluster that it is in.
    pub(crate) cluster: String,
}

/// Somebody who is in a room.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SfuParticipant {
    /// `<user>:<device>` if we let them in, see [`room_tokens::ParticipantIdentity`].
    pub(crate) identity: String,
    /// LiveKit's own id, another one for each connection.
    pub(crate) sid: String,
    /// Since when, by LiveKit's clock.
    pub(crate) joined_at: DateTime<Utc>,
    /// What others see as the name; empty if there is none.
    pub(crate) name: String,
    /// How far they have come.
    pub(crate) state: ParticipantState,
    /// What they send, in LiveKit's order.
    pub(crate) tracks: Vec<SfuTrack>,
}

/// How far a participant has come. Who has gone is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ParticipantState {
    /// Let in; nothing is negotiated yet.
    Joining,
    /// Media is being negotiated.
    Joined,
    /// Media can flow.
    Active,
}

/// Something that a participant sends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SfuTrack {
    /// LiveKit's own id.
    pub(crate) sid: String,
    /// What it is of; none for a source that no token of ours allows.
    pub(crate) source: Option<MediaSource>,
    /// Whether it is muted.
    pub(crate) muted: bool,
}

/// A key whose signature LiveKit or this service may have made: the current one of a cluster, or the one before it.
pub(crate) struct SfuKey<'a> {
    /// The name of the key: `iss` of a token.
    pub(crate) api_key: &'a str,
    /// What signs and verifies.
    pub(crate) api_secret: &'a str,
}

/// A room of `cluster`.
pub(super) fn room(cluster: &str, room: proto::Room) -> SfuRoom {
    SfuRoom {
        name: room.name,
        sid: room.sid,
        created_at: instant(room.creation_time_ms, room.creation_time),
        participants: room.num_participants,
        cluster: cluster.to_owned(),
    }
}

/// A participant; none if they have gone. A state that is not known here is one of somebody who is there.
pub(super) fn participant(info: proto::ParticipantInfo) -> Option<SfuParticipant> {
    let state = match State::try_from(info.state) {
        Ok(State::Disconnected) => return None,
        Ok(State::Joining) => ParticipantState::Joining,
        Ok(State::Active) => ParticipantState::Active,
        Ok(State::Joined) | Err(_) => ParticipantState::Joined,
    };
    Some(SfuParticipant {
        identity: info.identity,
        sid: info.sid,
        joined_at: instant(info.joined_at_ms, info.joined_at),
        name: info.name,
        state,
        tracks: tracks(info.tracks),
    })
}

/// What a participant sends.
pub(super) fn tracks(tracks: Vec<proto::TrackInfo>) -> Vec<SfuTrack> {
    let track = |info: proto::TrackInfo| SfuTrack {
        source: match info.source() {
            TrackSource::Unknown => None,
            TrackSource::Camera => Some(MediaSource::Camera),
            TrackSource::Microphone => Some(MediaSource::Microphone),
            TrackSource::ScreenShare => Some(MediaSource::ScreenShare),
            TrackSource::ScreenShareAudio => Some(MediaSource::ScreenShareAudio),
        },
        sid: info.sid,
        muted: info.muted,
    };
    tracks.into_iter().map(track).collect()
}

/// Older servers tell seconds only.
fn instant(millis: i64, seconds: i64) -> DateTime<Utc> {
    let millis = if millis == 0 { seconds.saturating_mul(1000) } else { millis };
    DateTime::from_timestamp_millis(millis).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_a_newer_livekit_are_taken_for_what_they_can_be() {
        let track = proto::TrackInfo { sid: "TR_1".to_owned(), source: 99, ..proto::TrackInfo::default() };
        let info = proto::ParticipantInfo {
            state: 42,
            joined_at: 1_700_000_000,
            tracks: vec![track],
            ..proto::ParticipantInfo::default()
        };
        let found = participant(info).unwrap();
        assert_eq!(found.state, ParticipantState::Joined);
        assert_eq!(found.joined_at.timestamp(), 1_700_000_000);
        assert_eq!(found.tracks[0].source, None);
    }

    #[test]
    fn who_has_gone_is_not_there() {
        let info =
            proto::ParticipantInfo { state: State::Disconnected.into(), ..proto::ParticipantInfo::default() };
        assert_eq!(participant(info), None);
    }
}
