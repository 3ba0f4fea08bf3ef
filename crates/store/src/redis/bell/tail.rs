//! Hears the bell of one tenant: a capped stream, tailed by one blocking read from a concrete place.
//!
//! The ids of its words are `<when the stream was made>-<0, 1, 2, …>`. So a hole is seen, and a stream that was lost and made
//! anew is too.

use std::sync::Arc;
use std::time::Duration;

use ::redis::Value;
use signal_protocol::Tenant;
use tokio::time::Instant;

use super::super::Redis;
use super::super::answer::{Answer, Unexpected};
use super::super::exchange::within;
use super::super::failure::Failure;
use super::super::link::Exclusive;
use super::super::names::Names;
use super::super::script::{self, Call};
use crate::metrics::Operation;
use crate::{Brought, Epoch, Heard, Ring, StoreError};

/// How long one read waits for a word. After each, the server is asked whether it still has what was heard: clients are to be
/// told of lost events within seconds.
const BLOCK: Duration = Duration::from_secs(1);

/// How many words one read gives at most.
const BATCH: usize = 1_000;

/// How long words gather that may wait. Alone nobody notices; of a crowd each read has several.
const GATHER: Duration = Duration::from_millis(5);

/// The bell goes when it has not rung for longer than this. Whoever has heard it all the while has missed nothing then.
const QUIET: Duration = Duration::from_secs(10);

/// The longest wait before another try to reach the server; the first is a twentieth of it.
const LONGEST_PAUSE: Duration = Duration::from_secs(1);

/// Listens to the bell.
pub(super) struct Listener {
    redis: Arc<Redis>,
    tenant: Tenant,
    tail: Option<Tail>,
}

/// Where the bell is heard from.
struct Tail {
    connection: Exclusive,
    epoch: String,
    heard: Place,
    heard_at: Instant,
    looked_at: Instant,
    /// All that was heard last may wait, and so may what follows on it.
    may_wait: bool,
}

/// A word as it was read.
struct Entry {
    at: Place,
    word: String,
    may_wait: bool,
    brought: Option<Vec<u8>>,
}

/// A place in the stream; the default is before the first word of all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
struct Place {
    born: u64,
    number: u64,
}

/// What went wrong while listening.
enum Lost {
    Unreachable(StoreError),
    Broken(Failure),
    Odd(Unexpected),
}

impl Listener {
    pub(super) fn new(redis: &Arc<Redis>, tenant: &Tenant) -> Self {
        Self { redis: Arc::clone(redis), tenant: tenant.clone(), tail: None }
    }

    /// Waits for the next ring, as [`Bell::next`](crate::Bell::next) does.
    pub(super) async fn next(&mut self) -> Ring {
        // Taken out for as long as an answer is awaited: whoever cancels this closes the connection too, and the next call
        // begins anew instead of taking an old answer for its own.
        if let Some(mut tail) = self.tail.take() {
            match self.listen(&mut tail).await {
                Ok(ring) => {
                    self.tail = Some(tail);
                    return ring;
                }
                Err(lost) => self.report(&lost, &tail),
            }
        }
        let mut pause = LONGEST_PAUSE / 20;
        loop {
            match self.open().await {
                Ok(tail) => {
                    self.tail = Some(tail);
                    return Ring::Missed;
                }
                Err(lost) => {
                    tracing::debug!(tenant.id = %self.tenant, error = lost.reason(), "bell.unreachable");
                }
            }
            tokio::time::sleep(pause.mul_f64(rand::random_range(0.5..1.0))).await;
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }

    /// Finds out where the bell is now.
    async fn open(&self) -> Result<Tail, Lost> {
        let mut connection = self.redis.links.exclusive(&self.tenant).await.map_err(Lost::Unreachable)?;
        connection.set_response_timeout(BLOCK + self.redis.timeout);
        let (epoch, heard) = self.look(&mut connection).await?;
        let now = Instant::now();
        Ok(Tail { connection, epoch, heard, heard_at: now, looked_at: now, may_wait: false })
    }

    /// Waits for words.
    async fn listen(&self, tail: &mut Tail) -> Result<Ring, Lost> {
        if tail.may_wait {
            tokio::time::sleep(GATHER).await;
        }
        loop {
            if tail.looked_at.elapsed() >= BLOCK {
                let (epoch, newest) = self.look(&mut tail.connection).await?;
                tail.looked_at = Instant::now();
                // Less than was heard: what was heard has been lost.
                let is_less = newest < tail.heard && !(newest == Place::default() && tail.is_quiet());
                if epoch != tail.epoch || is_less {
                    (tail.epoch, tail.heard) = (epoch, newest);
                    return Ok(Ring::Missed);
                }
            }
            let mut command = ::redis::cmd("XREAD");
            command.arg("COUNT").arg(BATCH).arg("BLOCK").arg(u64::try_from(BLOCK.as_millis()).unwrap_or(1));
            command.arg("STREAMS").arg(Names::of(&self.tenant).bell()).arg(tail.heard.to_string());
            self.redis.metrics.round_trip(Operation::Bell);
            let bound = BLOCK + self.redis.timeout;
            let mut commands = (*tail.connection).clone();
            let answer = tokio::select! {
                answer = within(bound, command.query_async::<Value>(&mut commands)) => answer,
                () = tail.connection.superseded() => {
                    Err(Failure::WrongServer("another server is the primary now".to_owned()))
                }
            };
            let words = Answer::of(answer.map_err(Lost::Broken)?).and_then(words).map_err(Lost::Odd)?;
            if let Some(ring) = tail.hear(words) {
                return Ok(ring);
            }
        }
    }

    /// The epoch, and where the newest word is.
    async fn look(&self, connection: &mut Exclusive) -> Result<(String, Place), Lost> {
        let names = Names::of(&self.tenant);
        // With the whole script, once a second: a server that was told to forget it is no special case here.
        let command = Call::new(&script::BELL, vec![names.bell(), names.epoch()]).whole();
        let answer = self.redis.send(Operation::Bell, connection, &command).await.map_err(Lost::Broken)?;
        let place = |mut answer: Answer| Ok((answer.text()?, Place::parse(&answer.text()?)?));
        Answer::of(answer).and_then(place).map_err(Lost::Odd)
    }

    fn report(&self, lost: &Lost, tail: &Tail) {
        tracing::warn!(tenant.id = %self.tenant, error = lost.reason(), "bell.lost");
        if let Lost::Broken(failure) = lost
            && failure.spoils_connection()
        {
            self.redis.links.suspect(&self.tenant, tail.connection.link());
        }
    }
}

impl Tail {
    fn is_quiet(&self) -> bool {
        self.heard_at.elapsed() > QUIET
    }

