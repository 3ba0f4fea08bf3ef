//! Membership from a service of the application, asked by HTTP: about the caller with the caller's own token, about
//! others with that of our service account.

mod address;
mod listing;

use std::collections::BTreeSet;
use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use futures_util::{StreamExt as _, stream};
use http_client::{Client, StatusCode};
use identity::{Caller, ServiceAccount, ServiceAccountFailure};
use moka::Expiry;
use moka::future::Cache;
use serde::Deserialize;
use signal_protocol::{Role, RoomId, Tenant, UserId};

use super::rolls::{tell_no_account, tell_unavailable};
use super::source::{AT_ONCE, Answer, Everybody, Member, MembershipSource, Roll, Rooms};
use crate::HttpSourceSettings;
use crate::doors::Door;
use address::Template;
use listing::Listing;

/// What a 200 must say. Other fields are the application's own business.
#[derive(Deserialize)]
struct MemberAnswer {
    role: Role,
    name: Option<String>,
    max_participants: Option<NonZeroU32>,
}

/// The longest name of a room that is taken, in characters.
const ROOM_NAME_MAX_CHARACTERS: usize = 256;

/// Whom a remembered answer is about. It is the same whoever asked.
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
    #[error("the membership service's answer is not what was asked for")]
    Body(#[from] serde_json::Error),
    #[error("the membership service's name for the room is longer than 256 characters")]
    RoomName,
    #[error("the user id is a dot segment and cannot stand in an address")]
    DotSegment,
    #[error("the template of the membership service makes no address")]
    Address(#[from] url::ParseError),
    #[error("there is no token of the service account to ask with")]
    Token(#[from] ServiceAccountFailure),
}

/// Asks the application and remembers what it said, a "no" for a shorter time than a "yes".
pub(super) struct HttpSource {
    client: Client,
    template: Template,
    listing: Option<Listing>,
    account: Option<ServiceAccount>,
    remembered: Cache<Question, Option<Member>>,
}

impl HttpSource {
    pub(super) fn new(
        client: Client,
        settings: &HttpSourceSettings,
        account: Option<ServiceAccount>,
    ) -> Self {
        let remembered = Cache::builder()
            .max_capacity(settings.remember_entries)
            .expire_after(ByAnswer {
                member: Duration::from_secs(settings.remember_seconds),
                no_member: Duration::from_millis(settings.remember_absence_ms),
            })
            .build();
        let template = Template(settings.url.clone());
        let listing = Listing::configured(client.clone(), settings);
        Self { client, template, listing, account, remembered }
    }

    /// One request serves everybody who asks the same at the same moment.
    async fn ask_as_caller(&self, caller: &Caller, room: &RoomId) -> Result<Option<Member>, Arc<Unanswered>> {
        let question =
            Question { tenant: caller.tenant.clone(), user: caller.user.clone(), room: room.clone() };
        let fetch = self.fetch(caller.token(), room, &caller.user);
        self.remembered.try_get_with(question, fetch).await
    }

    async fn ask_as_service(
        &self,
        account: &ServiceAccount,
        tenant: &Tenant,
        room: &RoomId,
        user: &UserId,
    ) -> Result<Option<Member>, Arc<Unanswered>> {
        let question = Question { tenant: tenant.clone(), user: user.clone(), room: room.clone() };
        let fetch = async {
            let token = account.token(tenant).await?;
            let answer = self.fetch(token.as_str(), room, user).await;
            if matches!(answer, Err(Unanswered::Status(StatusCode::UNAUTHORIZED))) {
                account.refused(tenant, &token);
            }
            answer
        };
        self.remembered.try_get_with(question, fetch).await
    }

    async fn fetch(&self, token: &str, room: &RoomId, user: &UserId) -> Result<Option<Member>, Unanswered> {
        let url = self.template.of_member(room, user)?;
        let response = self.client.get(url).bearer(token).send().await?;
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

    /// One question for each. A service in trouble is not asked about the rest.
    async fn ask_one_by_one(
        &self,
        account: &ServiceAccount,
        tenant: &Tenant,
        room: &RoomId,
        users: &[UserId],
    ) -> Roll {
        let mut members = BTreeSet::new();
        let mut unknown: BTreeSet<UserId> = users.iter().cloned().collect();
        let questions = users
            .iter()
            .map(async |user| (user, self.ask_as_service(account, tenant, room, user).await))
            .collect::<Vec<_>>();
        let mut answers = stream::iter(questions).buffer_unordered(AT_ONCE);
        while let Some((user, answer)) = answers.next().await {
            match answer {
                Ok(found) => {
                    unknown.remove(user);
                    members.extend(found.map(|_| user.clone()));
                }
                Err(error) => {
                    tell_unavailable(&error);
                    break;
                }
            }
        }
        Roll { members, unknown }
    }
}

#[async_trait]
impl MembershipSource for HttpSource {
    fn name(&self) -> &'static str {
        "http"
    }

    async fn ask(&self, caller: &Caller, room: &RoomId, _: Option<&Door>) -> Answer {
        match self.ask_as_caller(caller, room).await {
            Ok(Some(member)) => Answer::Member(member),
            Ok(None) => Answer::NotMember,
            Err(error) => {
                tell_unavailable(&error);
                Answer::Unknown
            }
        }
    }

    async fn ask_about(&self, tenant: &Tenant, room: &RoomId, users: &[UserId]) -> Roll {
        let Some(account) = &self.account else {
            tell_no_account(self.name());
            return Roll::unknown(users);
        };
        let Some(listing) = &self.listing else {
            return self.ask_one_by_one(account, tenant, room, users).await;
        };
        let roll = listing.roll(account, tenant, room).await;
        roll.map_or_else(|| Roll::unknown(users), |roll| roll.of(users))
    }

    async fn everybody(&self, tenant: &Tenant, room: &RoomId) -> Everybody {
        let (Some(account), Some(listing)) = (&self.account, &self.listing) else {
            return Everybody::CannotList;
        };
        listing.roll(account, tenant, room).await.map_or(Everybody::Unknown, Everybody::Listed)
    }

    /// An application that has rooms of its own lists them itself.
    async fn rooms_of(&self, _: &Caller) -> Rooms {
        Rooms::CannotList
    }
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
