//! The realm file, as far as it is needed here.

use std::collections::BTreeMap;

use serde::Deserialize;

/// The realm that Keycloak imports in every environment but this one.
const REALM_FILE: &str = include_str!("../../../../deploy/keycloak/realtime-realm.json");

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct RealmFile {
    pub(super) realm: String,
    pub(super) access_token_lifespan: u32,
    pub(super) users: Vec<User>,
    pub(super) clients: Vec<Client>,
    pub(super) groups: Vec<GroupEntry>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct User {
    pub(super) id: String,
    pub(super) username: String,
    #[serde(default)]
    pub(super) first_name: String,
    #[serde(default)]
    pub(super) last_name: String,
    #[serde(default)]
    pub(super) credentials: Vec<Credential>,
    #[serde(default)]
    pub(super) realm_roles: Vec<String>,
    #[serde(default)]
    pub(super) groups: Vec<String>,
    pub(super) service_account_client_id: Option<String>,
    #[serde(default)]
    pub(super) client_roles: BTreeMap<String, Vec<String>>,
}

#[derive(Deserialize)]
pub(super) struct Credential {
    pub(super) value: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Client {
    pub(super) client_id: String,
    pub(super) secret: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct GroupEntry {
    pub(super) id: String,
    pub(super) name: String,
    #[serde(default)]
    pub(super) sub_groups: Vec<GroupEntry>,
}

impl RealmFile {
    pub(super) fn read() -> Result<Self, serde_json::Error> {
        serde_json::from_str(REALM_FILE)
    }
}
