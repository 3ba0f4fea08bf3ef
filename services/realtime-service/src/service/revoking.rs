//! The part of the service that has to do with logins that are ended: there where there is a store, or not at all.

use std::sync::Arc;
use std::time::Duration;

use actix_web::web::{Data, ServiceConfig};
use http_server::{Readiness, Requirement, Route};
use identity::LogoutVerifier;
use prometheus_client::registry::Registry;
use revocation::{Follower, Following, Prompt};

use super::StartError;
use super::foundation::Foundation;
use super::hosting::Hosting;
use crate::revocation::{
    Ending, EndingParts, LogoutDesk, PATH, RevocationMetrics, Sweep, SweepParts, backchannel_logout,
};

/// Everything about ended logins.
#[derive(Clone)]
pub(super) struct Revoking {
    desk: Data<LogoutDesk>,
    ending: Ending,
    sweep: Option<Arc<Sweep>>,
    _follower: Follower,
}

impl Revoking {
    /// Must be called inside a Tokio runtime.
    pub(super) fn start(
        foundation: &Foundation<'_>,
        hosting: &Hosting,
        registry: &mut Registry,
        readiness: &Readiness,
    ) -> Result<Self, StartError> {
        let Foundation { settings, clock, verifier, account, .. } = foundation;
        let store = hosting.store();
        let follower = Follower::start(store, verifier, Prompt::Bell, registry);
        let watched = follower.clone();
        readiness.watch("ended_logins", Requirement::Required, move || {
            let Following { last_good, fault } = watched.following();
            (last_good, fault.map(str::to_owned))
        });
        let metrics = RevocationMetrics::register(registry);
        let ending = Ending::new(EndingParts {
            store: store.clone(),
            revocations: verifier.revocations().clone(),
            evictions: hosting.evictions(),
            metrics: &metrics,
            kept: settings.identity.revocations_last(),
            token_life: Duration::from_secs(settings.livekit.token_ttl_seconds),
            leave_rooms: settings.revocation.leave_rooms,
        });
        let sweep = match (settings.revocation.sweep(), account) {
            (Some(every), Some(account)) => {
                let parts = SweepParts { store, account, ending: &ending, clock, metrics: &metrics, every };
                Some(Arc::new(Sweep::start(&parts)?))
            }
            (Some(_) | None, _) => None,
        };
        let verifier = LogoutVerifier::new(verifier.clone(), settings.revocation.clients.clone());
        let desk = Data::new(LogoutDesk { verifier, ending: ending.clone(), metrics });
        Ok(Self { desk, ending, sweep, _follower: follower })
    }

    pub(super) async fn stop(&self) {
        if let Some(sweep) = &self.sweep {
            sweep.stop();
        }
        self.ending.stop().await;
    }

    pub(super) fn configure(&self, app: &mut ServiceConfig) {
        app.app_data(self.desk.clone())
            .service(Route::at(PATH).post("backchannel_logout", backchannel_logout));
    }
}
