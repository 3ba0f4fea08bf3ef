//! Membership from a service of the application, asked by HTTP with the caller's own token.

use std::error::Error;
use std::num::NonZeroU32;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use http_client::{Client, StatusCode};
use identity::Caller;
use moka::Expiry;
use moka::future::Cache;
use serde::Deserialize;
use signal_protocol::{Role, RoomId, Tenant, UserId};
use url::Url;

use super::{Answer, Member, MembershipSource};
use crate::HttpSourceSettings;

/// What a 200 must say. Other fields are the application's own business.
#[derive(Deserialize)]
struct MemberAnswer {
    role: Role,
    name: Option<String>,
    max_participants: Option<NonZeroU32>,
}

/// The longest name of a room that is taken, in characters.
const ROOM_NAME_MAX_CHARACTERS: usize = 256;

/// Whom a remembered answer is about.
#[derive(Clone, PartialEq, Eq, Hash)]
struct Question {
    tenant: Tenant,
    user: UserId,
    room: RoomId,
}

/// Why the source could not be asked. Never remembered.
#[derive(Debug, thiserror::Error)]
enum Unanswered {
    #[error("the membership service cannot be asked")]
    Failed(#[from] http_client::Failure),
    #[error("the membership service answered {0}")]
    Status(StatusCode),
    #[error("the membership service's answer is no member")]
    Body(#[from] serde_json::Error),
    #[error("the membership service's name for the room is longer than 256 characters")]
    RoomName,
    #[error("the user id is a dot segment and cannot stand in an address")]
    DotSegment,
    #[error("the template of the membership service makes no address")]
    Address(#[from] url::ParseError),
}

/// Asks the application and remembers what it said, a "no" for a shorter time than a "yes".
pub(crate) struct HttpSource {
    client: Client,
    template: String,
    remembered: Cache<Question, Option<Member>>,
}

impl HttpSource {
    pub(crate) fn new(client: Client, settings: &HttpSourceSettings) -> Self {
        let remembered = Cache::builder()
            .max_capacity(settings.remember_entries)
            .expire_after(ByAnswer {
                member: Duration::from_secs(settings.remember_seconds),
                no_member: Duration::from_millis(settings.remember_absence_ms),
            })
            .build();
        Self { client, template: settings.url.clone(), remembered }
    }

    async fn fetch(&self, caller: &Caller, room: &RoomId) -> Result<Option<Member>, Unanswered> {
        let url = address(&self.template, room, &caller.user)?;
        let response = self.client.get(url).bearer(caller.token()).send().await?;
        match response.status {
            StatusCode::OK => {
                let MemberAnswer { role, name, max_participants } = serde_json::from_slice(&response.body)?;
                if name.as_ref().is_some_and(|name| name.chars().count() > ROOM_NAME_MAX_CHARACTERS) {
                    return Err(Unanswered::RoomName);
                }
                let max_participants = max_participants.map(NonZeroU32::get);
                Ok(Some(Member { role, room_name: name, max_participants }))
            }
            StatusCode::NOT_FOUND => Ok(None),
            other => Err(Unanswered::Status(other)),
        }
    }
}

#[async_trait]
impl MembershipSource for HttpSource {
    fn name(&self) -> &'static str {
        "http"
    }

    async fn ask(&self, caller: &Caller, room: &RoomId) -> Answer {
        let question =
            Question { tenant: caller.tenant.clone(), user: caller.user.clone(), room: room.clone() };
        // One request serves everybody who asks the same at the same moment.
        match self.remembered.try_get_with(question, self.fetch(caller, room)).await {
            Ok(Some(member)) => Answer::Member(member),
            Ok(None) => Answer::NotMember,
            Err(error) => {
                let error: &(dyn Error + 'static) = error.as_ref();
                tracing::warn!(error, "membership.unavailable");
                Answer::Unknown
            }
        }
    }
}

/// The template with its two places filled. The grammar of both ids leaves only `@` and `:` to escape, and both may
/// stand in a path segment as they are (RFC 3986, `pchar`). A user called `.` or `..` has no address: URL parsers
/// resolve both away, escaped or not, and the question would be about something else.
fn address(template: &str, room: &RoomId, user: &UserId) -> Result<Url, Unanswered> {
    if matches!(user.as_str(), "." | "..") {
        return Err(Unanswered::DotSegment);
    }
    let filled = template.replace("{room_id}", room.as_str()).replace("{user_id}", user.as_str());
    Ok(Url::parse(&filled)?)
}

/// How long each kind of answer is remembered.
struct ByAnswer {
    member: Duration,
    no_member: Duration,
}

impl Expiry<Question, Option<Member>> for ByAnswer {
    fn expire_after_create(&self, _: &Question, answer: &Option<Member>, _: Instant) -> Option<Duration> {
        Some(if answer.is_some() { self.member } else { self.no_member })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_stand_in_the_address_as_they_are() {
        let room = RoomId::parse("a.b:c").unwrap();
        let user = UserId::parse("f:ldap:ann@example.org").unwrap();
        let template = "https://app/rooms/{room_id}/members/{user_id}?v=1";
        let filled = address(template, &room, &user).unwrap();
        assert_eq!(filled.as_str(), "https://app/rooms/a.b:c/members/f:ldap:ann@example.org?v=1");
        for dots in [".", ".."] {
            let refused = address(template, &room, &UserId::parse(dots).unwrap());
            assert!(matches!(refused, Err(Unanswered::DotSegment)));
        }
    }
}
