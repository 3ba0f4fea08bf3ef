//! What stands in the log.

use std::time::Duration;

use clock::{DateTime, Utc};
use identity::{Logins, Revocation};
use serde::{Deserialize, Serialize};
use signal_protocol::{UserId, timestamp};
use store::{Key, LogBounds, Word, Write};

/// How many entries the log has at most; of more, the oldest are dropped.
const MAX_ENTRIES: usize = 100_000;
/// Of which kind the entries are.
const SCHEMA: u32 = 1;

/// The one log of a tenant.
pub(crate) fn log() -> Key {
    Key::new("revocations", "all")
}

/// A later release may add members, which are passed over here; another number says that these mean something else.
#[derive(Serialize, Deserialize)]
struct Entry {
    schema: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    sid: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sub: Option<UserId>,
    #[serde(with = "timestamp")]
    at: DateTime<Utc>,
}

/// Tells every follower that these logins were ended, as a part of a commit. The log keeps it for `kept`, which is
/// [`IdentitySettings::revocations_last`](identity::IdentitySettings::revocations_last).
///
/// # Panics
/// Never: such an entry is always JSON.
#[must_use]
pub fn append(revocation: &Revocation, kept: Duration) -> Write {
    let (sid, sub) = match &revocation.logins {
        Logins::One { session, user } => (Some(session.clone()), user.clone()),
        Logins::AllOf(user) => (None, Some(user.clone())),
    };
    let entry = Entry { schema: SCHEMA, sid, sub, at: revocation.at };
    let entry = serde_json::to_vec(&entry).expect("texts and a number are JSON");
    let bounds = LogBounds { max_entries: MAX_ENTRIES, max_age: kept };
    Write::Append { log: log(), entry, bounds, bell: Some(Word::urgent(log().as_str())), attachment: None }
}

/// What an entry says; none if it makes no sense here.
pub(crate) fn read(data: &[u8]) -> Option<Revocation> {
    let Entry { schema, sid, sub, at } = serde_json::from_slice(data).ok()?;
    let logins = match (schema, sid, sub) {
        (SCHEMA, Some(session), user) => Logins::One { session, user },
        (SCHEMA, None, Some(user)) => Logins::AllOf(user),
        (SCHEMA, None, None) | (..SCHEMA | 2.., _, _) => return None,
    };
    Some(Revocation { logins, at })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(revocation: &Revocation) -> Vec<u8> {
        match append(revocation, Duration::from_mins(1)) {
            Write::Append { entry, .. } => entry,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn what_is_written_is_read() {
        let alice = UserId::parse("f:ldap:alice").expect("it is well formed");
        let session = "s-1".to_owned();
        for logins in [
            Logins::AllOf(alice.clone()),
            Logins::One { session: session.clone(), user: Some(alice) },
            Logins::One { session, user: None },
        ] {
            let revocation = Revocation { logins, at: DateTime::UNIX_EPOCH };
            assert_eq!(read(&written(&revocation)), Some(revocation));
        }
    }

    #[test]
    fn members_of_a_newer_release_are_passed_over_and_another_schema_is_not_guessed_at() {
        let at = r#""at":"2027-01-01T00:00:00.000Z""#;
        assert!(read(format!(r#"{{"schema":1,"sid":"s","why":"x",{at}}}"#).as_bytes()).is_some());
        for entry in [
            format!(r#"{{"schema":2,"sid":"s",{at}}}"#),
            format!(r#"{{"schema":0,"sid":"s",{at}}}"#),
            format!(r#"{{"schema":1,{at}}}"#),
            r#"{"schema":1,"sid":"s"}"#.to_owned(),
            "s-1".to_owned(),
        ] {
            assert_eq!(read(entry.as_bytes()), None, "{entry}");
        }
    }
}
