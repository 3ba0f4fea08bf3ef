//! The application's push service: one try to tell it something, and whether it is there at all.

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Instant;

use call_state_api::outbox::HookEffect;
use clock::{DateTime, Utc};
use http_client::{Client, ClientSettings, Failure, HeaderName, HeaderValue, StatusCode};
use signal_protocol::Tenant;
use tokio::sync::Semaphore;
use tracing::{info, warn};
use url::Url;

use super::message::Message;
use super::signature::SigningKey;
use crate::background::metrics::BackgroundMetrics;

/// After so many failures in a row it is taken to be down.
const DOWN_AFTER: u32 = 16;

/// While it is down so many hooks try it at once, and the others wait: each try may take the whole timeout, and a queue that
/// is emptied so slowly fills up until calls are refused for it.
const TRIES_WHILE_DOWN: usize = 4;

/// The largest answer that is read. Nothing in it counts but its status.
const ANSWER_LIMIT_BYTES: usize = 1024 * 1024;

const WEBHOOK_ID: HeaderName = HeaderName::from_static("webhook-id");
const WEBHOOK_TIMESTAMP: HeaderName = HeaderName::from_static("webhook-timestamp");
const WEBHOOK_SIGNATURE: HeaderName = HeaderName::from_static("webhook-signature");

/// The push service.
#[derive(Debug)]
pub(super) struct Receiver {
    http: Client,
    url: Url,
    key: SigningKey,
    metrics: BackgroundMetrics,
    failures_in_a_row: AtomicU32,
    tries_while_down: Semaphore,
}

/// What came of a try.
#[derive(Debug)]
pub(super) enum Verdict {
    /// It was told.
    Told,
    /// 410: it does not want to be.
    Unwanted,
    /// It could not be told now.
    Failed,
    /// It is down, and others try.
    Spared,
}

impl Receiver {
    /// # Errors
    /// TLS is not usable.
    pub(super) fn new(
        url: &Url,
        key: SigningKey,
        timeout_ms: u32,
        metrics: BackgroundMetrics,
    ) -> Result<Self, Failure> {
        let bounds = ClientSettings {
            timeout_ms,
            connect_timeout_ms: timeout_ms,
            body_limit_bytes: ANSWER_LIMIT_BYTES,
            // A call of fifty people with their keys fits well.
            sent_body_limit_bytes: 256 * 1024,
            // Tries are counted, and spread over a day, by the lane.
            retries: 0,
            ..ClientSettings::default()
        };
        Ok(Self {
            http: Client::new("hooks", &bounds)?,
            url: url.clone(),
            key,
            metrics,
            failures_in_a_row: AtomicU32::new(0),
            tries_while_down: Semaphore::new(TRIES_WHILE_DOWN),
        })
    }

    /// Tells it of `effect`. `now` is the store's time: a replica whose clock is wrong signs rightly all the same.
    pub(super) async fn tell(&self, tenant: &Tenant, effect: &HookEffect, now: DateTime<Utc>) -> Verdict {
        let is_down = self.failures_in_a_row.load(Ordering::Relaxed) >= DOWN_AFTER;
        let permit = is_down.then(|| self.tries_while_down.try_acquire());
        if matches!(permit, Some(Err(_))) {
            return Verdict::Spared;
        }
        let started = Instant::now();
        let answer = self.post(tenant, effect, now).await;
        let (verdict, outcome) = match &answer {
            Ok(status) if status.is_success() => (Verdict::Told, "told"),
            Ok(StatusCode::GONE) => (Verdict::Unwanted, "unwanted"),
            Ok(_) => (Verdict::Failed, "status"),
            Err(failure) => (Verdict::Failed, failure.kind()),
        };
        self.metrics.hook_requested(outcome, started.elapsed());
        self.learn(&answer);
        verdict
    }

    async fn post(
        &self,
        tenant: &Tenant,
        effect: &HookEffect,
        now: DateTime<Utc>,
    ) -> Result<StatusCode, Failure> {
        let body = serde_json::to_vec(&Message::of(tenant, effect))
            .map_err(|_| Failure::Unsendable("its body cannot be written as JSON"))?;
        let (id, timestamp) = (effect.id.to_string(), now.timestamp());
        let signature = self.key.sign(&id, timestamp, &body);
        let header = |text: &str| {
            HeaderValue::from_str(text).map_err(|_| Failure::Unsendable("a header holds what no header can"))
        };
        let request = self
            .http
            .post(self.url.clone())
            .header(WEBHOOK_ID, header(&id)?)
            .header(WEBHOOK_TIMESTAMP, HeaderValue::from(timestamp))
            .header(WEBHOOK_SIGNATURE, header(&signature)?)
            .body(HeaderValue::from_static("application/json"), body);
        Ok(request.send().await?.status)
    }

    /// Remembers whether it is there, and tells when that changes. A refusal of this one hook (4xx) says that it is.
    fn learn(&self, answer: &Result<StatusCode, Failure>) {
        let is_there = answer
            .as_ref()
            .is_ok_and(|status| !status.is_server_error() && *status != StatusCode::TOO_MANY_REQUESTS);
        if is_there {
            if self.failures_in_a_row.swap(0, Ordering::Relaxed) > 0 {
                info!("hooks.back");
            }
        } else if self.failures_in_a_row.fetch_add(1, Ordering::Relaxed) == 0 {
            match answer {
                Ok(status) => warn!(http.response.status_code = status.as_u16(), "hooks.lost"),
                Err(failure) => warn!(error = failure as &(dyn std::error::Error + 'static), "hooks.lost"),
            }
        }
    }
}
