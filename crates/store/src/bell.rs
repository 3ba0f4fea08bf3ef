//! The tenant's bell: words that say where something is new. It carries no truth; who hears it looks.

mod brought;

use std::sync::Arc;

pub use brought::Brought;

use crate::{memory, redis};

/// How many words are kept for listeners that are behind. Whoever is further behind has missed some.
pub(crate) const MAX_WORDS: usize = 10_000;

/// What the bell is rung with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Word {
    pub(crate) text: String,
    pub(crate) may_wait: bool,
}

impl Word {
    /// One that somebody waits for.
    #[must_use]
    pub fn urgent(text: impl Into<String>) -> Self {
        Self { text: text.into(), may_wait: false }
    }

    /// One that is heard some milliseconds later while there are many of its kind, so that each costs less. The words rung
    /// after it are heard no sooner.
    #[must_use]
    pub fn that_may_wait(text: impl Into<String>) -> Self {
        Self { text: text.into(), may_wait: true }
    }
}

/// What was heard.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ring {
    /// These words were rung since the last time, oldest first, some perhaps more than once.
    Words(Vec<Heard>),
    /// Nobody knows what was rung: look everywhere. Always the first ring, and one after each loss of the server.
    Missed,
}

/// A word that was heard.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Heard {
    /// The word.
    pub word: String,
    /// What it was rung for, where the server sent that along. Where it did not, which is never wrong, the log is to be read.
    pub brought: Option<Arc<Brought>>,
}

/// Listens to the bell of one tenant. What is rung between two calls of [`Self::next`] is not lost.
pub struct Bell(Source);

enum Source {
    Memory(memory::Bell),
    Redis(Box<redis::Bell>),
}

impl Bell {
    pub(crate) const fn memory(bell: memory::Bell) -> Self {
        Self(Source::Memory(bell))
    }

    pub(crate) fn redis(bell: redis::Bell) -> Self {
        Self(Source::Redis(Box::new(bell)))
    }

    /// Waits for the next ring. It never fails: while there is no server it waits for one, with pauses of its own.
    ///
    /// Cancelling it loses nothing that [`Ring::Missed`] does not tell later.
    pub async fn next(&mut self) -> Ring {
        match &mut self.0 {
            Source::Memory(bell) => bell.next().await,
            Source::Redis(bell) => bell.next().await,
        }
    }
}
