//! What an event makes of the record.
//!
//! Two rooms of one name are told apart by LiveKit's `sid`, and the newer by when it was made; two connections of one identity by
//! theirs, and since they follow one another, every older one is over as soon as anything is known of a newer one. So most
//! orders of the same events end in the same state. What no `sid` tells, the reconciler repairs.

use std::collections::{BTreeMap, BTreeSet};

use clock::{DateTime, Utc};

use super::record::Gone;
use super::{
    Change, Departure, Effect, Happened, Occupancy, Person, RoomEvent, RoomIs, Somebody, Track, Transition,
    Verdict,
};

/// How a room that an event names stands to the record.
enum Which {
    /// It is the one that is there.
    Same,
    /// It is newer than every room that the record knows.
    Newer,
    /// It is over, or older.
    Older,
    /// The event does not say enough.
    Unclear,
}

impl Occupancy {
    /// What `event` makes of the record, `now` being the store's time.
    pub(crate) fn on(&mut self, event: &RoomEvent, now: DateTime<Utc>) -> Effect {
        let mut told = Told { room_sid: event.room.sid.clone(), at: event.at, now, transitions: Vec::new() };
        let verdict = self.apply(event, &mut told);
        let happened = !told.transitions.is_empty();
        if happened {
            self.heard_at = Some(now);
        }
        Effect { verdict: if happened { Verdict::Applied } else { verdict }, transitions: told.transitions }
    }

    fn apply(&mut self, event: &RoomEvent, told: &mut Told) -> Verdict {
        match (self.which(&event.room), &event.what) {
            (Which::Newer, Happened::Finished) => {
                // It came and went unheard of; the one before it is over all the same.
                self.close(Departure::RoomClosed, told);
                self.started_at = event.room.created_at;
                self.remember_ended(&event.room.sid, told.now);
                return Verdict::Stale;
            }
            (Which::Unclear, Happened::Finished) => {
                // Nothing that comes later may open it.
                self.remember_ended(&event.room.sid, told.now);
                return Verdict::Unknown;
            }
            (Which::Newer, _) => self.open(&event.room, told),
            (Which::Same, _) => self.started_at = self.started_at.or(event.room.created_at),
            (Which::Older, _) => return Verdict::Stale,
            (Which::Unclear, _) => return Verdict::Unknown,
        }
        match &event.what {
            Happened::Started => Verdict::Known,
            Happened::Finished => {
                self.close(Departure::RoomClosed, told);
                Verdict::Applied
            }
            Happened::Joined(somebody) => self.join(somebody, told),
            Happened::Left(somebody, why) => self.leave(somebody, *why, told),
            Happened::Published(somebody, track) => self.publish(somebody, track, told),
            Happened::Unpublished(somebody, track) => self.unpublish(somebody, track, told),
        }
    }

    fn which(&self, room: &RoomIs) -> Which {
        if self.sid.as_deref() == Some(room.sid.as_str()) {
            return Which::Same;
        }
        if self.has_ended(&room.sid) {
            return Which::Older;
        }
        match (room.created_at, self.started_at) {
            (None, _) => Which::Unclear,
            (Some(_), None) => Which::Newer,
            // Two rooms of one name in one millisecond: LiveKit makes the second after the first was closed.
            (Some(this), Some(known)) if this >= known => Which::Newer,
            (Some(_), Some(_)) => Which::Older,
        }
    }

    /// The room is this one from now on. If there was another, it is over.
    pub(super) fn open(&mut self, room: &RoomIs, told: &mut Told) {
        self.close(Departure::RoomClosed, told);
        self.sid = Some(room.sid.clone());
        self.started_at = room.created_at;
        told.room_sid.clone_from(&room.sid);
        told.tell_at(room.created_at.unwrap_or(told.at), Change::Opened);
    }

    /// The room that there was is over, and everybody in it is gone.
    pub(super) fn close(&mut self, why: Departure, told: &mut Told) {
        let Some(sid) = self.sid.take() else { return };
        let event_sid = std::mem::replace(&mut told.room_sid, sid.clone());
        for (identity, person) in std::mem::take(&mut self.people) {
            told.tell(person.left(identity, why));
        }
        told.tell(Change::Closed { started_at: self.started_at });
        told.room_sid = event_sid;
        // Whoever was in it needs no remembering: no event of this room is applied any more.
        self.gone.clear();
        self.cluster = None;
        self.remember_ended(&sid, told.now);
    }

    pub(super) fn join(&mut self, somebody: &Somebody, told: &mut Told) -> Verdict {
        if self.is_gone(&somebody.sid) || self.is_outlived(&somebody.identity, somebody.joined_at) {
            return Verdict::Stale;
        }
        let joined_at = somebody.joined_at.unwrap_or(told.at);
        if let Some(person) = self.people.get_mut(&somebody.identity) {
            if person.sid == somebody.sid {
                // A track of theirs may have been heard of first, and said less.
                person.joined_at = somebody.joined_at.unwrap_or(person.joined_at);
                person.role = person.role.or(somebody.role);
                person.dependent |= somebody.dependent;
                return Verdict::Known;
            }
            if joined_at < person.joined_at {
                return Verdict::Stale;
            }
            let before = person.sid.clone();
            self.depart(&somebody.identity, &before, Departure::Replaced, told);
        }
        let person = Person {
            sid: somebody.sid.clone(),
            joined_at,
            tracks: BTreeMap::new(),
            sent: BTreeSet::new(),
            role: somebody.role,
            heard_at: told.now,
            dependent: somebody.dependent,
            extra: crate::stored::Extra::new(),
        };
        self.people.insert(somebody.identity.clone(), person);
        let (identity, sid) = (somebody.identity.clone(), somebody.sid.clone());
        told.tell_at(joined_at, Change::Came { identity, sid });
        Verdict::Applied
    }

