//! `REALTIME__RECORDS__…`

use schemars::JsonSchema;
use serde::Deserialize;

/// What is told of stays and rooms that are over. In any case a record of each is in the log (target `records`), where there is
/// a store.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct RecordsSettings {
    /// Whether these records are also told by hook, as `room.session` and `room.record`. They are enqueued here and told by
    /// call-state-service, to its `HOOKS__URL`.
    pub hook: bool,
}
