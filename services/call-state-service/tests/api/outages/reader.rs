//! Somebody who follows their events as a client does through realtime-service: reads, then waits for the bell.

use std::time::Duration;

use mailbox::Mailbox;
use signal_protocol::{DeviceId, Event, Tenant, UserId};
use testkit::eventually;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::{sleep, timeout};

use super::TOLD_WITHIN;
use crate::world::{BOUND, World};

const ENTRIES: usize = 100;
/// How long a client waits that was told to come back.
const PAUSE: Duration = Duration::from_millis(100);

/// Reads until it is told that something is missing.
pub(super) struct Reader {
    pub(super) user: String,
    state: watch::Receiver<State>,
    _reading: JoinHandle<()>,
}

/// What a reader knows, and what it does.
#[derive(Default)]
struct State {
    seen: Vec<Event>,
    /// Nothing is left to be read, and only the bell wakes it.
    is_waiting: bool,
    /// Told that what it has seen may not be so.
    is_told: bool,
}

impl Reader {
    /// Begins with what happens from now on.
    pub(super) async fn start<R>(world: &World<R>, user: &str) -> Self {
        let mailbox = world.mailbox.clone();
        let (tenant, who) = (world.tenant.clone(), UserId::parse(user).unwrap());
        let device = DeviceId::parse("reader").unwrap();
        let begin = eventually("the log can be read", BOUND, async || {
            mailbox.read(&tenant, &who, &device, None, 1, None).await
        })
        .await;
        let (told, state) = watch::channel(State::default());
        let reading = tokio::spawn(follow(mailbox, tenant, who, device, begin.cursor, told));
        Self { user: user.to_owned(), state, _reading: reading }
    }

    /// Waits until it has seen an event that is `wanted`, and waits for more.
    pub(super) async fn has_seen(&self, wanted: impl Fn(&Event) -> bool) {
        let mut state = self.state.clone();
        let seen = state.wait_for(|state| state.is_waiting && state.seen.iter().any(&wanted));
        timeout(BOUND, seen).await.expect("it was never told").unwrap();
    }

    /// Whether it was told that something is missing.
    pub(super) fn is_told(&self) -> bool {
        self.state.borrow().is_told
    }

    /// It is told within the time that is promised.
    pub(super) async fn is_told_in_time(&self) {
        let mut state = self.state.clone();
        let told = state.wait_for(|state| state.is_told);
        let within = timeout(TOLD_WITHIN, told).await;
        assert!(within.is_ok(), "{} knows of what was lost, and was not told", self.user);
    }
}

async fn follow(
    mailbox: Mailbox,
    tenant: Tenant,
    user: UserId,
    device: DeviceId,
    mut cursor: String,
    state: watch::Sender<State>,
) {
    loop {
        let mut bell = mailbox.watch(&tenant, &user, None);
        let reading = loop {
            match mailbox.read(&tenant, &user, &device, Some(&cursor), ENTRIES, None).await {
                Ok(reading) => break reading,
                // The store is away, and a client is told to come back.
                Err(_) => sleep(PAUSE).await,
            }
        };
        let is_all = reading.events.len() < ENTRIES;
        state.send_modify(|state| {
            state.is_told = !reading.recovered;
            state.is_waiting = is_all;
            state.seen.extend(reading.events);
        });
        if !reading.recovered {
            return;
        }
        cursor = reading.cursor;
        if is_all {
            bell.rung().await;
        }
    }
}
