//! Membership of people who are not asking: those whom a caller invites.

use std::collections::BTreeSet;

use signal_protocol::{RoomId, Tenant, UserId};

use super::source::{MembershipSource, Roll};
use super::{Membership, MembershipRefused};
use crate::metrics::MembershipAnswer;

impl Membership {
    /// Which of `users` are no members of `room`, in the order in which they were given; none if all are.
    ///
    /// Each answer of a source is bounded in time by itself; how long to wait for all of them is for whoever asks. A
    /// listing that nobody waits for any more goes on, so that the next try may find it done. As for the caller, the
    /// rooms of calls belong to the call alone.
    ///
    /// # Errors
    /// `Unknown` alone: somebody is no member by any source, and one source at least could not be asked about them.
    pub(crate) async fn all_members(
        &self,
        tenant: &Tenant,
        room: &RoomId,
        users: &[UserId],
    ) -> Result<Vec<UserId>, MembershipRefused> {
        let mut strangers = users.to_vec();
        if room.is_call() {
            return Ok(strangers);
        }
        let mut unknown = BTreeSet::new();
        for source in &self.sources {
            // Whom an earlier source knows as a member is no question any more.
            if strangers.is_empty() {
                break;
            }
            let mut roll = source.ask_about(tenant, room, &strangers).await;
            self.count(&**source, &strangers, &roll);
            strangers.retain(|user| !roll.members.contains(user));
            unknown.append(&mut roll.unknown);
        }
        if strangers.iter().any(|user| unknown.contains(user)) {
            return Err(MembershipRefused::Unknown);
        }
        Ok(strangers)
    }

    fn count(&self, source: &dyn MembershipSource, asked: &[UserId], roll: &Roll) {
        for user in asked {
            let answer = if roll.members.contains(user) {
                MembershipAnswer::Member
            } else if roll.unknown.contains(user) {
                MembershipAnswer::Unknown
            } else {
                MembershipAnswer::NotMember
            };
            self.metrics.membership_answered(source.name(), answer);
        }
    }
}
