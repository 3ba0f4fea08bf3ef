//! Members of a room as Keycloak's groups have them, for people whose tokens are not at hand.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use http_client::Client;
use identity::ServiceAccount;
use signal_protocol::{Role, RoomId, Tenant, UserId};
use tokio::time::timeout;

use super::admin_api::{AdminApi, Unlisted};
use crate::TokenClaimsSettings;
use crate::membership::rolls::Rolls;
use crate::membership::source::{AT_ONCE, Roll};

/// How long one listing may take, all its requests together. Whoever has less time leaves it to go on.
const LISTING_BOUND: Duration = Duration::from_secs(10);

/// How many people are remembered at most, over all rooms: some 20 MB.
const REMEMBERED_PEOPLE: u64 = 200_000;

/// Lists the group of a room and its subgroups that are named after roles, with our service account.
pub(in crate::membership) struct Groups {
    directory: Arc<Directory>,
    remembered: Rolls,
}

struct Directory {
    client: Client,
    account: ServiceAccount,
    template: String,
}

impl Groups {
    pub(in crate::membership) fn new(
        client: Client,
        settings: &TokenClaimsSettings,
        account: ServiceAccount,
    ) -> Self {
        let directory = Arc::new(Directory { client, account, template: settings.template.clone() });
        let remembered = Rolls::new(REMEMBERED_PEOPLE, Duration::from_secs(settings.remember_seconds));
        Self { directory, remembered }
    }

    /// Everybody who belongs to `room`, or nothing if that is not known; the cause is in the log then.
    pub(super) async fn roll(&self, tenant: &Tenant, room: &RoomId) -> Option<Arc<Roll>> {
        let directory = Arc::clone(&self.directory);
        let question = (tenant.clone(), room.clone());
        let listing = async move {
            let list = directory.list(&question.0, &question.1);
            timeout(LISTING_BOUND, list).await.unwrap_or(Err(Unlisted::Overdue))
        };
        self.remembered.roll(tenant, room, listing).await
    }
}

impl Directory {
    async fn list(&self, tenant: &Tenant, room: &RoomId) -> Result<Roll, Unlisted> {
        let base = self.account.admin_url(tenant).ok_or(Unlisted::NoAdminApi)?;
        let token = self.account.token(tenant).await?;
        let api = AdminApi { client: &self.client, base, token: token.as_str() };
        let listed = members(&api, &self.template.replace("{room_id}", room.as_str())).await;
        if listed.as_ref().is_err_and(Unlisted::is_of_token) {
            self.account.refused(tenant, &token);
        }
        Ok(Roll { members: listed?, unknown: BTreeSet::new() })
    }
}

/// Everybody in the group at `path` or in a subgroup of it that is named after a role. A subgroup by any other name
/// counts for nothing, as in tokens.
async fn members(api: &AdminApi<'_>, path: &str) -> Result<BTreeSet<UserId>, Unlisted> {
    let Some(room) = api.group_at(path).await? else { return Ok(BTreeSet::new()) };
    let mut groups = vec![room.id.clone()];
    if room.sub_group_count != Some(0) {
        let subgroups = api.subgroups(&room.id).await?;
        let of_roles = subgroups.into_iter().filter(|group| group.name.parse::<Role>().is_ok());
        groups.extend(of_roles.map(|group| group.id));
    }
    let listings: Vec<_> = groups.iter().map(|group| api.members_of(group)).collect();
    let people: Vec<_> = stream::iter(listings).buffer_unordered(AT_ONCE).try_collect().await?;
    // An id that no user can have is nobody whom anybody asks about.
    Ok(people.into_iter().flatten().filter_map(|person| UserId::parse(&person.id).ok()).collect())
}
