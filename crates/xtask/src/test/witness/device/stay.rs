//! The life of one open socket.

use std::pin::Pin;
use std::time::{Duration, Instant};

use serde_json::json;
use tokio::time::sleep_until;

use super::orders::Outcome;
use super::{Device, dice};
use crate::test::witness::ledger::Back;
use crate::test::witness::messages::{Message, Welcome};
use crate::test::witness::shared::so;
use crate::test::witness::socket::{Closed, Socket};

/// A socket that has lived for so long ends a row of failures.
const LIVED: Duration = Duration::from_secs(10);
/// What was taken in is acknowledged at most once in this time.
const ACKNOWLEDGE: Duration = Duration::from_secs(1);
/// A client that hears nothing for so long asks whether anybody is there, and takes the socket for dead without an answer.
const SILENCE: Duration = Duration::from_secs(25);
const NO_ANSWER: Duration = Duration::from_secs(5);
/// So long before the end of a drain another socket is opened: the server has spread the ends.
const BEFORE_THE_END: Duration = Duration::from_millis(1_500);
/// After another socket could not be had while this one is being drained.
const ANOTHER_TRY: Duration = Duration::from_secs(1);

/// How a socket was left.
pub(super) enum Left {
    /// Everybody goes.
    Home,
    /// Another one, which was welcomed.
    For(Box<Socket>),
    Closed(Closed),
}

type Moving = Pin<Box<dyn Future<Output = Result<(Socket, Welcome), Closed>> + Send>>;

/// What is known of the socket.
struct Stay {
    since: Instant,
    heard_at: Instant,
    asked_at: Option<Instant>,
    acknowledge_at: Option<Instant>,
    move_at: Option<Instant>,
    moving: Option<Moving>,
}

impl Stay {
    fn new(now: Instant) -> Self {
        Self { since: now, heard_at: now, asked_at: None, acknowledge_at: None, move_at: None, moving: None }
    }

    /// When something is to be done though nothing comes.
    fn next_deadline(&self) -> Instant {
        let silence = self.asked_at.map_or(self.heard_at + SILENCE, |asked| asked + NO_ANSWER);
        [self.acknowledge_at, self.move_at].into_iter().flatten().fold(silence, Instant::min)
    }
}

impl Device {
    /// Is on this socket as long as it lives.
    pub(super) async fn stay(&mut self, mut socket: Socket) -> Left {
        match self.live(&mut socket).await {
            Ok(Some(other)) => {
                // It is closed by its successor; nothing on it is news, because the successor began at the cursor.
                Left::For(Box::new(other))
            }
            Ok(None) => {
                let _ = socket.say(&json!({ "type": "bye" })).await;
                Left::Home
            }
            Err(closed) => Left::Closed(closed),
        }
    }

    /// Until everybody goes (`None`) or this device is welcome elsewhere.
    async fn live(&mut self, socket: &mut Socket) -> Result<Option<Socket>, Closed> {
        for command in self.orders.unanswered() {
            self.shared.ledger().phase().commands_repeated += 1;
            socket.say(&command).await?;
        }
        let mut stay = Stay::new(Instant::now());
        let mut token = self.person.token.clone();
        // It may have been renewed while the socket was opened.
        if token.borrow_and_update().text == socket.token {
            token.mark_unchanged();
        } else {
            token.mark_changed();
        }
        let mut over = self.shared.over.clone();
        loop {
            let deadline =
                self.orders.again_at().map_or(stay.next_deadline(), |at| at.min(stay.next_deadline()));
            tokio::select! {
                message = socket.next() => {
                    stay.heard_at = Instant::now();
                    stay.asked_at = None;
                    self.take(message?, &mut stay);
                }
                command = self.orders.next() => socket.say(&command).await?,
                Ok(()) = token.changed() => {
                    let text = token.borrow_and_update().text.clone();
                    socket.say(&json!({ "type": "authenticate", "token": text })).await?;
                }
                moved = moved(&mut stay.moving) => {
                    stay.moving = None;
                    match moved {
                        Ok((other, welcome)) => {
                            self.welcomed(welcome);
                            return Ok(Some(other));
                        }
                        Err(_) => stay.move_at = Some(Instant::now() + ANOTHER_TRY.mul_f64(dice())),
                    }
                }
                () = so(&mut over) => return Ok(None),
                () = sleep_until(deadline.into()) => self.time_passed(socket, &mut stay).await?,
            }
            if stay.since.elapsed() >= LIVED {
                self.failures = 0;
            }
        }
    }

    fn take(&mut self, message: Message, stay: &mut Stay) {
        match message {
            Message::Event { event } => {
                self.heard(event);
                stay.acknowledge_at.get_or_insert(stay.heard_at + ACKNOWLEDGE);
            }
            Message::Answer(answer) => {
                let outcome = self.orders.answered(answer);
                let mut ledger = self.shared.ledger();
                match outcome {
                    Outcome::Done => ledger.phase().commands += 1,
                    Outcome::Again => ledger.phase().commands_repeated += 1,
                }
            }
            Message::Welcome(welcome) => {
                // A second one: the server lost the thread.
                self.started_anew(&welcome.calls, Back::Anew);
                self.cursor = Some(welcome.cursor);
            }
            Message::Drain { after_ms } => {
                self.shared.ledger().phase().drained += 1;
                let until = Duration::from_millis(after_ms).saturating_sub(BEFORE_THE_END);
                stay.move_at = Some(stay.heard_at + until);
            }
            Message::Authenticated {} => self.shared.ledger().phase().renewed += 1,
            Message::Pong {} | Message::Unknown => {}
        }
    }

    /// Does what is due.
    async fn time_passed(&mut self, socket: &mut Socket, stay: &mut Stay) -> Result<(), Closed> {
        let now = Instant::now();
        for command in self.orders.due(now) {
            socket.say(&command).await?;
        }
        if stay.acknowledge_at.is_some_and(|at| at <= now) {
            stay.acknowledge_at = None;
            if self.cursor != self.acknowledged {
                socket.say(&json!({ "type": "ack", "cursor": self.cursor })).await?;
                self.acknowledged.clone_from(&self.cursor);
            }
        }
        if stay.move_at.is_some_and(|at| at <= now) {
            stay.move_at = None;
            stay.moving = Some(Box::pin(self.open()));
        }
        match stay.asked_at {
            Some(asked) if now >= asked + NO_ANSWER => {
                return Err(Closed { code: 1006, reason: "nothing heard for 30 s".to_owned() });
            }
            None if now >= stay.heard_at + SILENCE => {
                stay.asked_at = Some(now);
                socket.say(&json!({ "type": "ping" })).await?;
            }
            Some(_) | None => {}
        }
        Ok(())
    }
}

/// What came of a move that is under way; pends while none is.
async fn moved(moving: &mut Option<Moving>) -> Result<(Socket, Welcome), Closed> {
    match moving {
        Some(moving) => moving.await,
        None => std::future::pending().await,
    }
}
