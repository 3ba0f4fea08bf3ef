//! `REALTIME__JOIN__…`

use schemars::JsonSchema;
use serde::Deserialize;

/// What a client may say about itself when it joins. Off by default: what others see is then the server's word.
#[derive(Debug, Clone, Copy, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct JoinSettings {
    /// Whether `participant_name` may replace the name from the access token.
    pub client_names: bool,
    /// Whether `participant_metadata` and `participant_attributes` are taken.
    pub client_metadata: bool,
}
