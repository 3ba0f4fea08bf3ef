//! What a service tells this crate about itself and its settings.

use std::net::SocketAddr;

use schemars::JsonSchema;
use serde::de::DeserializeOwned;

use crate::Faults;

/// The program whose settings are read.
#[derive(Debug, Clone, Copy)]
pub struct Service {
    /// Its name, such as `realtime-service`; also the name of its file, `config/<name>.toml`.
    pub name: &'static str,
    /// What `--version` answers, usually `env!("CARGO_PKG_VERSION")`.
    pub version: &'static str,
    /// What its environment variables begin with, without the `__`, such as `REALTIME`.
    pub prefix: &'static str,
    /// One sentence for `--help`: what the program is for.
    pub about: &'static str,
}

/// A service's settings as one struct.
///
/// Its schema must be made of structs with `deny_unknown_fields`, so that what the schema admits is what serde
/// admits. The field `environment`, of type [`Environment`](crate::Environment), decides which rules hold.
pub trait Settings: DeserializeOwned + JsonSchema {
    /// The rules that span several settings, or that a schema cannot say. Called once everything else is right.
    fn check(&self, faults: &mut Faults);

    /// Defaults that are this service's own, where a section that several services share has another: the path of the
    /// setting and its value, as in a variable.
    #[must_use]
    fn defaults() -> &'static [(&'static str, &'static str)] {
        &[]
    }

    /// Where the running service answers `/livez`; `--health` asks there. `None` for a program without that port.
    fn management_address(&self) -> Option<SocketAddr> {
        None
    }
}
