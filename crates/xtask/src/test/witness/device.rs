//! One device: a client that does what docs/protocol.md asks of clients, over both transports.

mod away;
mod orders;
mod stay;

use std::sync::Arc;
use std::time::{Duration, Instant};

use rand::Rng as _;
use serde_json::Value;
use tokio::sync::{mpsc, oneshot};
use tokio::time::timeout;

use super::ledger::Back;
use super::messages::{Call, Event, Problem, Welcome};
use super::people::Person;
use super::shared::Shared;
use super::socket::{Closed, Socket};
use orders::Orders;
use stay::Left;

/// How long a command may take with all its repetitions: the longest ring is over by then, or nearly.
const COMMAND_BOUND: Duration = Duration::from_mins(1);

/// Commands of one device that nobody has sent yet. A witness waits for each answer.
const QUEUE: usize = 4;

/// How to have a device do something.
#[derive(Clone)]
pub(super) struct Handle(mpsc::Sender<Order>);

/// A command on its way.
pub(super) struct Order {
    name: &'static str,
    call: Option<String>,
    body: Value,
    answer: oneshot::Sender<Result<Value, Trouble>>,
}

/// Why a command was not carried out.
#[derive(Debug)]
pub(super) enum Trouble {
    Refused { status: u16, problem: Option<Problem> },
    Unanswered,
}

impl Handle {
    /// Has the command carried out, and gives the body of the answer. Waits for a socket if there is none.
    pub(super) async fn command(
        &self,
        name: &'static str,
        call: Option<&str>,
        body: Value,
    ) -> Result<Value, Trouble> {
        let (answer, answered) = oneshot::channel();
        let order = Order { name, call: call.map(str::to_owned), body, answer };
        let outcome = timeout(COMMAND_BOUND, async {
            self.0.send(order).await.map_err(|_| Trouble::Unanswered)?;
            answered.await.unwrap_or(Err(Trouble::Unanswered))
        });
        outcome.await.unwrap_or(Err(Trouble::Unanswered))
    }
}

/// The client.
pub(super) struct Device {
    number: usize,
    name: String,
    person: Arc<Person>,
    shared: Arc<Shared>,
    orders: Orders,
    cursor: Option<String>,
    /// The cursor up to which the server was told that everything was taken in.
    acknowledged: Option<String>,
    /// Failures in a row.
    failures: u32,
}

impl Device {
    /// The device of this number; `name` tells it from the others of its person.
    pub(super) fn new(
        number: usize,
        name: String,
        person: Arc<Person>,
        shared: Arc<Shared>,
    ) -> (Self, Handle) {
        let (sender, orders) = mpsc::channel(QUEUE);
        let orders = Orders::new(orders);
        let device =
            Self { number, name, person, shared, orders, cursor: None, acknowledged: None, failures: 0 };
        (device, Handle(sender))
    }

    /// Is there until everybody goes.
    pub(super) async fn run(mut self) {
        let mut socket = None;
        loop {
            let open = match socket.take() {
                Some(open) => open,
                None => match self.arrive().await {
                    Some(open) => open,
                    None => return,
                },
            };
            match self.stay(open).await {
                Left::Home => return,
                Left::For(other) => socket = Some(*other),
                Left::Closed(closed) => {
                    let why = closed.to_string();
                    self.shared.ledger().gone(self.number, Some(&why), Instant::now());
                    if !self.rest(&closed).await {
                        return;
                    }
                }
            }
        }
    }

    /// Opens a socket with the cursor of now. Few are at the door at a time: the product counts those that have not said `hello` by their
    /// address, and all of these have one.
    fn open(&self) -> impl Future<Output = Result<(Socket, Welcome), Closed>> + Send + use<> {
        let shared = Arc::clone(&self.shared);
        let token = self.person.token.borrow().text.clone();
        let (name, after) = (self.name.clone(), self.cursor.clone());
        async move {
            let _door = shared.doors.acquire().await;
            Socket::open(&shared.authority, &token, &name, after.as_deref()).await
        }
    }

    /// Takes in the first message of a socket.
    fn welcomed(&mut self, welcome: Welcome) {
        let back = match (self.cursor.is_some(), welcome.recovered) {
            (false, _) => Back::First,
            (true, Some(true)) => Back::Resumed,
            (true, Some(false) | None) => Back::Anew,
        };
        let now = Instant::now();
        let mut ledger = self.shared.ledger();
        ledger.back(self.number, back, now);
        if back == Back::Anew {
            ledger.snapshot(self.number, &welcome.calls, now);
        }
        drop(ledger);
        self.cursor = Some(welcome.cursor);
    }

    fn started_anew(&mut self, calls: &[Call], back: Back) {
        let now = Instant::now();
        let mut ledger = self.shared.ledger();
        ledger.back(self.number, back, now);
        ledger.snapshot(self.number, calls, now);
    }

    fn heard(&mut self, event: Event) {
        self.shared.ledger().heard(self.number, &event, Instant::now());
        self.cursor = Some(event.cursor);
    }
}

/// Between 0 and 1.
fn dice() -> f64 {
    rand::rng().random_range(0.0..1.0)
}
