//! Reading back what is logged, in tests.

use std::sync::{Arc, Mutex, PoisonError};

use serde_json::Value;
use tracing::Dispatch;

use crate::counters::Counters;
use crate::log::{Log, Sink};
use crate::start::subscriber;
use crate::{LogFormat, TelemetrySettings, spans};

/// A telemetry for a part of a process, which keeps its log in memory and exports nothing.
///
/// Use its dispatch with `tracing::dispatcher::with_default` or, for a future, `WithSubscriber::with_subscriber`.
#[derive(Debug, Clone)]
pub struct Capture {
    dispatch: Dispatch,
    lines: Arc<Mutex<Vec<u8>>>,
}

impl Capture {
    /// Logs `filter`, such as `info`, as the service `service`.
    ///
    /// # Panics
    ///
    /// If `filter` is no filter.
    #[must_use]
    pub fn new(service: &'static str, format: LogFormat, filter: &str) -> Self {
        let lines = Arc::default();
        let log = Log::new(service, format, Sink::Memory(Arc::clone(&lines)));
        let provider = spans::provider(service, "0", &TelemetrySettings::default(), &Counters::default())
            .expect("nothing can fail without an endpoint");
        let subscriber = subscriber(log, &provider, filter).expect("the filter of a test is right");
        Self { dispatch: Dispatch::new(subscriber), lines }
    }

    /// What makes code log here.
    #[must_use]
    pub fn dispatch(&self) -> Dispatch {
        self.dispatch.clone()
    }

    /// Everything logged so far.
    #[must_use]
    pub fn text(&self) -> String {
        let lines = self.lines.lock().unwrap_or_else(PoisonError::into_inner);
        String::from_utf8_lossy(&lines).into_owned()
    }

    /// Every line so far as the JSON that it is.
    ///
    /// # Panics
    ///
    /// If a line is no JSON, which is a fault of this crate, or of a test that chose another format.
    #[must_use]
    pub fn lines(&self) -> Vec<Value> {
        self.text().lines().map(|line| serde_json::from_str(line).expect("every line is JSON")).collect()
    }
}
