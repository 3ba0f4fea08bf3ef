//! One server for a whole test run.

use tokio::sync::OnceCell;

use super::Keycloak;
use crate::{Failure, environment};

const URL: &str = "TESTKIT_KEYCLOAK_URL";
const ADMIN: &str = "TESTKIT_KEYCLOAK_ADMIN";
const ADMIN_PASSWORD: &str = "TESTKIT_KEYCLOAK_ADMIN_PASSWORD";

/// Never dropped; the server ends with this process all the same.
static SHARED: OnceCell<Keycloak> = OnceCell::const_new();

pub(super) async fn get() -> Result<&'static Keycloak, Failure> {
    SHARED.get_or_try_init(given_or_started).await
}

pub(super) fn environment(server: &Keycloak) -> [(&'static str, String); 3] {
    [
        (URL, server.base_url.clone()),
        (ADMIN, server.admin_username.clone()),
        (ADMIN_PASSWORD, server.admin_password.clone()),
    ]
}

async fn given_or_started() -> Result<Keycloak, Failure> {
    let Some(url) = environment::text(URL) else { return Keycloak::start().await };
    let required = |name: &str| {
        environment::text(name)
            .ok_or_else(|| Failure::new(format!("{URL} is set, so {name} must be set too")))
    };
    Ok(Keycloak {
        base_url: url.trim_end_matches('/').to_owned(),
        admin_username: required(ADMIN)?,
        admin_password: required(ADMIN_PASSWORD)?,
        home: None,
    })
}
