//! Log lines: one event, one line, written by nobody but the thread behind the queue.

mod inherited;
mod json;
mod queue;
mod text;
mod timestamp;

use std::cell::RefCell;
use std::error::Error;
use std::fmt::Write as _;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use inherited::Inherited;
use opentelemetry::trace::{SpanContext, TraceContextExt};
pub(crate) use queue::Queue;
use tracing::dispatcher::WeakDispatch;
use tracing::span::{Attributes, Id, Record};
use tracing::{Dispatch, Event, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::layer::Context;
use tracing_subscriber::registry::{LookupSpan, SpanRef};

use crate::LogFormat;

/// Where lines go.
pub(crate) enum Sink {
    Queue(Queue),
    Memory(Arc<Mutex<Vec<u8>>>),
}

impl Sink {
    fn write(&self, line: &[u8]) {
        match self {
            Self::Queue(queue) => queue.push(line),
            Self::Memory(lines) => {
                lines.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(line);
            }
        }
    }
}

/// An error with everything that caused it, which is what the log is for.
fn with_causes(error: &(dyn Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        // Writing to a string cannot fail.
        let _ = write!(text, ": {cause}");
        source = cause.source();
    }
    text
}

/// The ids of a span in hexadecimal digits, kept beside it because every line in it needs them.
#[derive(Debug, Clone, Copy)]
struct Ids {
    trace: [u8; 32],
    span: [u8; 16],
}

impl Ids {
    fn of(context: &SpanContext) -> Option<Self> {
        let mut ids = Self { trace: [0; 32], span: [0; 16] };
        let both = [
            (&mut ids.trace[..], context.trace_id().to_string()),
            (&mut ids.span, context.span_id().to_string()),
        ];
        for (digits, text) in both {
            digits.copy_from_slice(text.as_bytes());
        }
        context.is_valid().then_some(ids)
    }
}

/// Everything that a line is made of beside the event itself.
struct Line {
    service: &'static str,
    ids: Option<Ids>,
    inherited: Option<Inherited>,
}

/// Makes a line of every event.
pub(crate) struct Log {
    service: &'static str,
    format: LogFormat,
    sink: Sink,
    /// Whose spans these are; only it can tell their ids.
    dispatch: OnceLock<WeakDispatch>,
}

thread_local! {
    /// Where a line is put together, so that no line allocates.
    static BUFFER: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

impl Log {
    pub(crate) const fn new(service: &'static str, format: LogFormat, sink: Sink) -> Self {
        Self { service, format, sink, dispatch: OnceLock::new() }
    }

    fn write(&self, event: &Event<'_>, line: &Line, buffer: &mut Vec<u8>) {
        buffer.clear();
        match self.format {
            LogFormat::Json => json::write(event, line, buffer),
            LogFormat::Text => text::write(event, line, buffer),
        }
        buffer.push(b'\n');
        self.sink.write(buffer);
    }

    /// The ids of a span. Its trace is settled from then on.
    fn ids<S: Subscriber + for<'span> LookupSpan<'span>>(&self, span: &SpanRef<'_, S>) -> Option<Ids> {
        if let Some(ids) = span.extensions().get::<Ids>() {
            return Some(*ids);
        }
        let dispatch = self.dispatch.get()?.upgrade()?;
        let context = tracing_opentelemetry::get_otel_context(&span.id(), &dispatch)?;
        let ids = Ids::of(context.span().span_context())?;
        span.extensions_mut().replace(ids);
        Some(ids)
    }
}

impl<S: Subscriber + for<'span> LookupSpan<'span>> Layer<S> for Log {
    fn on_register_dispatch(&self, dispatch: &Dispatch) {
        // Registered twice is registered with the same subscriber.
        let _ = self.dispatch.set(dispatch.downgrade());
    }

    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        if let Some(span) = context.span(id)
            && span.parent().is_none()
            && let Some(inherited) = Inherited::of(attributes)
        {
            span.extensions_mut().insert(inherited);
        }
    }

    fn on_record(&self, id: &Id, values: &Record<'_>, context: Context<'_, S>) {
        if let Some(span) = context.span(id)
            && let Some(inherited) = span.extensions_mut().get_mut::<Inherited>()
        {
            inherited.record(values);
        }
    }

    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        let span = context.event_span(event);
        let root = span.as_ref().and_then(|span| span.scope().last());
        // Copies, so that nothing of a span is locked while values are written, which is code of anybody's.
        let line = Line {
            service: self.service,
            ids: span.as_ref().and_then(|span| self.ids(span)),
            inherited: root.and_then(|root| root.extensions().get::<Inherited>().cloned()),
        };
        BUFFER.with(|buffer| match buffer.try_borrow_mut() {
            Ok(mut buffer) => self.write(event, &line, &mut buffer),
            // A value that logs while it is being logged.
            Err(_) => self.write(event, &line, &mut Vec::new()),
        });
    }
}
