//! A service may have other defaults than the section that it shares with others.

use std::net::SocketAddr;

use schemars::JsonSchema;
use serde::Deserialize;
use settings::{Faults, Service, Settings};

const SERVICE: Service = Service { name: "other-service", version: "0", prefix: "OTHER", about: "Another" };

/// What several services have.
#[derive(Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
struct Shared {
    /// Where it listens.
    listen: SocketAddr,
    /// How many.
    workers: u16,
}

impl Default for Shared {
    fn default() -> Self {
        Self { listen: SocketAddr::from(([0, 0, 0, 0], 8081)), workers: 4 }
    }
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Other {
    /// The shared part.
    #[serde(default)]
    server: Shared,
}

impl Settings for Other {
    fn check(&self, _: &mut Faults) {}

    fn defaults() -> &'static [(&'static str, &'static str)] {
        &[("server.listen", "0.0.0.0:8082")]
    }
}

fn load(environment: &[(&str, &str)]) -> Shared {
    let environment = environment.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    settings::load::<Other>(&SERVICE, None, environment).expect("no faults").server
}

#[test]
fn it_stands_where_nothing_is_given_and_only_there() {
    assert_eq!(load(&[]).listen.port(), 8082);
    let others = load(&[("OTHER__SERVER__WORKERS", "7")]);
    assert_eq!((others.listen.port(), others.workers), (8082, 7));
    assert_eq!(load(&[("OTHER__SERVER__LISTEN", "127.0.0.1:9")]).listen.port(), 9);
}

#[test]
fn the_reference_tells_it() {
    let reference = settings::reference::<Other>(&SERVICE);
    assert!(reference.contains("`0.0.0.0:8082`") && !reference.contains("8081"), "{reference}");
}
