//! What the endpoints that answer with a part of a list have in common.

use http_server::{Device, InOrder, PathId, Query, Slice};
use signal_protocol::RoomId;
use utoipa::IntoParams;

use crate::limits::{ReadLimit, Within};

/// The parameters of every list, as the OpenAPI document tells them. [`Slice`] is what reads them.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "it is written down, and never made")]
pub(crate) struct ListParams {
    /// The most items; 50 if absent
    #[param(minimum = 1, maximum = 100)]
    limit: Option<u32>,
    /// `next_cursor` of the part before
    cursor: Option<String>,
}

/// A list of something in a room is asked for: by whom, then where and with which device, then which part of it.
pub(crate) type ListInRoom = InOrder<Within<ReadLimit>, (PathId<RoomId>, Device, Query<Slice>)>;
