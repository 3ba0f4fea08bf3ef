//! The settings of pages of other origins.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use settings::Faults;

/// Which web pages may call the API from another origin.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct CorsSettings {
    /// Origins such as `https://app.example.org`, compared exactly. None: no other origin may. Pages of these alone may
    /// open a socket, so name the origin of the API as well if pages are served from it.
    pub origins: Vec<String>,
}

impl CorsSettings {
    /// Refuses what a browser would never send as an `Origin`.
    pub fn check(&self, faults: &mut Faults) {
        for (index, origin) in self.origins.iter().enumerate() {
            let exact = url::Url::parse(origin)
                .is_ok_and(|url| url.origin().is_tuple() && url.origin().ascii_serialization() == *origin);
            if !exact {
                faults.add(
                    &format!("origins.{index}"),
                    format!("is {origin:?}; it must be scheme, host and port alone, such as https://app.example.org"),
                );
            }
        }
    }
}
