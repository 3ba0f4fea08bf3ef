//! Which logins were ended before their tokens expired.
//!
//! Whoever hears of an end tells it here; from then on the verifier refuses the tokens of that login, and whoever keeps a
//! connection open for one is woken. What is known is forgotten once no token of it can be good any more, and not before,
//! unless there is too much of it. Where the news come from is not known here.

mod known;
mod watchers;

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use clock::{Clock, DateTime, Duration, Utc};
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;
use signal_protocol::{Tenant, UserId};

use crate::Caller;
use crate::settings::IdentitySettings;
use known::Known;
pub use watchers::LoginWatch;
use watchers::Watchers;

/// For how much longer than its tokens an ended login is remembered, for clocks that differ.
const BEYOND_TOKENS: u32 = 300;

/// Which logins of a tenant were ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Logins {
    /// This session (`sid`), and whatever of its user names no session and is from before.
    One {
        /// The token's `sid`.
        session: String,
        /// Whose it was, where that was said.
        user: Option<UserId>,
    },
    /// Every session of this user from before.
    AllOf(UserId),
}

/// The end of one login or of several.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Revocation {
    /// Which.
    pub logins: Logins,
    /// When, by the clock that tokens are issued by. Where all logins of a user were ended, tokens of theirs that were
    /// issued later are good.
    pub at: DateTime<Utc>,
}

impl Logins {
    /// Whose logins they are, where that is known.
    #[must_use]
    pub const fn user(&self) -> Option<&UserId> {
        match self {
            Self::One { user, .. } => user.as_ref(),
            Self::AllOf(user) => Some(user),
        }
    }
}

impl IdentitySettings {
    /// For how long after its end a login has to be remembered: no token of it is accepted after that anyway.
    #[must_use]
    pub fn revocations_last(&self) -> std::time::Duration {
        std::time::Duration::from_secs((self.max_lifetime_seconds + BEYOND_TOKENS).into())
    }
}

/// The logins that were ended, as one verifier knows them. Cheap to clone; clones are the same.
#[derive(Clone)]
pub struct Revocations(Arc<Shared>);

struct Shared {
    tenants: HashMap<Tenant, Place>,
    /// How much is known of all tenants: most of the time nothing, and then a token costs one load.
    count: AtomicUsize,
    last: Duration,
    clock: Clock,
    shown: Gauge,
}

#[derive(Default)]
struct Place {
    known: RwLock<Known>,
    watchers: Watchers,
}

impl Revocations {
    pub(crate) fn new(
        tenants: impl IntoIterator<Item = Tenant>,
        settings: &IdentitySettings,
        clock: Clock,
    ) -> Self {
        let tenants = tenants.into_iter().map(|tenant| (tenant, Place::default())).collect();
        let last =
            Duration::seconds(i64::try_from(settings.revocations_last().as_secs()).unwrap_or(i64::MAX));
        let (count, shown) = (AtomicUsize::new(0), Gauge::default());
        Self(Arc::new(Shared { tenants, count, last, clock, shown }))
    }

    /// These logins were ended. Whether that is news; to be told again does no harm, and neither does any order.
    ///
    /// Nothing happens for a tenant of whom no token would be accepted.
    pub fn revoke(&self, tenant: &Tenant, revocation: &Revocation) -> bool {
        let Some(place) = self.0.tenants.get(tenant) else { return false };
        let oldest = self.0.clock.now() - self.0.last;
        let (is_news, change) = {
            let mut known = place.known.write().unwrap_or_else(PoisonError::into_inner);
            let before = known.len();
            let is_news = known.add(revocation, oldest);
            (is_news, known.len().cast_signed() - before.cast_signed())
        };
        let before = match change {
            0.. => self.0.count.fetch_add(change.unsigned_abs(), Ordering::AcqRel),
            ..0 => self.0.count.fetch_sub(change.unsigned_abs(), Ordering::AcqRel),
        };
        self.0.shown.set(i64::try_from(before.saturating_add_signed(change)).unwrap_or(i64::MAX));
        if is_news {
            // Behind the change: whoever is woken finds it.
            match revocation.logins.user() {
                Some(user) => place.watchers.wake(user),
                // Whose it is, only the watchers themselves know.
                None => place.watchers.wake_all(),
            }
        }
        is_news
    }

    /// Whether the login of `caller` was ended.
    #[must_use]
    pub fn concerns(&self, caller: &Caller) -> bool {
        if self.0.count.load(Ordering::Acquire) == 0 {
            return false;
        }
        let Some(place) = self.0.tenants.get(&caller.tenant) else { return false };
        place.known.read().unwrap_or_else(PoisonError::into_inner).concerns(caller)
    }

    /// Begins to watch the login of `caller`.
    #[must_use]
    pub fn watch(&self, caller: &Arc<Caller>) -> LoginWatch {
        let rung = self.0.tenants.get(&caller.tenant).and_then(|place| place.watchers.watch(&caller.user));
        LoginWatch::new(self.clone(), Arc::clone(caller), rung)
    }

    pub(crate) fn register_metrics(&self, registry: &mut Registry) {
        registry.register(
            "identity_revocations_known",
            "Ended logins whose tokens are refused",
            self.0.shown.clone(),
        );
    }
}

#[cfg(test)]
mod tests;
