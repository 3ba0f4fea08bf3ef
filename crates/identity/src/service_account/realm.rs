//! Our account at one issuer: one request at a time, remembered.

use std::error::Error;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use clock::Clock;
use signal_protocol::Tenant;
use tokio::sync::Mutex as Turn;
use tracing::{Instrument as _, Span};
use url::Url;

use super::grant::{Grant, Granted};
use super::held::{Held, Look};
use super::{ServiceAccountFailure, ServiceToken};
use crate::metrics::GrantMetrics;

pub(super) struct Realm {
    grant: Grant,
    held: Mutex<Held>,
    /// Whose turn it is to ask, and where it is asked: known from the last good discovery, until asking fails.
    turn: Arc<Turn<Option<Url>>>,
    clock: Clock,
    metrics: GrantMetrics,
}

impl Realm {
    pub(super) fn new(grant: Grant, clock: Clock, metrics: GrantMetrics) -> Self {
        Self { grant, held: Mutex::default(), turn: Arc::default(), clock, metrics }
    }

    pub(super) const fn tenant(&self) -> &Tenant {
        &self.grant.issuer.tenant
    }

    pub(super) fn admin_url(&self) -> Option<Url> {
        self.grant.issuer.admin_url()
    }

    pub(super) async fn token(self: &Arc<Self>) -> Result<Arc<ServiceToken>, ServiceAccountFailure> {
        match self.look() {
            Look::Fresh(token) => Ok(token),
            Look::Ageing(token) => {
                self.renew_meanwhile();
                Ok(token)
            }
            Look::Failed(failure) => Err(failure),
            Look::Absent => {
                let realm = Arc::clone(self);
                // A task of its own: it goes on for all who wait, even if the one who began gives up.
                let asking = tokio::spawn(async move { realm.token_in_turn().await }.instrument(self.span()));
                asking.await.unwrap_or(Err(ServiceAccountFailure::Ended))
            }
        }
    }

    pub(super) fn refused(&self, token: &ServiceToken) {
        self.held().give_up(token, self.clock.now());
    }

    /// Looks again once it is this one's turn: whoever was before may have found what all wait for.
    async fn token_in_turn(&self) -> Result<Arc<ServiceToken>, ServiceAccountFailure> {
        let mut endpoint = self.turn.lock().await;
        match self.look() {
            Look::Fresh(token) | Look::Ageing(token) => Ok(token),
            Look::Failed(failure) => Err(failure),
            Look::Absent => self.ask(&mut endpoint).await,
        }
    }

    /// Lets the next token be asked for, unless somebody is at it.
    fn renew_meanwhile(self: &Arc<Self>) {
        let Ok(mut endpoint) = Arc::clone(&self.turn).try_lock_owned() else { return };
        let realm = Arc::clone(self);
        let renewal = async move {
            // Somebody may have been at it a moment ago.
            if matches!(realm.look(), Look::Ageing(_)) {
                drop(realm.ask(&mut endpoint).await);
            }
        };
        tokio::spawn(renewal.instrument(self.span()));
    }

    async fn ask(&self, endpoint: &mut Option<Url>) -> Result<Arc<ServiceToken>, ServiceAccountFailure> {
        let asked_at = self.clock.now();
        let known = endpoint.take();
        let asked = async {
            let at = match known {
                Some(at) => at,
                None => self.grant.endpoint().await?,
            };
            let granted = self.grant.ask(at.clone()).await?;
            *endpoint = Some(at);
            Ok(granted)
        };
        match asked.await {
            Ok(granted) => Ok(self.succeeded(granted, asked_at)),
            Err(failure) => {
                self.failed(&failure);
                Err(failure)
            }
        }
    }

    fn succeeded(&self, granted: Granted, asked_at: clock::DateTime<clock::Utc>) -> Arc<ServiceToken> {
        self.metrics.asked(&self.grant.issuer.url, "granted");
        let token = Arc::clone(&granted.token);
        if self.held().keep(granted, asked_at) {
            tracing::info!(tenant.id = %self.tenant(), "service_token.granted");
        }
        token
    }

    fn failed(&self, failure: &ServiceAccountFailure) {
        self.metrics.asked(&self.grant.issuer.url, failure.kind());
        let keeps_token = self.held().fail(failure.clone(), self.clock.now());
        let (tenant, error) = (self.tenant(), failure as &dyn Error);
        if matches!(failure, ServiceAccountFailure::Refused { .. }) {
            tracing::error!(tenant.id = %tenant, error, keeps_token, "service_token.refused");
        } else {
            tracing::warn!(tenant.id = %tenant, error, keeps_token, "service_token.unavailable");
        }
    }

    fn look(&self) -> Look {
        self.held().look(self.clock.now())
    }

    fn held(&self) -> MutexGuard<'_, Held> {
        // Nothing is left half done under this lock, so what a panic left behind is sound.
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn span(&self) -> Span {
        tracing::info_span!("identity.ask_token", tenant.id = %self.tenant())
    }
}
