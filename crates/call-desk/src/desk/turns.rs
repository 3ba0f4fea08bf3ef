//! Turns at a call, among the commands of one replica.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::sync::Arc;

use signal_protocol::CallId;
use tokio::sync::{Mutex, MutexGuard};

/// How many turns there are. Calls whose ids fall together wait for each other now and then, and nothing more.
const PLACES: usize = 256;

/// Commands on one call that met go on one after the other. Were they all tried again at once, each that got through would
/// make all others fail, and of a large group whose devices all show their ring in the same instant most would be refused.
///
/// Nothing rests on it but who waits: what decides is the commit, here as on any other replica.
#[derive(Clone)]
pub(super) struct Turns(Arc<[Mutex<()>]>);

impl Default for Turns {
    fn default() -> Self {
        Self((0..PLACES).map(|_| Mutex::default()).collect())
    }
}

impl Turns {
    /// Waits for a turn at this call, which ends when what is given is dropped.
    pub(super) async fn at(&self, call: CallId) -> MutexGuard<'_, ()> {
        let mut hash = DefaultHasher::new();
        call.hash(&mut hash);
        let place = hash.finish() % PLACES as u64;
        self.0[usize::try_from(place).expect("it is less than the number of places")].lock().await
    }
}
