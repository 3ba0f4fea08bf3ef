//! The rooms that somebody belongs to, by the sources that can list them.

use std::collections::BTreeMap;

use identity::Caller;
use signal_protocol::{Role, RoomId};

use super::source::{REGISTRY, Rooms};
use super::{Membership, MembershipRefused};

/// What somebody is in one room, by the sources that say so, in their order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Belonging(Vec<(&'static str, Role)>);

impl Belonging {
    /// Their role by the first source that counts: what the registry says counts only if it still has the room, which
    /// `is_kept` says. None: they do not belong to it.
    pub(crate) fn role(&self, is_kept: bool) -> Option<Role> {
        self.0.iter().find(|(source, _)| is_kept || *source != REGISTRY).map(|(_, role)| *role)
    }
}

impl Membership {
    /// The rooms that `caller` belongs to, by room id. What only those sources know that cannot list is not among them.
    ///
    /// # Errors
    /// `Unknown` alone: a source that can list could not be asked, so there may be more.
    pub(crate) async fn rooms_of(
        &self,
        caller: &Caller,
    ) -> Result<BTreeMap<RoomId, Belonging>, MembershipRefused> {
        let mut rooms = BTreeMap::<RoomId, Belonging>::new();
        for source in &self.sources {
            match source.rooms_of(caller).await {
                // The rooms of calls belong to the call alone.
                Rooms::Listed(listed) => listed
                    .into_iter()
                    .filter(|(room, _)| !room.is_call())
                    .for_each(|(room, role)| rooms.entry(room).or_default().0.push((source.name(), role))),
                Rooms::Unknown => return Err(MembershipRefused::Unknown),
                Rooms::CannotList => {}
            }
        }
        Ok(rooms)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_source_decides_and_the_registry_only_about_rooms_that_it_has() {
        let check = |sources: &[(&'static str, Role)], is_kept: bool, expected: Option<Role>| {
            assert_eq!(Belonging(sources.to_vec()).role(is_kept), expected, "{sources:?} {is_kept}");
        };
        let (here, claimed) = ((REGISTRY, Role::Viewer), ("token_claims", Role::Moderator));
        check(&[here, claimed], true, Some(Role::Viewer));
        check(&[here, claimed], false, Some(Role::Moderator));
        check(&[claimed, here], true, Some(Role::Moderator));
        check(&[here], false, None);
        check(&[], true, None);
    }
}
