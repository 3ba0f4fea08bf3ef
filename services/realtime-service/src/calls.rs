//! Calls: one endpoint a file. Each is a straight line: who asks and how often, what they ask, whether a room allows it, and
//! then call-state-service decides, told in the caller's own name. A signal that changes nothing of its call is relayed here, by
//! `call_desk`.
//!
//! No rule of a call is here. What is decided here is what only this service knows: who is a member of a room, and who may
//! enter the room of a call.

mod accept;
mod add_party;
mod block;
mod blocks;
mod call_state;
mod callees;
mod cancel;
mod decline;
mod hangup;
mod history;
mod invite;
mod list;
mod list_blocks;
mod media;
mod ringing;
mod room;
mod routes;
mod set_availability;
mod show;
mod show_availability;
mod signal;
mod speaker;
mod unblock;

pub(crate) use call_state::{CallState, CallStateRefused};
pub(crate) use callees::CalleeCheck;
pub(crate) use room::{CallRoomRefused, CallRooms, CallVisit};
pub(crate) use routes::Calls;
pub(crate) use speaker::{Commander, Reader};

// What the OpenAPI document is made of.
pub(crate) use accept::__path_accept;
pub(crate) use add_party::__path_add_party;
pub(crate) use block::__path_block;
pub(crate) use cancel::__path_cancel;
pub(crate) use decline::__path_decline;
pub(crate) use hangup::__path_hangup;
pub(crate) use history::__path_history;
pub(crate) use invite::__path_invite;
pub(crate) use list::__path_list;
pub(crate) use list_blocks::__path_list_blocks;
pub(crate) use media::__path_media;
pub(crate) use ringing::__path_ringing;
pub(crate) use set_availability::__path_set_availability;
pub(crate) use show::__path_show;
pub(crate) use show_availability::__path_show_availability;
pub(crate) use signal::__path_signal;
pub(crate) use unblock::__path_unblock;
