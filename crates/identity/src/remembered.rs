//! Tokens that were verified a moment ago.

use std::sync::Arc;
use std::time::Duration;

use clock::{DateTime, Duration as TimeDelta, Utc};
use moka::policy::EvictionPolicy;
use moka::sync::Cache;
use sha2::{Digest as _, Sha256};

use crate::Caller;
use crate::keys::Key;
use crate::settings::IdentitySettings;

/// Verified tokens by the SHA-256 of the whole token, signature included: a hash of less would let a forged signature
/// pass for a remembered one.
pub(crate) struct Remembered {
    tokens: Cache<Fingerprint, Verified>,
    longest: TimeDelta,
}

pub(crate) type Fingerprint = [u8; 32];

#[derive(Clone)]
struct Verified {
    caller: Arc<Caller>,
    key: Arc<Key>,
    until: DateTime<Utc>,
}

impl Remembered {
    pub(crate) fn new(settings: &IdentitySettings) -> Self {
        let longest = settings.remember_seconds;
        let tokens = Cache::builder()
            .max_capacity(u64::from(settings.remember_kib) * 1024)
            .weigher(|_, verified: &Verified| weight(&verified.caller))
            // The default policy would keep the often used and turn away the new ones, whose second use is the
            // likely one.
            .eviction_policy(EvictionPolicy::lru())
            // Only to free memory; what counts is `until`, by our own clock.
            .time_to_live(Duration::from_secs(u64::from(longest).max(1)))
            .build();
        Self { tokens, longest: TimeDelta::seconds(longest.into()) }
    }

    pub(crate) fn fingerprint(token: &str) -> Fingerprint {
        Sha256::digest(token.as_bytes()).into()
    }

    /// The caller whose token this was, if it is neither too long ago nor signed by a key that is gone.
    pub(crate) fn recall(&self, fingerprint: &Fingerprint, now: DateTime<Utc>) -> Option<Arc<Caller>> {
        let verified = self.tokens.get(fingerprint)?;
        if now < verified.until && !verified.key.is_withdrawn() {
            return Some(verified.caller);
        }
        self.tokens.invalidate(fingerprint);
        None
    }

    /// Forgets it, whatever it was.
    pub(crate) fn forget(&self, fingerprint: &Fingerprint) {
        self.tokens.invalidate(fingerprint);
    }

    /// Remembers for as long as the settings say, and never beyond the token's own expiry.
    pub(crate) fn remember(
        &self,
        fingerprint: Fingerprint,
        caller: &Arc<Caller>,
        key: Arc<Key>,
        now: DateTime<Utc>,
    ) {
        let until = caller.expires_at.min(now + self.longest);
        if now < until {
            self.tokens.insert(fingerprint, Verified { caller: caller.clone(), key, until });
        }
    }
}

/// About how many bytes a remembered token takes, counted generously: itself, the few texts of its caller, and the
/// cache's own book-keeping.
fn weight(caller: &Caller) -> u32 {
    u32::try_from(1_280 + caller.token().len()).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use signal_protocol::{Tenant, UserId};
    use zeroize::Zeroizing;

    use super::*;

    fn caller(expires_at: DateTime<Utc>) -> Arc<Caller> {
        Arc::new(Caller {
            user: UserId::parse("alice").unwrap(),
            tenant: Tenant::parse("acme").unwrap(),
            name: None,
            session: None,
            administrator: false,
            acts_on_calls: false,
            issued_at: DateTime::UNIX_EPOCH,
            expires_at,
            token: Zeroizing::new("t".repeat(1_000)),
        })
    }

    #[test]
    fn no_more_is_remembered_than_there_is_room_for() {
        let settings = IdentitySettings { remember_kib: 64, ..IdentitySettings::default() };
        let remembered = Remembered::new(&settings);
        let now = DateTime::UNIX_EPOCH;
        let key = Arc::new(Key::for_tests());
        for number in 0_u32..5_000 {
            let fingerprint = Remembered::fingerprint(&number.to_string());
            remembered.remember(fingerprint, &caller(now + TimeDelta::minutes(5)), key.clone(), now);
        }
        remembered.tokens.run_pending_tasks();
        assert!(remembered.tokens.weighted_size() <= 64 * 1024, "{}", remembered.tokens.weighted_size());
        let newest = Remembered::fingerprint("4999");
        assert!(remembered.recall(&newest, now).is_some(), "the newest are kept");
    }
}