    fn leave(&mut self, somebody: &Somebody, why: Departure, told: &mut Told) -> Verdict {
        match why {
            // The very connection goes on elsewhere.
            Departure::Migrated => return Verdict::Ignored,
            Departure::Left
            | Departure::Removed
            | Departure::Replaced
            | Departure::RoomDeleted
            | Departure::RoomClosed
            | Departure::Lost
            | Departure::MediaFailed
            | Departure::ServerShutdown
            | Departure::Unknown
            | Departure::Missing => {}
        }
        let news = self.remember_gone(Gone {
            sid: somebody.sid.clone(),
            since: told.now,
            identity: Some(somebody.identity.clone()),
            joined_at: somebody.joined_at,
        });
        let Some(person) = self.people.get(&somebody.identity) else {
            return if news { Verdict::Stale } else { Verdict::Known };
        };
        let (sid, joined_at) = (person.sid.clone(), person.joined_at);
        if sid == somebody.sid {
            if why == Departure::Replaced {
                // The newer connection of this device is in the room, whether or not it was heard of yet.
                return Verdict::Ignored;
            }
            self.depart(&somebody.identity, &sid, why, told);
            return Verdict::Applied;
        }
        if somebody.joined_at.is_some_and(|newer| newer > joined_at) {
            // Who left is the successor of whom the record knows, so both are gone.
            self.depart(&somebody.identity, &sid, Departure::Replaced, told);
            return Verdict::Applied;
        }
        Verdict::Stale
    }

    /// Takes out one connection.
    pub(super) fn depart(&mut self, identity: &str, sid: &str, why: Departure, told: &mut Told) {
        let Some(person) = self.people.remove(identity) else { return };
        self.remember_gone(Gone {
            sid: sid.to_owned(),
            since: told.now,
            identity: Some(identity.to_owned()),
            joined_at: Some(person.joined_at),
        });
        told.tell(person.left(identity.to_owned(), why));
    }

    pub(super) fn publish(&mut self, somebody: &Somebody, track: &Track, told: &mut Told) -> Verdict {
        if self.is_gone(&track.sid) {
            return Verdict::Stale;
        }
        // Nobody sends anything who is not there.
        let joined = self.join(somebody, told);
        let Some(person) = self.people.get_mut(&somebody.identity) else { return joined };
        if person.sid != somebody.sid {
            return Verdict::Stale;
        }
        if person.tracks.contains_key(&track.sid) {
            return Verdict::Known;
        }
        let first = person.tracks.is_empty() && person.sent.is_empty();
        person.heard_at = told.now;
        person.tracks.insert(track.sid.clone(), track.source);
        person.sent.extend(track.source);
        let (identity, sid, joined_at) = (somebody.identity.clone(), person.sid.clone(), person.joined_at);
        told.tell(Change::Published { identity, sid, source: track.source, joined_at, first });
        Verdict::Applied
    }

    fn unpublish(&mut self, somebody: &Somebody, track: &Track, told: &mut Told) -> Verdict {
        let person = self.people.get_mut(&somebody.identity).filter(|person| person.sid == somebody.sid);
        if let Some(person) = person
            && person.tracks.remove(&track.sid).is_some()
        {
            person.heard_at = told.now;
            self.remember_track(track, told);
            return Verdict::Applied;
        }
        if self.is_gone(&somebody.sid) {
            return Verdict::Stale;
        }
        // It may have been published a moment ago, and that may be heard of later.
        if self.remember_track(track, told) { Verdict::Stale } else { Verdict::Known }
    }

    fn remember_track(&mut self, track: &Track, told: &Told) -> bool {
        let sid = track.sid.clone();
        self.remember_gone(Gone { sid, since: told.now, identity: None, joined_at: None })
    }
}

impl Person {
    fn left(self, identity: String, why: Departure) -> Change {
        let Self { sid, joined_at, role, sent, .. } = self;
        Change::Left { identity, sid, joined_at, role, sent, why }
    }
}

/// What is told of a change, while it is made.
pub(super) struct Told {
    pub(super) room_sid: String,
    /// When it happened.
    pub(super) at: DateTime<Utc>,
    /// The store's time.
    pub(super) now: DateTime<Utc>,
    pub(super) transitions: Vec<Transition>,
}

impl Told {
    pub(super) fn tell(&mut self, change: Change) {
        self.tell_at(self.at, change);
    }

    pub(super) fn tell_at(&mut self, at: DateTime<Utc>, change: Change) {
        self.transitions.push(Transition { room_sid: self.room_sid.clone(), at, change });
    }
}

#[cfg(test)]
mod properties;
#[cfg(test)]
mod tests;
