//! How many witnesses there are, and what they do.

use serde::{Deserialize, Serialize};

/// The room that is joined, of the realm of `deploy/keycloak`.
pub(super) const ROOM: &str = "standup";

/// How much is done.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct Plan {
    /// The gateway, `http://<host>:<port>`.
    pub(crate) gateway: String,
    pub(crate) people: u16,
    /// Devices of each of them, each with a socket. The product allows five a person.
    pub(crate) devices: u16,
    /// Rings that are under way at any time. Each takes two people; those who are left have answered a call.
    pub(crate) rings: u16,
    /// The longest that a ring is asked for, in seconds: everything else about a call is a part of it.
    pub(crate) ring_seconds: u16,
    pub(crate) joins_per_second: u16,
}

/// A Keycloak in whose realm people are made up.
#[derive(Clone, Deserialize, Serialize)]
pub(crate) struct KeycloakAccess {
    /// Where it is reached, without a slash at the end.
    pub(crate) url: String,
    pub(crate) realm: String,
    /// The public client by which people log in.
    pub(crate) client: String,
    /// The administrator.
    pub(crate) username: String,
    /// The administrator's password.
    pub(crate) password: String,
}

impl Plan {
    /// 500 sockets, 50 rings and 20 joins a second. The longest ring that the product allows is longer than a rolling update of one service.
    pub(crate) fn usual(gateway: String) -> Self {
        Self { gateway, people: 125, devices: 4, rings: 50, ring_seconds: 120, joins_per_second: 20 }
    }

    /// All sockets.
    pub(crate) fn sockets(&self) -> usize {
        usize::from(self.people) * usize::from(self.devices)
    }

    /// Host and port of the gateway.
    pub(super) fn authority(&self) -> &str {
        self.gateway.trim_start_matches("http://").trim_end_matches('/')
    }
}
