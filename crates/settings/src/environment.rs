//! Where a service runs, as far as the strictness of its settings goes.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Where the service runs. Production unless the settings say otherwise, so that nobody is lax by forgetting.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Environment {
    /// On a developer's machine or in a test: short and sample secrets are accepted.
    Development,
    /// Everywhere else.
    #[default]
    Production,
}

impl Environment {
    /// Whether the rules are relaxed.
    #[must_use]
    pub const fn is_development(self) -> bool {
        matches!(self, Self::Development)
    }
}
