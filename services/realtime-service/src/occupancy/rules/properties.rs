//! Real lives of a room, told in any order, more than once, or in part.

use proptest::prelude::*;

use super::*;
use crate::occupancy::Listing;
use crate::sfu::{ParticipantState, SfuParticipant, SfuRoom};

/// Something that somebody does, by number.
#[derive(Debug, Clone, Copy)]
enum Deed {
    /// Connects, in place of an older connection of theirs if there is one.
    Connect(usize),
    /// Hangs up.
    HangUp(usize),
    /// Is moved to another server.
    Move(usize),
    /// The room is closed, with whoever is in it.
    Close,
}

/// LiveKit, and what it tells.
#[derive(Debug, Default)]
struct Truth {
    /// The room that is there: its sid and when it was made.
    room: Option<(String, DateTime<Utc>)>,
    /// Who is in it.
    people: BTreeMap<String, Somebody>,
    told: Vec<RoomEvent>,
    milliseconds: i64,
    named: u32,
}

impl Truth {
    fn now(&self) -> DateTime<Utc> {
        DateTime::from_timestamp_millis(1_800_000_000_000 + self.milliseconds).unwrap()
    }

    fn name(&mut self, kind: &str) -> String {
        self.named += 1;
        format!("{kind}_{}", self.named)
    }

    fn tell(&mut self, what: Happened) {
        let (sid, created_at) = self.room.clone().unwrap();
        self.told.push(RoomEvent {
            room: RoomIs { sid, created_at: Some(created_at) },
            // To the second, as LiveKit tells it.
            at: DateTime::from_timestamp(self.now().timestamp(), 0).unwrap(),
            what,
        });
    }

    fn happen(&mut self, deed: Deed) {
        self.milliseconds += 7;
        match deed {
            Deed::Connect(number) => self.connect(&format!("user{number}:web")),
            Deed::HangUp(number) => {
                if let Some(who) = self.people.remove(&format!("user{number}:web")) {
                    self.tell(Happened::Left(who, Departure::Left));
                }
            }
            Deed::Move(number) => {
                if let Some(who) = self.people.get(&format!("user{number}:web")).cloned() {
                    self.tell(Happened::Left(who.clone(), Departure::Migrated));
                    self.tell(Happened::Joined(who));
                }
            }
            Deed::Close if self.room.is_some() => {
                for who in std::mem::take(&mut self.people).into_values() {
                    self.tell(Happened::Left(who, Departure::RoomDeleted));
                }
                self.tell(Happened::Finished);
                self.room = None;
            }
            Deed::Close => {}
        }
    }

    fn connect(&mut self, identity: &str) {
        if self.room.is_none() {
            self.room = Some((self.name("RM"), self.now()));
            self.tell(Happened::Started);
        }
        let sid = self.name("PA");
        let joined_at = Some(self.now());
        let who = Somebody { identity: identity.to_owned(), sid, joined_at, role: None, dependent: false };
        let before = self.people.insert(identity.to_owned(), who.clone());
        if let Some(before) = before {
            self.tell(Happened::Left(before, Departure::Replaced));
        }
        self.tell(Happened::Joined(who));
    }

    fn there(&self) -> BTreeMap<String, String> {
        self.people.iter().map(|(identity, who)| (identity.clone(), who.sid.clone())).collect()
    }

    fn listed(&self) -> Vec<SfuParticipant> {
        let one = |who: &Somebody| SfuParticipant {
            identity: who.identity.clone(),
            sid: who.sid.clone(),
            joined_at: who.joined_at.unwrap(),
            name: String::new(),
            state: ParticipantState::Active,
            tracks: Vec::new(),
        };
        self.people.values().map(one).collect()
    }

    fn room(&self) -> Option<SfuRoom> {
        let (sid, created_at) = self.room.clone()?;
        let name = "realtime/standup".to_owned();
        Some(SfuRoom { name, sid, created_at, participants: 0, cluster: "livekit".to_owned() })
    }
}

fn deeds() -> impl Strategy<Value = Vec<Deed>> {
    let who = || 0..3_usize;
    let deed = prop_oneof![
        5 => who().prop_map(Deed::Connect),
        3 => who().prop_map(Deed::HangUp),
        1 => who().prop_map(Deed::Move),
        1 => Just(Deed::Close),
    ];
    prop::collection::vec(deed, 1..25)
}

