//! Counting the spans that wait, and dropping those that would be too many.
//!
//! The batch processor has a bound of its own, but tells nobody when it is reached.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use opentelemetry::Context;
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::trace::{BatchSpanProcessor, Span, SpanData, SpanProcessor};
use prometheus_client::metrics::counter::Counter;

use super::QUEUE;
use crate::counters::{Counters, Reason};

/// How many finished spans wait for their export; clones count together.
#[derive(Debug, Clone, Default)]
pub(super) struct Queued(Arc<AtomicUsize>);

impl Queued {
    /// Takes a place for one more, if there is one.
    fn enter(&self) -> bool {
        let entered = self.0.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |queued| {
            (queued < QUEUE).then_some(queued + 1)
        });
        entered.is_ok()
    }

    /// Gives the places of exported spans back.
    pub(super) fn leave(&self, spans: usize) {
        self.0.fetch_sub(spans, Ordering::Relaxed);
    }
}

/// The batch processor behind a bound that counts.
#[derive(Debug)]
pub(super) struct Bounded {
    inner: BatchSpanProcessor,
    queued: Queued,
    lost: Counter,
}

impl Bounded {
    pub(super) fn new(inner: BatchSpanProcessor, queued: Queued, counters: &Counters) -> Self {
        Self { inner, queued, lost: counters.spans_lost(Reason::queue_full) }
    }
}

impl SpanProcessor for Bounded {
    fn on_start(&self, span: &mut Span, context: &Context) {
        self.inner.on_start(span, context);
    }

    fn on_end(&self, span: SpanData) {
        if self.queued.enter() {
            self.inner.on_end(span);
        } else {
            self.lost.inc();
        }
    }

    fn force_flush(&self) -> OTelSdkResult {
        self.inner.force_flush()
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.inner.shutdown_with_timeout(timeout)
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.inner.set_resource(resource);
    }
}
