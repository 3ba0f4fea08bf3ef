//! Rooms: one endpoint a file, and the rules they share.

mod admission;
mod ban;
mod bans;
mod delete;
mod deletion;
mod desk;
mod end;
mod join;
mod kick;
mod list;
mod members;
mod mute;
mod participants;
mod put;
mod registry_desk;
mod remove_member;
mod routes;
mod set_member;
mod sfu_identity;
mod show;
mod unban;

pub(crate) use ban::ban;
pub(crate) use bans::bans;
pub(crate) use delete::delete;
pub(crate) use deletion::Deletion;
pub(crate) use desk::JoinDesk;
pub(crate) use end::end;
pub(crate) use join::join;
pub(crate) use kick::kick;
pub(crate) use list::list;
pub(crate) use members::members;
pub(crate) use mute::mute;
pub(crate) use participants::participants;
pub(crate) use put::put;
pub(crate) use registry_desk::RegistryDesk;
pub(crate) use remove_member::remove_member;
pub(crate) use routes::Rooms;
pub(crate) use set_member::set_member;
pub(crate) use show::show;
pub(crate) use unban::unban;

// What the OpenAPI document is made of.
pub(crate) use ban::__path_ban;
pub(crate) use bans::__path_bans;
pub(crate) use delete::__path_delete;
pub(crate) use end::__path_end;
pub(crate) use join::__path_join;
pub(crate) use kick::__path_kick;
pub(crate) use list::__path_list;
pub(crate) use members::__path_members;
pub(crate) use mute::__path_mute;
pub(crate) use participants::__path_participants;
pub(crate) use put::__path_put;
pub(crate) use remove_member::__path_remove_member;
pub(crate) use set_member::__path_set_member;
pub(crate) use show::__path_show;
pub(crate) use unban::__path_unban;

use identity::Caller;
use signal_protocol::Role;

use crate::membership::Member;

/// What a member may do: what their membership says, except that an administrator of the tenant may do in every room
/// what its moderator may.
pub(crate) fn effective_role(caller: &Caller, member: &Member) -> Role {
    if caller.administrator { Role::Moderator } else { member.role }
}
