//! All alerts, by the part of the product that they are about. Those of the objectives come from the objectives themselves.

mod calls;
mod gateway;
mod livekit;
mod people;
mod redis;
mod services;
mod signalling;
mod store;

use super::alert::{Alert, Written};
use super::objective;

/// The part that is made of the objectives.
pub(super) const OBJECTIVES: &str = "objectives";

/// The alerts of one part of the product.
pub(super) struct Group {
    pub(super) name: &'static str,
    pub(super) alerts: Vec<Alert>,
}

/// All of them.
pub(super) fn groups() -> Vec<Group> {
    let group = |name, written: &[Written]| Group { name, alerts: written.iter().map(Alert::from).collect() };
    vec![
        Group { name: OBJECTIVES, alerts: objective::alerts() },
        group("people", &people::ALERTS),
        group("calls", &calls::ALERTS),
        group("signalling", &signalling::ALERTS),
        group("livekit", &livekit::ALERTS),
        group("store", &store::ALERTS),
        group("redis", &redis::ALERTS),
        group("gateway", &gateway::ALERTS),
        group("services", &services::ALERTS),
    ]
}

/// All alerts of all groups.
#[cfg(test)]
pub(super) fn all() -> impl Iterator<Item = Alert> {
    groups().into_iter().flat_map(|group| group.alerts)
}
