//! What goes over the wire: LiveKit's token-endpoint format.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// What an SDK may send along. Decoded as the service decodes it, though the floor uses none of it.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct JoinRequest {
    room_name: Option<String>,
    participant_identity: Option<String>,
    participant_name: Option<String>,
    participant_metadata: Option<String>,
    participant_attributes: Option<BTreeMap<String, String>>,
    room_config: Option<serde_json::Map<String, serde_json::Value>>,
}

/// Everything that an SDK needs to connect.
#[derive(Debug, Serialize)]
pub(crate) struct JoinAnswer<'a> {
    pub(crate) server_url: &'a str,
    pub(crate) participant_token: String,
    pub(crate) room_name: &'a str,
    pub(crate) participant_identity: &'a str,
    pub(crate) role: &'a str,
    pub(crate) expires_at: String,
    pub(crate) refresh_after: String,
}