fn lived(deeds: &[Deed]) -> Truth {
    let mut truth = Truth::default();
    for deed in deeds {
        truth.happen(*deed);
    }
    truth
}

fn there(occupancy: &Occupancy) -> BTreeMap<String, String> {
    occupancy.people.iter().map(|(identity, person)| (identity.clone(), person.sid.clone())).collect()
}

/// Each connection comes once at most and goes once at most, after that; so does each room.
fn is_sane(transitions: &[Transition]) -> bool {
    let mut open: BTreeSet<String> = BTreeSet::new();
    let mut over: BTreeSet<String> = BTreeSet::new();
    transitions.iter().all(|transition| match &transition.change {
        Change::Opened => !over.contains(&transition.room_sid) && open.insert(transition.room_sid.clone()),
        Change::Came { sid, .. } => !over.contains(sid) && open.insert(sid.clone()),
        Change::Left { sid, .. } => open.remove(sid) && over.insert(sid.clone()),
        Change::Closed { .. } => {
            open.remove(&transition.room_sid) && over.insert(transition.room_sid.clone())
        }
        Change::Published { sid, .. } => open.contains(sid),
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, ..ProptestConfig::default() })]

    #[test]
    fn in_whatever_order_and_however_often_it_is_told_the_end_is_the_same(
        deeds in deeds(),
        order in prop::collection::vec(any::<prop::sample::Index>(), 0..80),
        seed in any::<u64>(),
    ) {
        let truth = lived(&deeds);
        let mut told = truth.told.clone();
        if !told.is_empty() {
            told.extend(order.iter().map(|index| index.get(&truth.told).clone()));
        }
        shuffle(&mut told, seed);
        let mut occupancy = Occupancy::default();
        let mut transitions = Vec::new();
        for event in &told {
            transitions.extend(occupancy.on(event, truth.now()).transitions);
        }
        prop_assert_eq!(there(&occupancy), truth.there());
        prop_assert_eq!(occupancy.sid.clone(), truth.room.as_ref().map(|(sid, _)| sid.clone()));
        prop_assert!(is_sane(&transitions), "{:?}", transitions);
    }

    #[test]
    fn what_was_lost_is_found_by_livekits_own_list(
        deeds in deeds(),
        kept in prop::collection::vec(any::<prop::sample::Index>(), 0..30),
        late in prop::collection::vec(any::<prop::sample::Index>(), 0..10),
    ) {
        let mut truth = lived(&deeds);
        let mut occupancy = Occupancy::default();
        let mut transitions = Vec::new();
        let picked = |indexes: &[prop::sample::Index]| -> Vec<RoomEvent> {
            if truth.told.is_empty() {
                return Vec::new();
            }
            indexes.iter().map(|index| index.get(&truth.told).clone()).collect()
        };
        let (kept, late) = (picked(&kept), picked(&late));
        for event in &kept {
            transitions.extend(occupancy.on(event, truth.now()).transitions);
        }
        truth.milliseconds += 1;
        let (room, people, now) = (truth.room(), truth.listed(), truth.now());
        let listing = Listing { room: room.as_ref(), people: &people, asked_at: now };
        transitions.extend(occupancy.reconcile(&listing, now).1);
        prop_assert_eq!(there(&occupancy), truth.there());
        prop_assert_eq!(occupancy.sid.clone(), truth.room.as_ref().map(|(sid, _)| sid.clone()));
        // What comes late says nothing new, or is put right by the next list.
        for event in &late {
            occupancy.on(event, now);
        }
        truth.milliseconds += 1;
        let listing = Listing { asked_at: truth.now(), ..listing };
        occupancy.reconcile(&listing, truth.now());
        prop_assert_eq!(there(&occupancy), truth.there());
        let (drift, _) = occupancy.reconcile(&listing, truth.now());
        prop_assert!(drift.is_none(), "{:?}", drift);
    }
}

/// The same order for the same seed.
fn shuffle<T>(all: &mut [T], mut seed: u64) {
    for last in (1..all.len()).rev() {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let index = usize::try_from(seed >> 33).unwrap_or_default() % (last + 1);
        all.swap(index, last);
    }
}
