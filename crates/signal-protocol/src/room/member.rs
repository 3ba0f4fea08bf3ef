//! Who belongs to a room that is kept here.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{Role, UserId};

/// One member of a room.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Member {
    /// Who.
    pub user_id: UserId,
    /// What they may do.
    pub role: Role,
}

/// What somebody may do in a room from now on.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MemberRequest {
    /// What they may do.
    pub role: Role,
}
