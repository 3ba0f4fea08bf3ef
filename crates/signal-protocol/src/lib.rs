//! The words of the wire: identifiers, roles, requests, answers and problems of the public API.
//!
//! Types only, with their grammar. Nothing here does I/O, knows the time, or decides who may do what; the OpenAPI
//! document and every service are built from these same types, so that they cannot drift apart.

mod call;
mod call_id;
mod command;
mod display_name;
mod error_code;
mod event;
mod ice;
mod id;
mod join;
mod problem;
mod record;
mod role;
mod room;
pub mod schema;
mod signal;
pub mod socket;
pub mod timestamp;

pub use call::{Call, CallKind, CallMedia, CallPhase, EndReason, MediaState, Party, PartyRole, PartyState};
pub use call_id::{CallId, NoCallId};
pub use command::{
    AddPartyRequest, Availability, Block, CallAnswer, DeclineRequest, EmptyRequest, HistoryItem,
    InviteAnswer, InviteRequest, KeyRequest, MediaCause, MediaReport, Page, ReportedMedia,
};
pub use display_name::is_deceptive;
pub use error_code::{ErrorCode, Explanation};
pub use event::{Event, EventBody, EventsAnswer, StopReason};
pub use ice::{IceServer, IceServersAnswer};
pub use id::{DeviceId, IllFormed, RoomId, Tenant, UserId};
pub use join::{Check, CheckedStep, DryRunAnswer, JoinAnswer, JoinRequest};
pub use problem::{FieldProblem, ProblemDocument};
pub use record::{
    CallDetail, Detail, LeaveReason, PartyDetail, RECORD_SCHEMA, RoomDetail, SessionDetail, Told,
};
pub use role::{Role, UnknownRole};
pub use room::{
    Ban, BanRequest, MediaSource, Member, MemberRequest, MuteRequest, Participant, RemovalReason, Room,
    RoomRequest,
};
pub use signal::{
    Candidate, EarlyOffer, Signal, SignalAnswer, SignalKind, SignalPayload, SignalRequest, StoredPayload,
};
