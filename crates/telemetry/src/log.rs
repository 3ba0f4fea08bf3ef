//! Log lines: one event, one line, written by nobody but the thread behind the queue.

mod inherited;
mod json;
mod queue;
mod text;
mod timestamp;

use std::cell::RefCell;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use inherited::Inherited;
use opentelemetry::trace::TraceContextExt;
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
                lines.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(line)
            }
        }
    }
}

/// The ids of a span in hexadecimal, kept beside it because every line in it needs them.
#[derive(Debug, Clone)]
pub(crate) struct Ids {
    trace: String,
    span: String,
}

/// Everything that a line is made of beside the event itself.
struct Line<'a> {
    service: &'static str,
    ids: Option<&'a Ids>,
    inherited: Option<&'a Inherited>,
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

    fn write(&self, event: &Event<'_>, line: &Line<'_>, buffer: &mut Vec<u8>) {
        buffer.clear();
        match self.format {
            LogFormat::Json => json::write(event, line, buffer),
            LogFormat::Text => text::write(event, line, buffer),
        }
        buffer.push(b'\n');
        self.sink.write(buffer);
    }

    /// Notes the ids of a span that has none yet. Its trace is settled from then on.
    fn settle<S: Subscriber + for<'span> LookupSpan<'span>>(&self, span: &SpanRef<'_, S>) {
        if span.extensions().get::<Ids>().is_some() {
            return;
        }
        let dispatch = self.dispatch.get().and_then(WeakDispatch::upgrade);
        let context =
            dispatch.and_then(|dispatch| tracing_opentelemetry::get_otel_context(&span.id(), &dispatch));
        let Some(context) = context else { return };
        let otel = context.span();
        let ids = otel.span_context();
        if ids.is_valid() {
            let ids = Ids { trace: ids.trace_id().to_string(), span: ids.span_id().to_string() };
            span.extensions_mut().replace(ids);
        }
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
        if let Some(span) = &span {
            self.settle(span);
        }
        let root = span.as_ref().and_then(|span| span.scope().last());
        // One lock at a time where both are the same span's: a reader that waits behind a writer would never wake.
        let root = root.filter(|root| span.as_ref().is_some_and(|span| span.id() != root.id()));
        let own = span.as_ref().map(SpanRef::extensions);
        let above = root.as_ref().map(SpanRef::extensions);
        let line = Line {
            service: self.service,
            ids: own.as_ref().and_then(|own| own.get()),
            inherited: above.as_ref().or(own.as_ref()).and_then(|root| root.get()),
        };
        BUFFER.with(|buffer| match buffer.try_borrow_mut() {
            Ok(mut buffer) => self.write(event, &line, &mut buffer),
            // A value that logs while it is being logged.
            Err(_) => self.write(event, &line, &mut Vec::new()),
        });
    }
}
