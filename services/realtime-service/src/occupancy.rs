//! Who is in which LiveKit room now, as far as LiveKit has told.
//!
//! [`Occupancy`] is the record and its rules, pure: an event of LiveKit's ([`RoomEvent`]) or LiveKit's own list of participants
//! changes it and says what that means ([`Transition`]). [`Occupancies`] keeps it in the store, together with where each person
//! is ([`Whereabouts`]). Webhooks come late, twice, in any order or never; the list, which the reconciler asks for, is the truth.

mod damage;
mod event;
mod keeper;
mod listed;
mod record;
mod renewal;
mod rules;
mod told;
mod transition;
mod verdict;
mod whereabouts;

pub(crate) use damage::is_damaged;
pub(crate) use event::{Happened, RoomEvent, RoomIs, Somebody, Track};
pub(crate) use keeper::{Changed, Decided, Mark, Occupancies, OccupancyFailure};
pub(crate) use listed::{Drift, Listing};
pub(crate) use record::{Occupancy, Person};
pub(crate) use renewal::is_fading;
pub(crate) use told::closed_room;
pub(crate) use transition::{Change, Departure, Transition};
pub(crate) use verdict::{Effect, Verdict};
pub(crate) use whereabouts::Whereabouts;
