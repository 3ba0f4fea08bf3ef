//! Hooks: telling the application's push service of rings that no device has seen, and of missed calls.
//!
//! The lane `outbox:hooks`. An effect is in exactly one place: in the queue, or, after a try that failed, in a record
//! `hook:<id>` with a timer of the same name that brings it back to the queue. It moves by one commit, so it is told at least
//! once, and its id, which is the same in every try, tells the doubles. What has been tried for a day is dropped.

mod ending;
mod lane;
mod message;
mod pause;
mod receiver;
mod signature;

use std::sync::Arc;

use clock::Duration as TimeDelta;
use http_client::Failure;
use store::{Key, Store};
use tracing::info;
use url::Url;
use uuid::Uuid;

use self::pause::Pauses;
use self::receiver::Receiver;
pub use self::signature::KeyFault;
pub(crate) use self::signature::SigningKey;
use super::census::Census;
use super::metrics::BackgroundMetrics;
use crate::settings::HookSettings;

/// The kind of the records and timers of hooks that wait to be tried again.
pub(super) const HOOK: &str = "hook";

/// What carries hooks out, for all tenants.
#[derive(Clone)]
pub(super) struct Hooks {
    store: Store,
    /// None: hooks are off.
    service: Option<Arc<Service>>,
    census: Arc<Census>,
    metrics: BackgroundMetrics,
    /// What this replica is called by the queue.
    consumer: String,
    in_flight: usize,
}

/// The push service, and how long it is tried.
struct Service {
    receiver: Receiver,
    pauses: Pauses,
    give_up: TimeDelta,
}

/// Why hooks cannot be carried out.
#[derive(Debug, thiserror::Error)]
pub enum HooksError {
    /// The secret is no key; the settings' own check tells it first.
    #[error("HOOKS__SECRET {0}")]
    Secret(#[from] KeyFault),
    /// The HTTP client could not be made.
    #[error("the HTTP client for hooks could not be made")]
    HttpClient(#[from] Failure),
}

impl Hooks {
    pub(super) fn new(
        store: Store,
        settings: &HookSettings,
        census: Arc<Census>,
        metrics: BackgroundMetrics,
    ) -> Result<Self, HooksError> {
        let receiver = settings.receiver()?;
        let service =
            receiver.map(|(url, key)| Service::new(url, key, settings, metrics.clone())).transpose()?;
        if service.is_none() {
            info!("hooks.off");
        }
        Ok(Self {
            store,
            service: service.map(Arc::new),
            census,
            metrics,
            consumer: Uuid::new_v4().to_string(),
            in_flight: settings.in_flight,
        })
    }
}

impl Service {
    fn new(
        url: &Url,
        key: SigningKey,
        settings: &HookSettings,
        metrics: BackgroundMetrics,
    ) -> Result<Self, Failure> {
        Ok(Self {
            receiver: Receiver::new(url, key, settings.timeout_ms, metrics)?,
            pauses: Pauses { first: settings.first_pause(), longest: settings.longest_pause() },
            give_up: TimeDelta::from_std(settings.give_up()).unwrap_or_default(),
        })
    }
}

/// Where the hook of this id waits to be tried again.
fn waiting(id: Uuid) -> Key {
    Key::new(HOOK, id)
}
