//! What Keycloak's admin API says of somebody, which wants the role `view-users`.

use std::error::Error;

use http_client::{Client, Failure, Response, StatusCode};
use identity::{ServiceAccount, ServiceAccountFailure};
use serde::Deserialize;
use signal_protocol::{Tenant, UserId};

/// What Keycloak calls somebody who is not there. Any other 404 is one of something else, such as a proxy that keeps the
/// admin API to itself, and says nothing about people.
const NO_SUCH_USER: &str = "User not found";

/// Asks about the people of one tenant.
#[derive(Clone)]
pub(super) struct Directory {
    client: Client,
    account: ServiceAccount,
}

/// Whether somebody may log in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Standing {
    /// They may.
    Enabled,
    /// They are known, and may not.
    Disabled,
    /// There is nobody of this id.
    Gone,
    /// It could not be found out.
    Unknown,
}

/// Why it could not be found out.
#[derive(Debug, thiserror::Error)]
enum Unanswered {
    #[error("Keycloak's admin API cannot be asked")]
    Failed(#[from] Failure),
    #[error("Keycloak's admin API answered {0}")]
    Status(StatusCode),
    #[error("the issuer of the tenant is no realm of Keycloak, so it has no admin API")]
    NoAdminApi,
    #[error("there is no token of the service account to ask with")]
    Token(#[from] ServiceAccountFailure),
}

/// Everything else that Keycloak tells about people is not read.
#[derive(Deserialize)]
struct Person {
    enabled: bool,
}

#[derive(Deserialize)]
struct Absence {
    error: String,
}

impl Standing {
    /// Its word in the log and in metrics.
    pub(super) const fn word(self) -> &'static str {
        match self {
            Self::Enabled => "enabled",
            Self::Disabled => "disabled",
            Self::Gone => "gone",
            Self::Unknown => "unknown",
        }
    }
}

impl Directory {
    pub(super) fn new(client: Client, account: ServiceAccount, tenant: &Tenant) -> Self {
        if account.admin_url(tenant).is_none() {
            tracing::warn!(tenant.id = %tenant, "sweep.impossible");
        }
        Self { client, account }
    }

    /// Whether `user` may log in; why it is unknown is in the log.
    pub(super) async fn standing(&self, tenant: &Tenant, user: &UserId) -> Standing {
        self.ask(tenant, user).await.unwrap_or_else(|error| {
            let error = &error as &dyn Error;
            tracing::debug!(tenant.id = %tenant, user.id = %user, error, "sweep.unanswered");
            Standing::Unknown
        })
    }

    async fn ask(&self, tenant: &Tenant, user: &UserId) -> Result<Standing, Unanswered> {
        let mut address = self.account.admin_url(tenant).ok_or(Unanswered::NoAdminApi)?;
        if let Ok(mut below) = address.path_segments_mut() {
            below.extend(["users", user.as_str()]);
        }
        let token = self.account.token(tenant).await?;
        let answer = self.client.get(address).bearer(token.as_str()).send().await?;
        match answer.status {
            StatusCode::OK if answer.json::<Person>()?.enabled => Ok(Standing::Enabled),
            StatusCode::OK => Ok(Standing::Disabled),
            StatusCode::NOT_FOUND if says_nobody(&answer) => Ok(Standing::Gone),
            other => {
                if other == StatusCode::UNAUTHORIZED {
                    self.account.refused(tenant, &token);
                }
                Err(Unanswered::Status(other))
            }
        }
    }
}

fn says_nobody(answer: &Response) -> bool {
    answer.json::<Absence>().is_ok_and(|absence| absence.error == NO_SUCH_USER)
}
