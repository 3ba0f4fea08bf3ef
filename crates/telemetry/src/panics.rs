//! A panic is a line of the log like any other, not several of another shape on standard error.

use std::panic;

/// From now on panics are logged, with the span they happened in.
pub(crate) fn log() {
    panic::set_hook(Box::new(|panic| {
        let location = panic.location().map(ToString::to_string).unwrap_or_default();
        // A text that was put together at run time may hold anything, a token too; a constant may not.
        let message =
            panic.payload().downcast_ref::<&'static str>().copied().unwrap_or("(not a constant text)");
        tracing::error!(panic.location = location, panic.message = message, "panicked");
    }));
}
