//! All members of a room in one answer of the membership service.

use std::sync::Arc;
use std::time::Duration;

use http_client::{Client, StatusCode};
use identity::ServiceAccount;
use serde::Deserialize;
use signal_protocol::{Role, RoomId, Tenant, UserId};

use super::Unanswered;
use super::address::Template;
use crate::HttpSourceSettings;
use crate::membership::rolls::Rolls;
use crate::membership::source::Roll;

/// What a 200 must say.
#[derive(Deserialize)]
struct MembersAnswer {
    members: Vec<Entry>,
}

#[derive(Deserialize)]
struct Entry {
    user_id: String,
    role: String,
}

/// Asks who all belongs to a room, and remembers it as long as a "yes" about one person.
pub(super) struct Listing {
    asking: Arc<Asking>,
    remembered: Rolls,
}

struct Asking {
    client: Client,
    template: Template,
}

impl Listing {
    /// The listing, if the settings have an address for it.
    pub(super) fn configured(client: Client, settings: &HttpSourceSettings) -> Option<Self> {
        let template = Template(settings.members_url.clone()?);
        // The bound is one of answers, so each person listed counts.
        let remembered =
            Rolls::new(settings.remember_entries, Duration::from_secs(settings.remember_seconds));
        Some(Self { asking: Arc::new(Asking { client, template }), remembered })
    }

    /// Everybody who belongs to `room`, or nothing if that is not known; the cause is in the log then.
    pub(super) async fn roll(
        &self,
        account: &ServiceAccount,
        tenant: &Tenant,
        room: &RoomId,
    ) -> Option<Arc<Roll>> {
        let (asking, account) = (Arc::clone(&self.asking), account.clone());
        let question = (tenant.clone(), room.clone());
        let listing = async move { asking.ask(&account, &question.0, &question.1).await };
        self.remembered.roll(tenant, room, listing).await
    }
}

impl Asking {
    async fn ask(
        &self,
        account: &ServiceAccount,
        tenant: &Tenant,
        room: &RoomId,
    ) -> Result<Roll, Unanswered> {
        let url = self.template.of_room(room)?;
        let token = account.token(tenant).await?;
        let response = self.client.get(url).bearer(token.as_str()).send().await?;
        match response.status {
            StatusCode::OK => Ok(read(serde_json::from_slice(&response.body)?)),
            StatusCode::NOT_FOUND => Ok(Roll::default()),
            other => {
                if other == StatusCode::UNAUTHORIZED {
                    account.refused(tenant, &token);
                }
                Err(Unanswered::Status(other))
            }
        }
    }
}

/// An unknown role makes one person unknown and not the whole room, as it does where people are asked about one by
/// one. An id that no user can have is nobody whom anybody asks about.
fn read(answer: MembersAnswer) -> Roll {
    let mut roll = Roll::default();
    for Entry { user_id, role } in answer.members {
        let Ok(user) = UserId::parse(&user_id) else { continue };
        let of_this_kind = if role.parse::<Role>().is_ok() { &mut roll.members } else { &mut roll.unknown };
        of_this_kind.insert(user);
    }
    roll
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_unknown_role_makes_one_person_unknown() {
        let answer = json!({ "members": [
            { "user_id": "ann", "role": "viewer", "since": 2019 },
            { "user_id": "bob", "role": "janitor" },
            { "user_id": "no/user", "role": "viewer" },
        ] });
        let roll = read(serde_json::from_value(answer).unwrap());
        let only = |name| [UserId::parse(name).unwrap()].into();
        assert_eq!(roll, Roll { members: only("ann"), unknown: only("bob") });
    }
}
