//! The bell of one tenant.

use std::collections::VecDeque;
use std::sync::Arc;

use tokio::sync::watch;

use super::Shard;
use crate::bell::MAX_WORDS;
use crate::{Heard, Ring};

/// The last words that were rung.
#[derive(Default)]
pub(super) struct Words {
    words: VecDeque<String>,
    last: u64,
}

impl Words {
    pub(super) fn ring(&mut self, word: String) {
        self.last += 1;
        self.words.push_back(word);
        if self.words.len() > MAX_WORDS {
            self.words.pop_front();
        }
    }

    /// The words behind `position`; none if some of them are forgotten.
    fn after(&self, position: u64) -> Option<Vec<Heard>> {
        let unheard = usize::try_from(self.last - position).ok()?;
        let known = self.words.len().checked_sub(unheard)?;
        let heard = |word: &String| Heard { word: word.clone(), brought: None };
        Some(self.words.iter().skip(known).map(heard).collect())
    }
}

/// Listens to the bell.
pub(crate) struct Bell {
    /// None: a tenant that nobody knows has a bell that nobody rings.
    shard: Option<Arc<Shard>>,
    /// None before the first ring.
    heard: Option<(u64, watch::Receiver<()>)>,
}

impl Bell {
    pub(super) const fn new(shard: Option<Arc<Shard>>) -> Self {
        Self { shard, heard: None }
    }

    pub(crate) async fn next(&mut self) -> Ring {
        let Some(shard) = &self.shard else { return std::future::pending().await };
        let Some((position, changed)) = &mut self.heard else {
            let changed = shard.changed.subscribe();
            self.heard = Some((shard.lock().bell.last, changed));
            return Ring::Missed;
        };
        loop {
            // Marked as seen before it is looked at: what changes meanwhile wakes at once.
            changed.borrow_and_update();
            let (last, words) = {
                let bell = &shard.lock().bell;
                (bell.last, bell.after(*position))
            };
            *position = last;
            match words {
                None => return Ring::Missed,
                Some(words) if !words.is_empty() => return Ring::Words(words),
                Some(_) => {}
            }
            // The sender is in the shard, which is held here: it cannot be gone.
            let _ = changed.changed().await;
        }
    }
}
