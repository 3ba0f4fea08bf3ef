//! Two people who call each other, again and again, and everything that must be told of it.

mod call;
mod fate;

use std::sync::Arc;
use std::time::{Duration, Instant};

use rand::Rng as _;
use tokio::sync::Semaphore;
use tokio::time::{sleep, sleep_until};

use super::device::{Handle, Trouble};
use super::ledger::What;
use super::shared::{Shared, so};
use fate::Fate;

/// After something that must not be, such as a refused command, before the next call.
const REST: Duration = Duration::from_secs(5);

/// A party of the pair.
pub(super) struct Side {
    pub(super) user_id: String,
    /// Its place among all people.
    pub(super) place: usize,
    /// Its devices by their numbers.
    pub(super) devices: Vec<(usize, Handle)>,
}

/// Two people.
pub(super) struct Pair {
    pub(super) shared: Arc<Shared>,
    pub(super) sides: [Side; 2],
    /// As many as may ring at a time, in all pairs.
    pub(super) rings: Arc<Semaphore>,
    /// The longest ring.
    pub(super) longest: Duration,
}

impl Pair {
    /// Calls until everybody goes; the call of then is ended.
    pub(super) async fn play(self) {
        let mut over = self.shared.over_calls.clone();
        loop {
            let ring = tokio::select! {
                Ok(ring) = Arc::clone(&self.rings).acquire_owned() => ring,
                () = so(&mut over) => return,
            };
            // One person may call another one six times a minute.
            let next = Instant::now() + self.longest / 12;
            if let Err(what) = self.call(Fate::drawn(self.longest), ring).await {
                self.shared.ledger().command_failed(Instant::now(), what);
                sleep(REST).await;
            }
            tokio::select! {
                () = sleep_until(next.into()) => {}
                () = so(&mut over) => {}
            }
            if *over.borrow() {
                return;
            }
        }
    }

    /// Who calls, with which device, and who is called, with which device they will answer.
    fn cast(&self) -> [(&Side, usize); 2] {
        let caller = rand::rng().random_range(0..2);
        [caller, 1 - caller].map(|side| {
            let side = &self.sides[side];
            (side, rand::rng().random_range(0..side.devices.len()))
        })
    }
}

impl Side {
    /// The numbers of all its devices but this one.
    fn others(&self, device: usize) -> impl Iterator<Item = usize> + '_ {
        self.devices
            .iter()
            .enumerate()
            .filter(move |(place, _)| *place != device)
            .map(|(_, (number, _))| *number)
    }

    fn all(&self) -> impl Iterator<Item = usize> + '_ {
        self.devices.iter().map(|(number, _)| *number)
    }
}

/// In words, for the report.
fn told(what: &str, trouble: &Trouble) -> String {
    match trouble {
        Trouble::Unanswered => format!("{what} was not answered"),
        Trouble::Refused { status, problem } => {
            let (code, trace) =
                problem.as_ref().map_or(("-", "-"), |problem| (&problem.code, &problem.trace_id));
            format!("{what} was refused, {status} {code}, trace {trace}")
        }
    }
}

/// A signal of this side.
const fn signal(side: &Side, number: u32) -> What {
    What::Signal { from: side.place, number }
}
