//! What is known of one tenant. Pure: the time is an argument.

use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::Arc;

use clock::{DateTime, Utc};
use signal_protocol::UserId;

use super::{Logins, Revocation};
use crate::Caller;

/// How much is remembered of one tenant; of more, what was told first is forgotten.
const MOST: usize = 100_000;

/// The ended logins of one tenant.
pub(super) struct Known {
    sessions: HashSet<Arc<str>>,
    /// Until when everything of theirs was ended.
    users: HashMap<UserId, DateTime<Utc>>,
    /// Whose tokens that name no session are refused, because a session of theirs was ended and may be the one.
    nameless: HashMap<UserId, Nameless>,
    /// The same in the order in which it was told, to forget the oldest.
    order: VecDeque<Told>,
    most: usize,
}

/// Tokens of one person that name no session.
#[derive(Default)]
struct Nameless {
    /// They are refused up to here, the latest end of a session.
    until: DateTime<Utc>,
    /// How many ended sessions of theirs are remembered.
    sessions: usize,
}

struct Told {
    what: What,
    at: DateTime<Utc>,
}

enum What {
    /// And whose it was, where that was said.
    Session(Arc<str>, Option<UserId>),
    User(UserId),
}

impl Default for Known {
    fn default() -> Self {
        Self::with_room_for(MOST)
    }
}

impl Known {
    pub(super) fn with_room_for(most: usize) -> Self {
        Self {
            sessions: HashSet::new(),
            users: HashMap::new(),
            nameless: HashMap::new(),
            order: VecDeque::new(),
            most,
        }
    }

    pub(super) fn len(&self) -> usize {
        self.order.len()
    }

    /// Takes it in, and forgets what is from before `oldest`. Whether that is news.
    pub(super) fn add(&mut self, revocation: &Revocation, oldest: DateTime<Utc>) -> bool {
        while self.order.front().is_some_and(|told| told.at < oldest) {
            self.forget_first();
        }
        let at = revocation.at;
        if at < oldest {
            return false;
        }
        let what = match &revocation.logins {
            Logins::One { session, user } => {
                if self.sessions.contains(session.as_str()) {
                    return false;
                }
                let session: Arc<str> = session.as_str().into();
                self.sessions.insert(Arc::clone(&session));
                if let Some(user) = user {
                    let nameless = self.nameless.entry(user.clone()).or_default();
                    nameless.until = at.max(nameless.until);
                    nameless.sessions += 1;
                }
                What::Session(session, user.clone())
            }
            Logins::AllOf(user) => {
                if self.users.get(user).is_some_and(|until| *until >= at) {
                    return false;
                }
                self.users.insert(user.clone(), at);
                What::User(user.clone())
            }
        };
        self.order.push_back(Told { what, at });
        while self.order.len() > self.most {
            self.forget_first();
        }
        true
    }

    pub(super) fn concerns(&self, caller: &Caller) -> bool {
        let session = || caller.session.as_ref().is_some_and(|sid| self.sessions.contains(sid.as_str()));
        // Tokens tell their time in whole seconds, so one of the same second may be from before.
        let user = || self.users.get(&caller.user).is_some_and(|until| caller.issued_at <= *until);
        // A token that names no session may be of the one that was ended: nothing tells them apart.
        let nameless = || {
            caller.session.is_none()
                && self.nameless.get(&caller.user).is_some_and(|nameless| caller.issued_at <= nameless.until)
        };
        (!self.sessions.is_empty() && session())
            || (!self.users.is_empty() && user())
            || (!self.nameless.is_empty() && nameless())
    }

    fn forget_first(&mut self) {
        match self.order.pop_front() {
            Some(Told { what: What::Session(session, user), .. }) => {
                self.sessions.remove(&session);
                self.forget_nameless(user);
            }
            // Unless more of theirs was ended since.
            Some(Told { what: What::User(user), at }) if self.users.get(&user) == Some(&at) => {
                self.users.remove(&user);
            }
            Some(Told { what: What::User(_), .. }) | None => {}
        }
    }

    /// One session of this person less is remembered. With the last one goes what it meant for tokens without a session.
    fn forget_nameless(&mut self, user: Option<UserId>) {
        let Some(user) = user else { return };
        if let Some(nameless) = self.nameless.get_mut(&user) {
            nameless.sessions -= 1;
            if nameless.sessions == 0 {
                self.nameless.remove(&user);
            }
        }
    }
}
