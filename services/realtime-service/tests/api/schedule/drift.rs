//! How much the comparison with LiveKit had to put right.

use std::collections::BTreeMap;

use reqwest::Method;

use crate::world::{World, send};

/// By kind, of all replicas, those included that were killed since.
#[derive(Debug, Default)]
pub(super) struct Drift(pub(super) BTreeMap<String, u64>);

impl Drift {
    /// Adds what a replica has counted since it was started.
    pub(super) async fn add(&mut self, world: &World, management_url: &str) {
        let metrics = send(world.http(Method::GET, &format!("{management_url}/metrics"))).await.text;
        let counted = metrics.lines().filter_map(|line| {
            let (kind, number) = line.strip_prefix("reconcile_drift_total{kind=\"")?.split_once("\"} ")?;
            Some((kind, number.parse::<u64>().ok()?))
        });
        for (kind, number) in counted {
            *self.0.entry(kind.to_owned()).or_default() += number;
        }
    }
}
