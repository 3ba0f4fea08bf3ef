//! `REALTIME__TURN__…`

use ::settings::{Faults, Secret};
use schemars::JsonSchema;
use serde::Deserialize;

use super::ice_address;

/// The servers that relay media where two devices cannot reach each other.
///
/// They share a secret with this service, which makes credentials of ten minutes with it (`secrets`), or they are a
/// provider's, with a user name and a credential that stay (`static`).
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct TurnSettings {
    /// Their addresses, such as `turn:turn.example.com:3478?transport=udp`, the same with `transport=tcp`, and
    /// `turns:turn.example.com:5349?transport=tcp`, for networks that let through UDP, TCP, or nothing but TLS.
    #[schemars(length(max = 8))]
    pub urls: Vec<String>,
    /// What they know as `static-auth-secret`. The first one signs. A second one is for the time of a change: the servers
    /// are given the new one beside the old, then this service the new one first, then the servers the new one alone.
    #[schemars(length(max = 2))]
    pub secrets: Vec<Secret>,
    /// A provider's credentials, where no secret is shared.
    #[serde(rename = "static")]
    pub fixed: Option<StaticTurnSettings>,
}

/// A provider's user name and credential, which every client is given as they are.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct StaticTurnSettings {
    /// The user name.
    #[schemars(length(min = 1, max = 256))]
    pub username: String,
    /// What goes with it. How long it is, is the provider's to say.
    #[schemars(extend("x-min-bytes" = 1))]
    pub credential: Secret,
}

impl TurnSettings {
    pub(super) fn check(&self, faults: &mut Faults) {
        ice_address::check(&self.urls, &ice_address::TURN, faults);
        let is_known = !self.secrets.is_empty() || self.fixed.is_some();
        if !self.urls.is_empty() && !is_known {
            faults
                .add("secrets", "is missing; TURN__URLS needs it, or TURN__STATIC__USERNAME and …CREDENTIAL");
        }
        if self.urls.is_empty() && is_known {
            faults.add("urls", "is missing; there are credentials for TURN servers, and none are named");
        }
        if !self.secrets.is_empty() && self.fixed.is_some() {
            faults.add(
                "static",
                "stands beside TURN__SECRETS; the servers take one kind of credentials or the other",
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn servers_need_credentials_of_one_kind_and_credentials_need_servers() {
        let secrets = || vec![Secret::from("of the tests".to_owned())];
        let fixed = || {
            let credential = Secret::from("of the tests".to_owned());
            Some(StaticTurnSettings { username: "customer".to_owned(), credential })
        };
        let urls = || vec!["turn:turn.example.com:3478".to_owned()];
        for (urls, secrets, fixed, wrong) in [
            (Vec::new(), Vec::new(), None, &[][..]),
            (urls(), secrets(), None, &[]),
            (urls(), Vec::new(), fixed(), &[]),
            (urls(), Vec::new(), None, &["REALTIME__TURN__SECRETS"]),
            (Vec::new(), secrets(), None, &["REALTIME__TURN__URLS"]),
            (Vec::new(), Vec::new(), fixed(), &["REALTIME__TURN__URLS"]),
            (urls(), secrets(), fixed(), &["REALTIME__TURN__STATIC"]),
            (vec!["stun:turn.example.com".to_owned()], secrets(), None, &["REALTIME__TURN__URLS__0"]),
        ] {
            let mut faults = Faults::new(&crate::SERVICE);
            faults.section("turn", |faults| TurnSettings { urls, secrets, fixed }.check(faults));
            let found: Vec<_> = faults.iter().map(|(name, _)| name.to_owned()).collect();
            assert_eq!(found, wrong);
        }
    }
}
