//! What every part of the service stands on: there always, with a store or without, with calls or without.

use std::sync::Arc;
use std::time::Duration;

use clock::Clock;
use http_server::{Readiness, Requirement};
use identity::{ServiceAccount, Verifier};
use store::Store;

use super::StartError;
use crate::RealtimeSettings;
use crate::membership::Membership;
use crate::metrics::ServiceMetrics;
use crate::probes::watch_sfu;
use crate::registry::Registry;
use crate::sfu::Sfu;

/// Who is calling, who belongs where, and LiveKit.
pub(super) struct Foundation<'a> {
    pub(super) settings: &'a RealtimeSettings,
    pub(super) clock: Clock,
    pub(super) metrics: ServiceMetrics,
    pub(super) verifier: Verifier,
    pub(super) sfu: Sfu,
    /// What this service is logged in to Keycloak with, where it is.
    pub(super) account: Option<ServiceAccount>,
    /// None where rooms themselves are not kept here.
    pub(super) kept: Option<Registry>,
    pub(super) membership: Arc<Membership>,
}

impl<'a> Foundation<'a> {
    /// Keys are fetched and LiveKit is looked after from now on. Must be called inside a Tokio runtime.
    pub(super) fn lay(
        settings: &'a RealtimeSettings,
        store: Option<&Store>,
        clock: &Clock,
        registry: &mut prometheus_client::registry::Registry,
        readiness: &Readiness,
    ) -> Result<Self, StartError> {
        let metrics = ServiceMetrics::new(registry);
        let verifier = Verifier::start(&settings.identity, settings.environment, clock.clone())?;
        verifier.register_metrics(registry);
        readiness.watch_keys(verifier.clone(), settings.identity.jwks_refresh_seconds);
        let sfu = Sfu::new(&settings.livekit, clock.clone(), &metrics)?;
        watch_sfu(
            sfu.clone(),
            readiness.register("sfu", Requirement::Degrades),
            Duration::from_secs(settings.livekit.probe_seconds),
        );
        let account = ServiceAccount::new(&settings.identity, settings.environment, clock)?;
        if let Some(account) = &account {
            account.register_metrics(registry);
        }
        let kept = store.filter(|_| settings.keeps_rooms());
        let kept = kept.map(|store| Registry::new(store.clone(), settings.rooms));
        let membership =
            Membership::start(&settings.membership, account.as_ref(), kept.as_ref(), metrics.clone())?;
        let membership = Arc::new(membership);
        let clock = clock.clone();
        Ok(Self { settings, clock, metrics, verifier, sfu, account, kept, membership })
    }
}
