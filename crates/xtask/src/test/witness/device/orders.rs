//! Commands that were not answered yet: the same ones, with the same ids, on every socket until they are.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tokio::sync::mpsc;

use super::{Order, Trouble, dice};
use crate::test::witness::back_off;
use crate::test::witness::messages::Answered;

/// After 429, over a socket (docs/protocol.md).
const LIMITED: Duration = Duration::from_secs(1);

pub(super) struct Orders {
    waiting: mpsc::Receiver<Order>,
    open: HashMap<String, Open>,
}

struct Open {
    order: Order,
    tries: u32,
    again_at: Option<Instant>,
}

/// What an answer came to.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Outcome {
    Done,
    /// It is sent again, later.
    Again,
}

impl Orders {
    pub(super) fn new(waiting: mpsc::Receiver<Order>) -> Self {
        Self { waiting, open: HashMap::new() }
    }

    /// The next command, as it is sent. Pends for ever when nobody can give one any more.
    pub(super) async fn next(&mut self) -> Value {
        let Some(order) = self.waiting.recv().await else { return std::future::pending().await };
        let id = format!("{:032x}", rand::random::<u128>());
        let open = Open { order, tries: 0, again_at: None };
        let message = open.message(&id);
        self.open.insert(id, open);
        message
    }

    /// Everything that was sent on another socket and not answered there.
    pub(super) fn unanswered(&mut self) -> Vec<Value> {
        self.forget();
        self.open.iter().map(|(id, open)| open.message(id)).collect()
    }

    /// When the first one is to be sent again.
    pub(super) fn again_at(&self) -> Option<Instant> {
        self.open.values().filter_map(|open| open.again_at).min()
    }

    /// Those whose time has come.
    pub(super) fn due(&mut self, now: Instant) -> Vec<Value> {
        self.forget();
        let mut due = Vec::new();
        for (id, open) in &mut self.open {
            if open.again_at.is_some_and(|at| at <= now) {
                open.again_at = None;
                due.push(open.message(id));
            }
        }
        due
    }

    pub(super) fn answered(&mut self, answer: Answered) -> Outcome {
        let Answered { request_id, status, body, problem } = answer;
        let wait = match (self.open.get(&request_id), status) {
            (Some(_), 429) => Some(LIMITED),
            (Some(open), 503 | 504) => Some(back_off::after_failures(open.tries, dice())),
            _ => None,
        };
        if let (Some(wait), Some(open)) = (wait, self.open.get_mut(&request_id)) {
            open.tries += 1;
            open.again_at = Some(Instant::now() + wait);
            return Outcome::Again;
        }
        if let Some(open) = self.open.remove(&request_id) {
            let outcome = if (200..300).contains(&status) {
                Ok(body)
            } else {
                Err(Trouble::Refused { status, problem })
            };
            // Whoever asked may have given up.
            let _ = open.order.answer.send(outcome);
        }
        Outcome::Done
    }

    /// Nobody waits for these any more.
    fn forget(&mut self) {
        self.open.retain(|_, open| !open.order.answer.is_closed());
    }
}

impl Open {
    fn message(&self, id: &str) -> Value {
        let Order { name, call, body, .. } = &self.order;
        let mut message = json!({ "type": "command", "request_id": id, "name": name });
        if let Some(call) = call {
            message["call_id"] = json!(call);
        }
        if !body.is_null() {
            message["body"] = body.clone();
        }
        message
    }
}
