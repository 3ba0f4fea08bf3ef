//! The queue between those who log and whoever reads the log.
//!
//! Lines are appended to one buffer and written by a thread, many at a time: a line costs its writer a copy, not a
//! system call. A reader that stops reading fills the buffer, after which lines are dropped and counted.

use std::io::Write;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use prometheus_client::metrics::counter::Counter;

/// How much may wait, in bytes: some thousand lines. As much again may be on its way out.
const CAPACITY: usize = 1 << 20;

/// What the buffers keep between two bursts.
const KEPT: usize = 64 << 10;

/// For how long lines are gathered before they are written together.
const GATHER: Duration = Duration::from_millis(10);

/// The queue; clones are the same one.
#[derive(Clone)]
pub(crate) struct Queue(Arc<Shared>);

struct Shared {
    state: Mutex<State>,
    /// There is something to write, or a reason to hurry.
    filled: Condvar,
    /// Something was written.
    written: Condvar,
    dropped: Counter,
}

#[derive(Default)]
struct State {
    lines: Vec<u8>,
    /// Bytes taken in and bytes given out since the start.
    taken: u64,
    given: u64,
    is_urgent: bool,
}

impl Queue {
    /// An empty queue. Nothing leaves it before [`Queue::drain_into`].
    pub(crate) fn new(dropped: Counter) -> Self {
        let state = Mutex::new(State::default());
        Self(Arc::new(Shared { state, filled: Condvar::new(), written: Condvar::new(), dropped }))
    }

    /// Takes in one whole line.
    pub(crate) fn push(&self, line: &[u8]) {
        let mut state = self.lock();
        let before = state.lines.len();
        let after = before + line.len();
        if after > CAPACITY {
            drop(state);
            self.0.dropped.inc();
            return;
        }
        state.lines.extend_from_slice(line);
        state.taken += line.len() as u64;
        drop(state);
        if before == 0 || (before < CAPACITY / 2 && after >= CAPACITY / 2) {
            self.0.filled.notify_one();
        }
    }

    /// Writes all lines, from now on and for as long as the process lives.
    pub(crate) fn drain_into(&self, mut output: impl Write + Send + 'static) -> std::io::Result<()> {
        let queue = self.clone();
        let drain = move || {
            let mut lines = Vec::new();
            loop {
                queue.gather(&mut lines);
                if output.write_all(&lines).and_then(|()| output.flush()).is_err() {
                    queue.0.dropped.inc_by(lines.split(|byte| *byte == b'\n').skip(1).count() as u64);
                }
                queue.lock().given += lines.len() as u64;
                queue.0.written.notify_all();
                lines.clear();
                lines.shrink_to(KEPT);
            }
        };
        thread::Builder::new().name("log".to_owned()).spawn(drain).map(drop)
    }

    /// Waits for lines and takes them out.
    fn gather(&self, lines: &mut Vec<u8>) {
        let state = self.lock();
        let state = self.0.filled.wait_while(state, |state| state.lines.is_empty());
        let state = state.unwrap_or_else(PoisonError::into_inner);
        let more = |state: &mut State| !state.is_urgent && state.lines.len() < CAPACITY / 2;
        let gathered = self.0.filled.wait_timeout_while(state, GATHER, more);
        let (mut state, _) = gathered.unwrap_or_else(PoisonError::into_inner);
        std::mem::swap(lines, &mut state.lines);
    }

    /// Waits until everything taken in so far is written, `patience` at most.
    pub(crate) fn flush(&self, patience: Duration) {
        let mut state = self.lock();
        let goal = state.taken;
        state.is_urgent = true;
        self.0.filled.notify_one();
        let written = self.0.written.wait_timeout_while(state, patience, |state| state.given < goal);
        let (mut state, _) = written.unwrap_or_else(PoisonError::into_inner);
        state.is_urgent = false;
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests;
