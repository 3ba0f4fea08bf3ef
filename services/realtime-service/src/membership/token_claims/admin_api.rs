//! The few questions that are put to Keycloak's admin API, which wants the roles `view-users` and `query-groups`.

use http_client::{Client, Response, StatusCode};
use identity::ServiceAccountFailure;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use url::Url;

/// How many entries are asked for at a time.
const PAGE: usize = 500;
/// How many pages of one list are read at most: ten thousand entries.
const PAGES: usize = 20;
/// What Keycloak calls a group that is not there. Any other 404 is one of something else, such as a proxy that keeps
/// the admin API to itself, and says nothing about groups.
const NO_SUCH_GROUP: &str = "Group path does not exist";

/// Why a room's members could not be listed. Never remembered.
#[derive(Debug, thiserror::Error)]
pub(super) enum Unlisted {
    #[error("Keycloak's admin API cannot be asked")]
    Failed(#[from] http_client::Failure),
    #[error("Keycloak's admin API answered {0}")]
    Status(StatusCode),
    #[error("the issuer of the tenant is no realm of Keycloak, so it has no admin API")]
    NoAdminApi,
    #[error("there is no token of the service account to ask with")]
    Token(#[from] ServiceAccountFailure),
    #[error("a list is longer than {} entries", PAGE * PAGES)]
    TooMany,
    #[error("the listing takes too long")]
    Overdue,
}

impl Unlisted {
    /// Whether the token was not accepted.
    pub(super) fn is_of_token(&self) -> bool {
        matches!(self, Self::Status(StatusCode::UNAUTHORIZED))
    }
}

/// The admin API of one realm.
pub(super) struct AdminApi<'a> {
    pub(super) client: &'a Client,
    /// `…/admin/realms/<realm>`.
    pub(super) base: Url,
    pub(super) token: &'a str,
}

/// A group, as far as it matters here.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Group {
    pub(super) id: String,
    pub(super) name: String,
    path: String,
    /// Keycloak before 23 did not tell.
    pub(super) sub_group_count: Option<u64>,
}

/// A member of a group. Everything else that Keycloak tells about people is not read.
#[derive(Deserialize)]
pub(super) struct Person {
    pub(super) id: String,
}

#[derive(Deserialize)]
struct Absence {
    error: String,
}

impl AdminApi<'_> {
    /// The group with this path, if there is one.
    pub(super) async fn group_at(&self, path: &str) -> Result<Option<Group>, Unlisted> {
        let path = path.trim_start_matches('/');
        let answer = self.get(self.address(&["group-by-path"], path)).await?;
        match answer.status {
            StatusCode::OK => {
                let group: Group = answer.json()?;
                // A database that compares names without regard to case would find another group.
                Ok(Some(group).filter(|group| group.path.strip_prefix('/') == Some(path)))
            }
            StatusCode::NOT_FOUND if says_no_such_group(&answer) => Ok(None),
            other => Err(Unlisted::Status(other)),
        }
    }

    /// The groups right below a group.
    pub(super) async fn subgroups(&self, group: &str) -> Result<Vec<Group>, Unlisted> {
        self.list(&self.address(&["groups", group, "children"], "")).await
    }

    /// The people right in a group; those of its subgroups are not among them.
    pub(super) async fn members_of(&self, group: &str) -> Result<Vec<Person>, Unlisted> {
        self.list(&self.address(&["groups", group, "members"], "")).await
    }

    /// All pages of a list.
    async fn list<T: DeserializeOwned>(&self, address: &Url) -> Result<Vec<T>, Unlisted> {
        let mut all = Vec::new();
        for page in 0..PAGES {
            let mut address = address.clone();
            address
                .query_pairs_mut()
                .append_pair("briefRepresentation", "true")
                .append_pair("first", &(page * PAGE).to_string())
                .append_pair("max", &PAGE.to_string());
            let answer = self.get(address).await?;
            if answer.status != StatusCode::OK {
                return Err(Unlisted::Status(answer.status));
            }
            let entries: Vec<T> = answer.json()?;
            let is_last = entries.len() < PAGE;
            all.extend(entries);
            if is_last {
                return Ok(all);
            }
        }
        Err(Unlisted::TooMany)
    }

    async fn get(&self, address: Url) -> Result<Response, http_client::Failure> {
        self.client.get(address).bearer(self.token).send().await
    }

    /// The base with `segments` appended, and then those of `path`.
    fn address(&self, segments: &[&str], path: &str) -> Url {
        let mut address = self.base.clone();
        if let Ok(mut below) = address.path_segments_mut() {
            below.extend(segments).extend(path.split('/').filter(|segment| !segment.is_empty()));
        }
        address
    }
}

fn says_no_such_group(answer: &Response) -> bool {
    answer.json::<Absence>().is_ok_and(|absence| absence.error == NO_SUCH_GROUP)
}
