//! Whom somebody wants to hear from, and when.

use calls::{Actor, Preferences};
use clock::{DateTime, Utc};
use signal_protocol::Tenant;
use store::{Commit, Committed, Read, Version};
use tokio::time::timeout;

use super::attempt::Attempt;
use super::{Desk, DeskFailure, Done, MOST_ATTEMPTS, Outcome, alive};
use crate::metrics::Why;
use crate::records::{preferences_key, put_preferences};
use crate::requests::{Remembered, RememberedAnswer, Request};

/// A change of what somebody wants, named as a command is.
pub struct Wish<F> {
    /// Its name in metrics.
    pub name: &'static str,
    /// Whose wish it is.
    pub actor: Actor,
    /// The request it came with.
    pub request: Option<Request>,
    /// Makes the change at an instant; the same each time.
    pub change: F,
}

impl Desk {
    /// Fulfils a wish; what `change` gives is the answer.
    pub async fn fulfil<F>(&self, tenant: &Tenant, wish: Wish<F>) -> Result<Outcome, DeskFailure>
    where
        F: Fn(&mut Preferences, DateTime<Utc>) -> Result<Outcome, DeskFailure>,
    {
        let work = self.wish_attempts(tenant, &wish);
        let outcome = timeout(self.patience, work).await.unwrap_or(Err(DeskFailure::TooSlow));
        self.metrics.commanded(wish.name, outcome.as_ref().map_or_else(DeskFailure::label, Done::label));
        outcome.map(Done::outcome)
    }

    async fn wish_attempts<F>(&self, tenant: &Tenant, wish: &Wish<F>) -> Result<Done, DeskFailure>
    where
        F: Fn(&mut Preferences, DateTime<Utc>) -> Result<Outcome, DeskFailure>,
    {
        for attempt in 0..MOST_ATTEMPTS {
            let why = match self.wish_attempt(tenant, wish).await? {
                Attempt::Done(done) => return Ok(done),
                Attempt::Again(why) => why,
                Attempt::Conflict(_) => Why::Conflict,
            };
            self.metrics.repeated(wish.name, why);
            self.pause(attempt, why).await;
        }
        Err(DeskFailure::Contended { attempts: MOST_ATTEMPTS })
    }

    async fn wish_attempt<F>(&self, tenant: &Tenant, wish: &Wish<F>) -> Result<Attempt, DeskFailure>
    where
        F: Fn(&mut Preferences, DateTime<Utc>) -> Result<Outcome, DeskFailure>,
    {
        let user = &wish.actor.user;
        let key = preferences_key(user);
        let wanted = Read::new().and(key.clone(), 0);
        let wanted = match &wish.request {
            Some(request) => wanted.and(request.key(), 0),
            None => wanted,
        };
        let read = self.store.read(tenant, wanted).await?;
        if let Some(request) = &wish.request
            && let Some(remembered) = read.parse::<Remembered>(&request.key())?
        {
            let version = read.version(&request.key());
            return self.answer_again(tenant, request, remembered, version, true).await;
        }
        let before = read.parse::<Preferences>(&key)?.unwrap_or_default();
        let mut after = before.clone();
        let outcome = (wish.change)(&mut after, read.now)?;
        let mut commit =
            Commit { writes: vec![alive(&wish.actor, read.now)], durable: true, ..Commit::default() };
        let is_changed = after != before;
        if is_changed {
            let version = read.version(&key);
            commit.expect.push((key, version));
            commit.writes.push(put_preferences(user, &after));
        }
        if let Some(request) = &wish.request {
            commit.expect.push((request.key(), Version::ABSENT));
            commit.writes.push(request.remember(RememberedAnswer::Done(outcome.clone())));
        }
        match self.store.commit(tenant, commit).await? {
            Committed::Applied { .. } if is_changed => Ok(Attempt::Done(Done::Changed(outcome))),
            Committed::Applied { .. } => Ok(Attempt::Done(Done::Unchanged(outcome))),
            Committed::Conflict { key } => {
                self.metrics.conflict(key.kind());
                Ok(Attempt::Conflict(key))
            }
            Committed::TooLate { .. } => Ok(Attempt::Again(Why::TooLate)),
        }
    }

    /// What `user` wants, and the time.
    pub async fn preferences(
        &self,
        tenant: &Tenant,
        user: &signal_protocol::UserId,
    ) -> Result<(Preferences, DateTime<Utc>), DeskFailure> {
        let key = preferences_key(user);
        let read = self.store.read(tenant, Read::new().and(key.clone(), 0)).await?;
        Ok((read.parse(&key)?.unwrap_or_default(), read.now))
    }
}
