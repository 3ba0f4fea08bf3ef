//! Without a socket: waiting, polling meanwhile, and trying again.

use std::time::{Duration, Instant};

use tokio::time::{sleep, timeout};

use super::{Device, dice};
use crate::test::witness::back_off;
use crate::test::witness::ledger::Back;
use crate::test::witness::messages::Polled;
use crate::test::witness::shared::so;
use crate::test::witness::socket::{Closed, Socket};

/// Between two polls.
const BETWEEN_POLLS: Duration = Duration::from_millis(1_500);

/// Longer than any poll that does not wait.
const POLL_BOUND: Duration = Duration::from_secs(5);

impl Device {
    /// Waits as long as the way in which the socket was closed asks for. `false` where the client must not come back, or everybody goes.
    pub(super) async fn rest(&mut self, closed: &Closed) -> bool {
        let Some(wait) = back_off::after_close(closed, self.failures, dice()) else {
            let what = format!("device {} was replaced by nobody: {closed}", self.number);
            self.shared.ledger().command_failed(Instant::now(), what);
            return false;
        };
        self.is_still_on_after(wait).await
    }

    /// Opens a socket, however long it takes; `None` once everybody goes.
    pub(super) async fn arrive(&mut self) -> Option<Socket> {
        loop {
            let over = *self.shared.over.borrow();
            if over {
                return None;
            }
            match self.open().await {
                Ok((socket, welcome)) => {
                    self.welcomed(welcome);
                    return Some(socket);
                }
                Err(closed) => {
                    self.failures += 1;
                    self.shared.refused(&closed);
                    if !self.poll_until_next_try().await {
                        return None;
                    }
                }
            }
        }
    }

    /// Polls until the socket is to be tried again. `false` once everybody goes.
    async fn poll_until_next_try(&mut self) -> bool {
        let begun = Instant::now();
        loop {
            let wait = if self.poll().await {
                back_off::while_polling(self.failures, dice())
            } else {
                back_off::after_failures(self.failures, dice())
            };
            let Some(left) = (begun + wait).checked_duration_since(Instant::now()) else { return true };
            if !self.is_still_on_after(left.min(BETWEEN_POLLS)).await {
                return false;
            }
            if left <= BETWEEN_POLLS {
                return true;
            }
        }
    }

    /// Reads the log once. Before the first socket there is nothing to go on from.
    async fn poll(&mut self) -> bool {
        let Some(after) = self.cursor.clone() else { return false };
        let asked = async {
            let _place = self.shared.polls.acquire().await;
            let token = self.person.token.borrow().text.clone();
            let url = format!("{}/api/realtime/events?wait=0&after={after}", self.shared.gateway);
            let request = self.shared.http.get(url).bearer_auth(token).header("x-device-id", &self.name);
            let text = request.send().await.ok()?.error_for_status().ok()?.text().await.ok()?;
            serde_json::from_str::<Polled>(&text).ok()
        };
        let Ok(Some(polled)) = timeout(POLL_BOUND, asked).await else { return false };
        let Polled { events, state } = polled;
        let recovered = state.recovered != Some(false);
        let now = Instant::now();
        self.shared.ledger().back(self.number, Back::Polling { recovered }, now);
        if !recovered {
            self.shared.ledger().snapshot(self.number, &state.calls, now);
        }
        for event in events {
            self.heard(event);
        }
        self.cursor = Some(state.cursor);
        // Between two polls nothing tells it of anything, but nothing is late by more than that.
        true
    }

    async fn is_still_on_after(&self, wait: Duration) -> bool {
        let mut over = self.shared.over.clone();
        tokio::select! {
            () = sleep(wait) => true,
            () = so(&mut over) => false,
        }
    }
}
