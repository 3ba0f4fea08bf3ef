//! All dashboards, one file each.

mod calls;
mod joins;
mod livekit;
mod objectives;
mod services;
mod signalling;
mod store;

use super::dashboard::Dashboard;

/// All of them.
pub(super) fn all() -> [&'static Dashboard; 7] {
    [
        &objectives::DASHBOARD,
        &joins::DASHBOARD,
        &calls::DASHBOARD,
        &signalling::DASHBOARD,
        &livekit::DASHBOARD,
        &store::DASHBOARD,
        &services::DASHBOARD,
    ]
}
