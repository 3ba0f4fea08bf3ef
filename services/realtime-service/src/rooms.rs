//! Rooms: one endpoint a file, and the rules they share.

mod admission;
mod desk;
mod join;
mod show;

pub(crate) use desk::JoinDesk;
pub(crate) use join::join;
pub(crate) use show::show;

// What the OpenAPI document is made of.
pub(crate) use join::__path_join;
pub(crate) use show::__path_show;

use identity::Caller;
use signal_protocol::Role;

use crate::membership::Member;

/// What a member may do: what their membership says, except that an administrator of the tenant may do in every room
/// what its moderator may.
pub(crate) fn effective_role(caller: &Caller, member: &Member) -> Role {
    if caller.administrator { Role::Moderator } else { member.role }
}