    /// Takes note of words; none if there are none.
    fn hear(&mut self, words: Vec<Entry>) -> Option<Ring> {
        let first = words.first()?.at;
        let is_anew = first.number == 0 && (self.heard == Place::default() || self.is_quiet());
        let is_next = first == self.heard.next() || is_anew;
        self.heard = words.last().map_or(self.heard, |last| last.at);
        self.heard_at = Instant::now();
        self.may_wait = words.iter().all(|word| word.may_wait);
        let brought = |bytes| Arc::new(Brought::new(bytes, Epoch(self.epoch.clone())));
        let heard = |Entry { word, brought: bytes, .. }| Heard { word, brought: bytes.map(brought) };
        let words = words.into_iter().map(heard).collect();
        Some(if is_next { Ring::Words(words) } else { Ring::Missed })
    }
}

impl Place {
    fn parse(id: &str) -> Result<Self, Unexpected> {
        let (born, number) = id.split_once('-').ok_or(Unexpected)?;
        let number_of = |text: &str| text.parse().map_err(|_| Unexpected);
        Ok(Self { born: number_of(born)?, number: number_of(number)? })
    }

    const fn next(self) -> Self {
        Self { born: self.born, number: self.number + 1 }
    }
}

impl std::fmt::Display for Place {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{}-{}", self.born, self.number)
    }
}

impl Lost {
    fn reason(&self) -> String {
        match self {
            Self::Unreachable(error) => error.to_string(),
            Self::Broken(failure) => failure.to_string(),
            Self::Odd(Unexpected) => "the server's answer is not understood".to_owned(),
        }
    }
}

/// What `XREAD` gave of its only stream.
fn words(mut answer: Answer) -> Result<Vec<Entry>, Unexpected> {
    let mut words = Vec::new();
    if answer.is_empty() {
        return Ok(words);
    }
    let mut stream = answer.list()?;
    stream.text()?;
    let mut list = stream.list()?;
    while !list.is_empty() {
        let mut entry = list.list()?;
        let place = Place::parse(&entry.text()?)?;
        words.push(word(place, entry.list()?)?);
    }
    Ok(words)
}

/// `w` is the word, `l` is there if it may wait, and `b` is what it brings. What else there is (`m`, the mark; `o`, the offset where
/// nothing is brought) is for those who ring and for whoever looks into the stream.
fn word(at: Place, mut fields: Answer) -> Result<Entry, Unexpected> {
    let (mut word, mut may_wait, mut brought) = (None, false, None);
    while !fields.is_empty() {
        match (fields.bytes()?.as_slice(), fields.bytes()?) {
            (b"w", text) => word = Some(String::from_utf8(text).map_err(|_| Unexpected)?),
            (b"l", _) => may_wait = true,
            (b"b", bytes) => brought = Some(bytes),
            _ => {}
        }
    }
    Ok(Entry { at, word: word.ok_or(Unexpected)?, may_wait, brought })
}
