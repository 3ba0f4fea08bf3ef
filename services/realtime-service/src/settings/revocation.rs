//! `REALTIME__REVOCATION__…`

use std::time::Duration;

use ::settings::Faults;
use schemars::JsonSchema;
use serde::Deserialize;

/// The shortest time between two sweeps, in seconds: each asks the issuer about everybody who is there.
const SHORTEST_SWEEP_SECONDS: u32 = 10;

/// What happens when a login is ended before its tokens expire.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct RevocationSettings {
    /// The clients of the issuer whose logout tokens (`aud`) are accepted. Empty: an issuer's `authorized_parties`, and its
    /// `audience`; where any client's access tokens are accepted, name the clients here.
    pub clients: Vec<String>,
    /// Whether a user is removed from rooms when a login of theirs is ended.
    pub leave_rooms: bool,
    /// How often it is looked up at the issuer whether everybody who is there may still log in, in seconds. 0: never.
    #[schemars(range(max = 86_400))]
    pub sweep_seconds: u32,
}

impl Default for RevocationSettings {
    fn default() -> Self {
        Self { clients: Vec::new(), leave_rooms: true, sweep_seconds: 0 }
    }
}

impl RevocationSettings {
    /// How often everybody is looked up; none: never.
    pub(crate) fn sweep(&self) -> Option<Duration> {
        (self.sweep_seconds > 0).then(|| Duration::from_secs(self.sweep_seconds.into()))
    }

    /// `has_account` and `has_store`: whether there is what a sweep needs.
    pub(crate) fn check(&self, has_account: bool, has_store: bool, faults: &mut Faults) {
        if self.clients.iter().any(String::is_empty) {
            faults.add("clients", "names a client without a name");
        }
        if self.sweep_seconds == 0 {
            return;
        }
        if self.sweep_seconds < SHORTEST_SWEEP_SECONDS {
            let problem = format!("is below {SHORTEST_SWEEP_SECONDS}; 0 turns the sweep off");
            faults.add("sweep_seconds", problem);
        }
        if !has_account {
            faults.add("sweep_seconds", "needs IDENTITY__SERVICE_ACCOUNT, in whose name the issuer is asked");
        }
        if !has_store {
            faults.add("sweep_seconds", "needs REDIS__URL, where it stands who is there");
        }
    }
}
