//! Membership of the rooms that are kept here.

use std::collections::BTreeSet;
use std::sync::Arc;

use async_trait::async_trait;
use identity::Caller;
use signal_protocol::{RoomId, Tenant, UserId};
use store::StoreError;

use super::rolls::tell_unavailable;
use super::source::{Answer, Everybody, MembershipSource, REGISTRY, Roll, Rooms};
use crate::doors::Door;
use crate::registry::{Entry, Registry};

/// Reads the registry each time: what it says is of this moment.
pub(super) struct KeptHere(Registry);

impl KeptHere {
    pub(super) const fn new(registry: Registry) -> Self {
        Self(registry)
    }

    async fn entry(&self, caller: &Caller, room: &RoomId, door: Option<&Door>) -> Result<Entry, StoreError> {
        match door {
            Some(door) => Entry::at(door),
            None => self.0.entry(&caller.tenant, room, &caller.user).await,
        }
    }
}

#[async_trait]
impl MembershipSource for KeptHere {
    fn name(&self) -> &'static str {
        REGISTRY
    }

    async fn ask(&self, caller: &Caller, room: &RoomId, door: Option<&Door>) -> Answer {
        match self.entry(caller, room, door).await {
            Ok(entry) => entry.membership().map_or(Answer::NotMember, Answer::Member),
            Err(error) => {
                tell_unavailable(&Arc::new(error));
                Answer::Unknown
            }
        }
    }

    async fn ask_about(&self, tenant: &Tenant, room: &RoomId, users: &[UserId]) -> Roll {
        let entries = match self.0.entries(tenant, room, users).await {
            Ok(entries) => entries,
            Err(error) => {
                tell_unavailable(&Arc::new(error));
                return Roll::unknown(users);
            }
        };
        let mut roll = Roll::default();
        for (user, entry) in users.iter().zip(entries) {
            match entry {
                Ok(entry) => roll.members.extend(entry.membership().map(|_| user.clone())),
                Err(error) => {
                    tell_unavailable(&Arc::new(error));
                    roll.unknown.insert(user.clone());
                }
            }
        }
        roll
    }

    async fn everybody(&self, tenant: &Tenant, room: &RoomId) -> Everybody {
        match self.0.members(tenant, room).await {
            Ok(members) => {
                let members = members.unwrap_or_default().into_keys().collect();
                Everybody::Listed(Arc::new(Roll { members, unknown: BTreeSet::new() }))
            }
            Err(error) => {
                tell_unavailable(&Arc::new(error));
                Everybody::Unknown
            }
        }
    }

    async fn rooms_of(&self, caller: &Caller) -> Rooms {
        match self.0.rooms_of(&caller.tenant, &caller.user).await {
            Ok(rooms) => Rooms::Listed(rooms.into_iter().collect()),
            Err(error) => {
                tell_unavailable(&Arc::new(error));
                Rooms::Unknown
            }
        }
    }
}
