//! What is known of one realm's token at a moment, and what follows from it. Pure: the time is an argument.

use std::sync::Arc;

use clock::{DateTime, Duration, Utc};

use super::grant::Granted;
use super::{ServiceAccountFailure, ServiceToken};

/// How long before its end a token is no longer given out: whoever is sent it must still find it good.
const LEAST_LEFT: Duration = Duration::seconds(10);
/// How long the issuer is left alone after a first failure; it doubles with each that follows.
const FIRST_PAUSE: Duration = Duration::milliseconds(500);
/// The longest of these pauses, and how old a token must be to be given up because somebody refused it.
const LONGEST_PAUSE: Duration = Duration::seconds(10);

/// The last token and the last failure.
#[derive(Default)]
pub(super) struct Held {
    token: Option<Kept>,
    failed: Option<Failed>,
}

struct Kept {
    token: Arc<ServiceToken>,
    since: DateTime<Utc>,
    /// From here on it is worth asking for the next one.
    renew_at: DateTime<Utc>,
    /// From here on it is given to nobody.
    until: DateTime<Utc>,
}

struct Failed {
    failure: ServiceAccountFailure,
    at: DateTime<Utc>,
    pause: Duration,
}

/// What whoever wants a token should do.
pub(super) enum Look {
    /// Use it.
    Fresh(Arc<ServiceToken>),
    /// Use it, and let the next one be asked for meanwhile.
    Ageing(Arc<ServiceToken>),
    /// Do without: the issuer failed a moment ago.
    Failed(ServiceAccountFailure),
    /// Ask for one.
    Absent,
}

impl Held {
    pub(super) fn look(&self, now: DateTime<Utc>) -> Look {
        let cooling = self.failed.as_ref().filter(|failed| failed.is_cooling(now));
        let kept = self.token.as_ref().filter(|kept| now < kept.until);
        match (kept, cooling) {
            (Some(kept), None) if now >= kept.renew_at => Look::Ageing(Arc::clone(&kept.token)),
            (Some(kept), Some(_) | None) => Look::Fresh(Arc::clone(&kept.token)),
            (None, Some(failed)) => Look::Failed(failed.failure.clone()),
            (None, None) => Look::Absent,
        }
    }

    /// Keeps a token that was asked for at `asked_at`; tells whether that is news, being the first or the first after a
    /// failure.
    pub(super) fn keep(&mut self, granted: Granted, asked_at: DateTime<Utc>) -> bool {
        let is_news = self.failed.is_some() || self.token.is_none();
        let Granted { token, life } = granted;
        let kept = Kept {
            token,
            since: asked_at,
            renew_at: asked_at + life * 3 / 4,
            until: asked_at + life - LEAST_LEFT.min(life / 10),
        };
        *self = Self { token: Some(kept), failed: None };
        is_news
    }

    /// Notes a failure; tells whether there is a token all the same.
    pub(super) fn fail(&mut self, failure: ServiceAccountFailure, now: DateTime<Utc>) -> bool {
        let pause = self.failed.as_ref().map_or(FIRST_PAUSE, |failed| (failed.pause * 2).min(LONGEST_PAUSE));
        self.failed = Some(Failed { failure, at: now, pause });
        self.token.as_ref().is_some_and(|kept| now < kept.until)
    }

    /// Gives `token` up, unless it is new.
    pub(super) fn give_up(&mut self, token: &ServiceToken, now: DateTime<Utc>) {
        self.token.take_if(|kept| {
            std::ptr::eq(&raw const *kept.token, token) && (now - kept.since).abs() >= LONGEST_PAUSE
        });
    }
}

impl Failed {
    /// A clock that was set back must not keep the issuer from being asked until it has caught up.
    fn is_cooling(&self, now: DateTime<Utc>) -> bool {
        (now - self.at).abs() < self.pause
    }
}

#[cfg(test)]
mod tests;
