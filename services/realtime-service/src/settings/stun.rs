//! `REALTIME__STUN__…`

use ::settings::Faults;
use schemars::JsonSchema;
use serde::Deserialize;

use super::ice_address;

/// The servers by which devices learn the address that others see of them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct StunSettings {
    /// Their addresses, such as `stun:turn.example.com:3478`. A TURN server is one by itself and need not stand here.
    #[schemars(length(max = 8))]
    pub urls: Vec<String>,
}

impl StunSettings {
    pub(super) fn check(&self, faults: &mut Faults) {
        ice_address::check(&self.urls, &ice_address::STUN, faults);
    }
}
