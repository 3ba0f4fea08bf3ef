//! Which calls wait to be looked at: each once, however much changes in its room meanwhile.

use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};

use signal_protocol::{CallId, Tenant};
use tokio::sync::Notify;

use super::Why;

/// Which call.
pub(super) type WatchedCall = (Tenant, CallId);

/// The calls that wait, in the order in which they came.
pub(super) struct Pending {
    most: usize,
    state: Mutex<State>,
    wake: Notify,
}

#[derive(Default)]
struct State {
    /// Why each is to be looked at that waits, or that changed while it was looked at.
    why: HashMap<WatchedCall, Why>,
    /// Those of them that are not looked at at this moment.
    due: VecDeque<WatchedCall>,
    running: HashSet<WatchedCall>,
}

impl Pending {
    pub(super) fn new(most: usize) -> Self {
        Self { most, state: Mutex::default(), wake: Notify::new() }
    }

    /// Has the call looked at, if not too many wait. What is looked at now is looked at once more.
    pub(super) fn add(&self, call: WatchedCall, why: Why) -> bool {
        let mut state = self.state();
        if let Some(known) = state.why.get_mut(&call) {
            *known = why.max(*known);
            return true;
        }
        if state.why.len() >= self.most {
            return false;
        }
        state.why.insert(call.clone(), why);
        if !state.running.contains(&call) {
            state.due.push_back(call);
            drop(state);
            self.wake.notify_one();
        }
        true
    }

    /// The next one, which is looked at from now on.
    pub(super) fn take(&self) -> Option<(WatchedCall, Why)> {
        let mut state = self.state();
        let call = state.due.pop_front()?;
        let why = state.why.remove(&call).unwrap_or(Why::Changed);
        state.running.insert(call.clone());
        Some((call, why))
    }

    /// It was looked at.
    pub(super) fn done(&self, call: &WatchedCall) {
        let mut state = self.state();
        state.running.remove(call);
        if state.why.contains_key(call) {
            state.due.push_back(call.clone());
            drop(state);
            self.wake.notify_one();
        }
    }

    /// Nobody looks at anything: those who did are no more.
    pub(super) fn forget_running(&self) {
        let mut state = self.state();
        let running = std::mem::take(&mut state.running);
        let again: Vec<_> = running.into_iter().filter(|call| state.why.contains_key(call)).collect();
        state.due.extend(again);
    }

    /// Waits until there may be one to take.
    pub(super) async fn wait(&self) {
        self.wake.notified().await;
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn call(last: char) -> WatchedCall {
        let id = format!("0198c5a0-7c3e-7d5a-8f00-00000000000{last}");
        (Tenant::parse("realtime").unwrap(), CallId::parse(&id).unwrap())
    }

    #[test]
    fn a_call_waits_once_with_the_weightiest_reason() {
        let pending = Pending::new(10);
        assert!(pending.add(call('1'), Why::Changed));
        assert!(pending.add(call('2'), Why::Changed));
        assert!(pending.add(call('1'), Why::Deleted));
        assert!(pending.add(call('1'), Why::Changed));
        assert_eq!(pending.take(), Some((call('1'), Why::Deleted)));
        assert_eq!(pending.take(), Some((call('2'), Why::Changed)));
        assert_eq!(pending.take(), None);
    }

    #[test]
    fn what_changes_while_it_is_looked_at_is_looked_at_again_and_not_twice_at_once() {
        let pending = Pending::new(10);
        assert!(pending.add(call('1'), Why::Changed));
        assert!(pending.take().is_some());
        assert!(pending.add(call('1'), Why::Deleted));
        assert_eq!(pending.take(), None);
        pending.done(&call('1'));
        assert_eq!(pending.take(), Some((call('1'), Why::Deleted)));
        pending.done(&call('1'));
        assert_eq!(pending.take(), None);
    }

    #[test]
    fn no_more_wait_than_may_and_those_who_wait_are_not_forgotten() {
        let pending = Pending::new(1);
        assert!(pending.add(call('1'), Why::Changed));
        assert!(!pending.add(call('2'), Why::Changed));
        assert!(pending.add(call('1'), Why::Changed), "it waits already");
        assert!(pending.take().is_some());
        assert!(pending.add(call('1'), Why::Changed));
        pending.forget_running();
        assert!(pending.take().is_some(), "whoever looked at it is gone");
    }
}
