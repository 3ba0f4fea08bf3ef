//! What each role may do, in LiveKit's words.

use livekit_api::access_token::VideoGrants;
use signal_protocol::{CallKind, Role};

/// What LiveKit calls the device of a participant who speaks,
const MICROPHONE: [&str; 1] = ["microphone"];
/// and those of one who is seen as well.
const CAMERA_AND_MICROPHONE: [&str; 2] = ["camera", "microphone"];
/// What a presenter may publish besides.
const SCREEN: [&str; 2] = ["screen_share", "screen_share_audio"];

/// The grants of `role` in the LiveKit room `sfu_room`, where `kind` is what is transmitted at most: in an audio call
/// nobody is seen and no screen is shared, whatever their role.
///
/// LiveKit takes an absent `canPublish`, `canSubscribe` or `canPublishData` as granted, and an empty
/// `canPublishSources` as "all": so each of them is written out, and the sources stand exactly where publishing is
/// granted. Everything else stays at its default, which livekit-api omits and LiveKit refuses.
#[must_use]
pub fn grants(role: Role, kind: CallKind, sfu_room: String) -> VideoGrants {
    let sources: &[&[&str]] = match (role, kind) {
        (Role::Viewer, CallKind::Audio | CallKind::Video) => &[],
        (Role::Participant | Role::Presenter | Role::Moderator, CallKind::Audio) => &[&MICROPHONE],
        (Role::Participant, CallKind::Video) => &[&CAMERA_AND_MICROPHONE],
        (Role::Presenter | Role::Moderator, CallKind::Video) => &[&CAMERA_AND_MICROPHONE, &SCREEN],
    };
    let may_publish = !sources.is_empty();
    VideoGrants {
        room_join: true,
        room: sfu_room,
        can_publish: Some(may_publish),
        can_publish_sources: sources.iter().copied().flatten().map(|&source| source.to_owned()).collect(),
        can_publish_data: Some(may_publish),
        can_subscribe: Some(true),
        can_update_own_metadata: Some(false),
        ..VideoGrants::default()
    }
}
