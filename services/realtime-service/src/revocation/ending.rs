//! A login is ended: one commit, and what goes on after it.

use std::time::Duration;

use identity::{Revocation, Revocations};
use signal_protocol::Tenant;
use store::{Commit, Committed, Key, Read, Store, StoreError, Version, Write};

use super::leaving::{Leaver, Leaving};
use super::{RevocationMetrics, SignedOut};
use crate::moderation::Evictions;

/// For how long it is known that a logout token took effect: longer than one is accepted.
const TOLD_KEPT: Duration = Duration::from_mins(15);

/// Ends logins. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Ending {
    store: Store,
    revocations: Revocations,
    /// For how long the log keeps what it is told.
    kept: Duration,
    /// None where nobody leaves a room for it.
    leaving: Option<Leaving>,
}

/// What it is made of.
pub(crate) struct EndingParts<'a> {
    pub(crate) store: Store,
    pub(crate) revocations: Revocations,
    pub(crate) evictions: &'a Evictions,
    pub(crate) metrics: &'a RevocationMetrics,
    pub(crate) kept: Duration,
    /// For how long a token of a join can be used to connect.
    pub(crate) token_life: Duration,
    pub(crate) leave_rooms: bool,
}

/// What became of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ended {
    /// Now.
    Now,
    /// Before, by the same word.
    Before,
}

impl Ending {
    /// Must be called inside a Tokio runtime.
    pub(crate) fn new(parts: EndingParts<'_>) -> Self {
        let EndingParts { store, revocations, evictions, metrics, kept, token_life, leave_rooms } = parts;
        let leaving = leave_rooms.then(|| {
            let leaver = Leaver {
                store: store.clone(),
                evictions: evictions.clone(),
                metrics: metrics.clone(),
                token_life,
            };
            Leaving::start(leaver)
        });
        Self { store, revocations, kept, leaving }
    }

    /// Writes it down. `word` is whoever's word it is: the same one takes effect once, however often it comes, at however
    /// many replicas at once. Rooms are left after the answer.
    ///
    /// # Errors
    /// The store did not take it. The tokens are refused by this replica all the same.
    pub(crate) async fn end(
        &self,
        tenant: &Tenant,
        revocation: &Revocation,
        word: Option<&str>,
    ) -> Result<Ended, StoreError> {
        // First: that it is true is certain, whatever becomes of the rest.
        self.revocations.revoke(tenant, revocation);
        let mut commit = Commit {
            writes: vec![revocation::append(revocation, self.kept)],
            durable: true,
            ..Commit::default()
        };
        if let Some(word) = word {
            let key = Key::new("logout", word);
            commit.expect.push((key.clone(), Version::ABSENT));
            let data = br#"{"schema":1}"#.to_vec();
            commit.writes.push(Write::Put { key, data, refs: Vec::new(), ttl: Some(TOLD_KEPT) });
        }
        let leaving = self.leaving.as_ref().zip(revocation.logins.user());
        if let Some((leaving, user)) = leaving {
            // The store's time, like that of every record about rooms: clocks of replicas differ, and one that is behind would
            // leave good what LiveKit refreshed a moment before.
            let now = self.store.read(tenant, Read::new()).await?.now;
            commit.writes.push(leaving.signed_out(&SignedOut::at(now), user));
        }
        let committed = match self.store.commit(tenant, commit.clone()).await {
            // Whether it was made is not known, and to make it twice does no harm.
            Err(StoreError::Ambiguous { .. }) => match self.store.commit(tenant, commit).await? {
                // It was, then.
                Committed::Conflict { .. } => None,
                again => Some(again),
            },
            known => Some(known?),
        };
        match committed {
            Some(Committed::Applied { .. }) | None => {}
            // Nothing is ever too late here, so somebody wrote that the same word took effect.
            Some(Committed::Conflict { .. } | Committed::TooLate { .. }) => return Ok(Ended::Before),
        }
        if let Some((leaving, user)) = leaving {
            leaving.leave(tenant, user);
        }
        Ok(Ended::Now)
    }

    /// Ends what goes on, and waits for what is under way, for a while.
    pub(crate) async fn stop(&self) {
        if let Some(leaving) = &self.leaving {
            leaving.stop().await;
        }
    }
}
