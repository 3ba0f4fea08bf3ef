//! What the request that this thread is polling right now has told about itself.
//!
//! An actix worker is one thread and polls one request at a time, so parts of one request that cannot reach each
//! other through arguments leave a word here: the router which route it chose, a body reader that it waits for the
//! client, the panic hook where it struck. Each word is taken within the same poll in which it was left.

use std::cell::{Cell, RefCell};
use std::panic::{self, AssertUnwindSafe};
use std::rc::Rc;
use std::sync::Once;

use signal_protocol::ErrorCode;

use crate::route::Matched;

thread_local! {
    static ROUTE: RefCell<Option<Rc<Matched>>> = const { RefCell::new(None) };
    static READING: Cell<bool> = const { Cell::new(false) };
    static WAITED_FOR: Cell<Option<ErrorCode>> = const { Cell::new(None) };
    static CONTAINED: Cell<bool> = const { Cell::new(false) };
    static PANICKED_AT: RefCell<Option<String>> = const { RefCell::new(None) };
}

/// The router chose `route`.
pub(crate) fn matched(route: &Rc<Matched>) {
    ROUTE.with_borrow_mut(|current| *current = Some(Rc::clone(route)));
}

/// Whether the chosen route is held to the handlers' deadline. One that was not described by a `Route` is.
pub(crate) fn has_deadline() -> bool {
    ROUTE.with_borrow(|route| route.as_ref().is_none_or(|route| route.has_deadline()))
}

/// The route that was chosen since the last time this was asked.
pub(crate) fn take_route() -> Option<Rc<Matched>> {
    ROUTE.with_borrow_mut(Option::take)
}

/// The request waits for its own body. That time is the client's, not the handler's.
pub(crate) fn reading() {
    READING.set(true);
}

/// Whether the last poll ended waiting for the body.
pub(crate) fn take_reading() -> bool {
    READING.take()
}

/// The request waits for something of which `code` says that it is slow. Of what waits inside something else that waits, the
/// inner one counts, which says it first.
pub(crate) fn waits_for(code: ErrorCode) {
    WAITED_FOR.set(WAITED_FOR.get().or(Some(code)));
}

/// What was waited for since the last time this was asked, if that was said.
pub(crate) fn take_waited_for() -> Option<ErrorCode> {
    WAITED_FOR.take()
}

/// Runs `poll`, turning a panic into the place where it struck.
pub(crate) fn contained<T>(poll: impl FnOnce() -> T) -> Result<T, String> {
    // A request may run another one inside.
    let around = CONTAINED.replace(true);
    let outcome = panic::catch_unwind(AssertUnwindSafe(poll));
    CONTAINED.set(around);
    outcome.map_err(|_message| PANICKED_AT.take().unwrap_or_else(|| "an unknown place".to_owned()))
}

/// Keeps the message of a contained panic out of the output: it may quote what a user sent. Only the place is kept.
/// Every other panic goes to the hook that was there before.
pub(crate) fn install_panic_hook() {
    static INSTALLED: Once = Once::new();
    INSTALLED.call_once(|| {
        let previous = panic::take_hook();
        panic::set_hook(Box::new(move |panic| {
            if CONTAINED.get() {
                PANICKED_AT.set(panic.location().map(ToString::to_string));
            } else {
                previous(panic);
            }
        }));
    });
}
