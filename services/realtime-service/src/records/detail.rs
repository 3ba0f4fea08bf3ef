//! From what happened in a room to a record of it. Pure.

use aws_lc_rs::digest::{Context, SHA256};
use clock::{DateTime, Utc};
use room_tokens::ParticipantIdentity;
use signal_protocol::{
    CallId, Detail, LeaveReason, RECORD_SCHEMA, RoomDetail, RoomId, SessionDetail, Tenant,
};
use uuid::{Builder, Uuid};

use crate::occupancy::{Change, Departure, Transition};

/// The record of something that is over; nothing of what begins or goes on.
pub(super) fn of(tenant: &Tenant, room: &RoomId, transition: &Transition) -> Option<Detail> {
    let Transition { room_sid, at, change } = transition;
    match change {
        Change::Opened | Change::Came { .. } | Change::Published { .. } => None,
        Change::Left { identity, sid, joined_at, role, sent, why } => {
            let known = identity.parse::<ParticipantIdentity>().ok();
            let (user_id, device) =
                known.map_or((None, None), |known| (Some(known.user), Some(known.device)));
            Some(Detail::Session(SessionDetail {
                schema: RECORD_SCHEMA,
                id: id_of(&["session", tenant.as_str(), room_sid, sid]),
                tenant: tenant.clone(),
                room_id: room.clone(),
                call_id: CallId::of_room(room),
                room_sid: room_sid.clone(),
                participant_sid: sid.clone(),
                identity: identity.clone(),
                user_id,
                device,
                role: *role,
                joined_at: *joined_at,
                // LiveKit says when somebody went to the second, and when they came to the millisecond.
                left_at: (*at).max(*joined_at),
                duration_ms: millis_between(*joined_at, *at),
                reason: reason(*why),
                sources: sent.iter().copied().collect(),
            }))
        }
        Change::Closed { started_at } => Some(Detail::Room(RoomDetail {
            schema: RECORD_SCHEMA,
            id: id_of(&["room", tenant.as_str(), room_sid]),
            tenant: tenant.clone(),
            room_id: room.clone(),
            call_id: CallId::of_room(room),
            room_sid: room_sid.clone(),
            started_at: *started_at,
            ended_at: started_at.map_or(*at, |started_at| (*at).max(started_at)),
            duration_ms: started_at.map(|started_at| millis_between(started_at, *at)),
        })),
    }
}

const fn reason(why: Departure) -> LeaveReason {
    match why {
        Departure::Left => LeaveReason::Left,
        Departure::Removed => LeaveReason::Removed,
        Departure::Replaced => LeaveReason::Replaced,
        Departure::RoomDeleted | Departure::RoomClosed => LeaveReason::RoomEnded,
        Departure::Lost => LeaveReason::ConnectionLost,
        Departure::MediaFailed => LeaveReason::MediaFailed,
        Departure::ServerShutdown => LeaveReason::ServerShutdown,
        Departure::Migrated | Departure::Unknown | Departure::Missing => LeaveReason::Unknown,
    }
}

/// A UUID of version 8: the first half of the SHA-256 of these words. The same words always make the same id.
fn id_of(words: &[&str]) -> Uuid {
    let mut digest = Context::new(&SHA256);
    for word in words {
        // No word holds a NUL: ids have a grammar, and LiveKit's are letters and digits. So no two lists make the same text.
        digest.update(word.as_bytes());
        digest.update(&[0]);
    }
    let mut half = [0; 16];
    half.copy_from_slice(&digest.finish().as_ref()[..16]);
    Builder::from_custom_bytes(half).into_uuid()
}

/// Zero if the clocks disagree.
fn millis_between(from: DateTime<Utc>, to: DateTime<Utc>) -> u64 {
    u64::try_from((to - from).num_milliseconds()).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use clock::Duration;
    use signal_protocol::{MediaSource, Role};

    use super::*;

    fn left(identity: &str, why: Departure, seconds: i64) -> Transition {
        let joined_at = DateTime::UNIX_EPOCH;
        let change = Change::Left {
            identity: identity.to_owned(),
            sid: "PA_one".to_owned(),
            joined_at,
            role: Some(Role::Presenter),
            sent: BTreeSet::from([MediaSource::Microphone, MediaSource::Camera]),
            why,
        };
        Transition { room_sid: "RM_one".to_owned(), at: joined_at + Duration::seconds(seconds), change }
    }

    fn session(tenant: &str, room: &str, transition: &Transition) -> SessionDetail {
        let (tenant, room) = (Tenant::parse(tenant).unwrap(), RoomId::parse(room).unwrap());
        match of(&tenant, &room, transition) {
            Some(Detail::Session(session)) => session,
            other => panic!("no session: {other:?}"),
        }
    }

    #[test]
    fn a_stay_has_its_length_its_reason_and_what_was_sent() {
        let session = session("acme", "standup", &left("f:ldap:ann:phone", Departure::Removed, 90));
        assert_eq!((session.duration_ms, session.reason), (90_000, LeaveReason::Removed));
        assert_eq!(session.user_id.unwrap().as_str(), "f:ldap:ann");
        assert_eq!(session.device.unwrap().as_str(), "phone");
        assert_eq!(session.sources, [MediaSource::Camera, MediaSource::Microphone]);
        assert_eq!((session.call_id, session.role), (None, Some(Role::Presenter)));
    }

    #[test]
    fn the_same_stay_has_the_same_id_and_no_other_has() {
        let one = session("acme", "standup", &left("ann:phone", Departure::Left, 1)).id;
        assert_eq!(one, session("acme", "standup", &left("ann:phone", Departure::Missing, 9)).id);
        assert_ne!(one, session("umbrella", "standup", &left("ann:phone", Departure::Left, 1)).id);
        let newer = Transition { room_sid: "RM_two".to_owned(), ..left("ann:phone", Departure::Left, 1) };
        assert_ne!(one, session("acme", "standup", &newer).id);
        assert_eq!(one.get_version_num(), 8);
    }

    #[test]
    fn who_went_before_they_came_stayed_for_no_time() {
        let session = session("acme", "standup", &left("EG_recorder", Departure::Left, -1));
        assert_eq!((session.duration_ms, session.left_at), (0, session.joined_at));
        assert_eq!((session.user_id, session.device), (None, None));
    }

    #[test]
    fn the_room_of_a_call_names_the_call_and_what_goes_on_makes_no_record() {
        let room = RoomId::parse("call-0198c5a0-7c3e-7d5a-8f00-0123456789ab").unwrap();
        let tenant = Tenant::parse("acme").unwrap();
        let (room_sid, at) = ("RM_one".to_owned(), DateTime::UNIX_EPOCH);
        let closed = Transition { room_sid, at, change: Change::Closed { started_at: None } };
        let Some(Detail::Room(record)) = of(&tenant, &room, &closed) else { panic!("no room") };
        assert_eq!(record.call_id, CallId::of_room(&room));
        assert_eq!((record.started_at, record.duration_ms), (None, None));
        assert_eq!(of(&tenant, &room, &Transition { change: Change::Opened, ..closed }), None);
    }
}
