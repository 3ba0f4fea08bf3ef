//! LiveKit's own list against the record: the list is right.

use std::collections::BTreeSet;

use clock::{DateTime, Utc};

use super::record::Gone;
use super::rules::Told;
use super::{Departure, Occupancy, Person, RoomIs, Somebody, Track, Transition, Verdict};
use crate::sfu::{SfuParticipant, SfuRoom};

/// What LiveKit said of a room.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Listing<'a> {
    /// The room, if there is one.
    pub(crate) room: Option<&'a SfuRoom>,
    /// Who is in it.
    pub(crate) people: &'a [SfuParticipant],
    /// When LiveKit was asked, at the latest, by the store's clock: what was found out since then is newer than the list.
    pub(crate) asked_at: DateTime<Utc>,
}

/// In how much the record was wrong, by kind.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Drift {
    /// The record knew of another room, or of one that is no more, or of none.
    pub(crate) rooms: usize,
    /// Somebody is there whom it did not know of.
    pub(crate) arrivals: usize,
    /// Somebody is there no more.
    pub(crate) departures: usize,
    /// Somebody is there on another connection.
    pub(crate) replacements: usize,
    /// Somebody sends something else.
    pub(crate) tracks: usize,
}

impl Drift {
    /// Each kind with its number.
    pub(crate) fn kinds(&self) -> [(&'static str, usize); 5] {
        let Self { rooms, arrivals, departures, replacements, tracks } = *self;
        [
            ("room", rooms),
            ("arrival", arrivals),
            ("departure", departures),
            ("replacement", replacements),
            ("track", tracks),
        ]
    }

    /// Whether the record was right.
    pub(crate) fn is_none(&self) -> bool {
        *self == Self::default()
    }
}

impl Occupancy {
    /// Makes the record agree with LiveKit's list, and says what had to be changed.
    pub(crate) fn reconcile(
        &mut self,
        listing: &Listing<'_>,
        now: DateTime<Utc>,
    ) -> (Drift, Vec<Transition>) {
        let mut drift = Drift::default();
        let mut told =
            Told { room_sid: self.sid.clone().unwrap_or_default(), at: now, now, transitions: Vec::new() };
        self.reconciled_at = Some(now);
        let Some(room) = listing.room else {
            // A room that was heard of since may have been opened since.
            if self.sid.is_some() && self.heard_at.is_none_or(|heard_at| heard_at < listing.asked_at) {
                drift.rooms += 1;
                drift.departures += self.people.len();
                self.close(Departure::Missing, &mut told);
            }
            return (drift, told.transitions);
        };
        if self.sid.as_deref() != Some(room.sid.as_str()) {
            if !self.takes_over(room, listing.asked_at) {
                return (drift, told.transitions);
            }
            drift.rooms += 1;
            drift.departures += self.people.len();
            self.ended.retain(|ended| ended.sid != room.sid);
            let is = RoomIs { sid: room.sid.clone(), created_at: Some(room.created_at) };
            self.open(&is, &mut told);
        }
        self.cluster = Some(room.cluster.clone());
        self.miss(listing, &mut drift, &mut told);
        for one in listing.people {
            self.find(one, listing.asked_at, &mut drift, &mut told);
        }
        (drift, told.transitions)
    }

    /// Whether the listed room is the one that is there: neither did it end while LiveKit answered, nor was a newer one opened.
    fn takes_over(&self, room: &SfuRoom, asked_at: DateTime<Utc>) -> bool {
        let ended_since = self.ended.iter().any(|ended| ended.sid == room.sid && ended.since >= asked_at);
        let is_older = self.started_at.is_some_and(|known| room.created_at < known);
        let heard_since = self.heard_at.is_some_and(|heard_at| heard_at >= asked_at);
        !(ended_since || is_older && heard_since)
    }

    /// Whoever is not in the list is gone.
    fn miss(&mut self, listing: &Listing<'_>, drift: &mut Drift, told: &mut Told) {
        let listed: BTreeSet<&str> = listing.people.iter().map(|one| one.identity.as_str()).collect();
        let is_missing = |identity: &str, person: &Person| {
            !listed.contains(identity) && person.heard_at < listing.asked_at
        };
        let missing: Vec<_> = self
            .people
            .iter()
            .filter(|(identity, person)| is_missing(identity, person))
            .map(|(identity, person)| (identity.clone(), person.sid.clone()))
            .collect();
        for (identity, sid) in missing {
            drift.departures += 1;
            self.depart(&identity, &sid, Departure::Missing, told);
        }
    }

    /// Whoever is in the list is there.
    fn find(&mut self, one: &SfuParticipant, asked_at: DateTime<Utc>, drift: &mut Drift, told: &mut Told) {
        let known = self.people.get(&one.identity);
        if known.is_some_and(|person| person.heard_at >= asked_at) || self.left_since(&one.sid, asked_at) {
            return;
        }
        let somebody = Somebody {
            identity: one.identity.clone(),
            sid: one.sid.clone(),
            joined_at: Some(one.joined_at),
            role: None,
            dependent: false,
        };
        match known.map(|person| person.sid.clone()) {
            Some(sid) if sid == one.sid => {}
            Some(sid) => {
                drift.replacements += 1;
                self.depart(&one.identity, &sid, Departure::Replaced, told);
                self.arrive(&somebody, told);
            }
            // However far they have come: LiveKit's webhook tells of them at the first moment, too.
            None => {
                drift.arrivals += 1;
                self.arrive(&somebody, told);
            }
        }
        self.agree_on_tracks(one, &somebody, drift, told);
    }

    /// Whoever said that this connection, or a newer one of the same identity, is over was wrong.
    fn arrive(&mut self, somebody: &Somebody, told: &mut Told) {
        let is_of_theirs = |gone: &Gone| {
            gone.sid == somebody.sid
                || gone.identity.as_ref() == Some(&somebody.identity) && gone.joined_at >= somebody.joined_at
        };
        self.gone.retain(|gone| !is_of_theirs(gone));
        self.join(somebody, told);
    }

    fn left_since(&self, sid: &str, asked_at: DateTime<Utc>) -> bool {
        self.gone.iter().any(|gone| gone.sid == sid && gone.since >= asked_at)
    }

    fn agree_on_tracks(
        &mut self,
        one: &SfuParticipant,
        somebody: &Somebody,
        drift: &mut Drift,
        told: &mut Told,
    ) {
        let is_new = |person: &Person| person.heard_at == told.now;
        let counts = !self.people.get(&one.identity).is_some_and(is_new);
        let mut wrong = 0;
        for track in &one.tracks {
            self.gone.retain(|gone| gone.sid != track.sid);
            let track = Track { sid: track.sid.clone(), source: track.source };
            wrong += usize::from(self.publish(somebody, &track, told) == Verdict::Applied);
        }
        if let Some(person) = self.people.get_mut(&one.identity) {
            let before = person.tracks.len();
            person.tracks.retain(|sid, _| one.tracks.iter().any(|track| track.sid == *sid));
            wrong += before - person.tracks.len();
        }
        // What somebody sends who was not known to be there is no fault of its own.
        if counts {
            drift.tracks += wrong;
        }
    }
}

#[cfg(test)]
mod tests;
