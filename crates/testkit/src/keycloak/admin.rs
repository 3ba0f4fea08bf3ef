//! What tests change through Keycloak's admin API.

use reqwest::{Method, Response};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Keycloak, REALM, distribution};
use crate::{Failure, http_client};

const KEY_PROVIDER: &str = "org.keycloak.keys.KeyProvider";

/// A generated RSA key for signatures. Keycloak signs with the active key of the highest priority.
const SIGNING_KEY: &str = "rsa-generated";

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct KeyComponent {
    id: String,
    provider_id: String,
    parent_id: String,
    #[serde(default)]
    config: Value,
}

impl KeyComponent {
    /// Absent means zero, as in Keycloak.
    fn priority(&self) -> i64 {
        self.config["priority"][0].as_str().and_then(|priority| priority.parse().ok()).unwrap_or_default()
    }
}

impl Keycloak {
    /// Adds a signing key to the realm `realtime`, which signs from now on. Tokens of the older ones stay good.
    ///
    /// # Errors
    /// Keycloak refuses or does not answer.
    pub async fn rotate_keys(&self) -> Result<(), Failure> {
        let keys = self.signing_keys().await?;
        let highest = keys.iter().map(KeyComponent::priority).max().unwrap_or_default();
        let Some(realm) = keys.first().map(|key| &key.parent_id) else {
            return Err(Failure::new("the realm has no generated signing key to rotate"));
        };
        let key = json!({
            "name": format!("{SIGNING_KEY}-{}", highest + 1),
            "parentId": realm,
            "providerId": SIGNING_KEY,
            "providerType": KEY_PROVIDER,
            "config": {
                "priority": [(highest + 1).to_string()],
                "enabled": ["true"],
                "active": ["true"],
                "keySize": ["2048"],
                "algorithm": ["RS256"],
            },
        });
        self.administer(Method::POST, &format!("/{REALM}/components"), Some(&key)).await.map(drop)
    }

    /// Removes all signing keys of the realm `realtime` but the one that signs: tokens of the others are bad from now on.
    ///
    /// # Errors
    /// Keycloak refuses or does not answer.
    pub async fn remove_old_keys(&self) -> Result<(), Failure> {
        let mut keys = self.signing_keys().await?;
        keys.sort_by_key(KeyComponent::priority);
        keys.pop();
        for key in keys {
            self.administer(Method::DELETE, &format!("/{REALM}/components/{}", key.id), None).await?;
        }
        Ok(())
    }

    /// Makes another realm with the same client and users as `realtime`, but keys and user ids of its own.
    ///
    /// # Errors
    /// There is a realm of this name, or Keycloak refuses or does not answer.
    pub async fn create_realm(&self, name: &str) -> Result<(), Failure> {
        self.create_realm_with(name, |_| {}).await
    }

    /// The same with something else in the realm file, such as more people and groups.
    ///
    /// # Errors
    /// As [`Self::create_realm`].
    pub async fn create_realm_with(
        &self,
        name: &str,
        change: impl FnOnce(&mut Value),
    ) -> Result<(), Failure> {
        let mut realm = distribution::realm()?;
        remove_ids(&mut realm);
        realm["realm"] = json!(name);
        change(&mut realm);
        self.administer(Method::POST, "", Some(&realm)).await.map(drop)
    }

    /// Removes a realm made by [`Self::create_realm`].
    ///
    /// # Errors
    /// Keycloak refuses or does not answer.
    pub async fn remove_realm(&self, name: &str) -> Result<(), Failure> {
        self.administer(Method::DELETE, &format!("/{name}"), None).await.map(drop)
    }

    async fn signing_keys(&self) -> Result<Vec<KeyComponent>, Failure> {
        let answer =
            self.administer(Method::GET, &format!("/{REALM}/components?type={KEY_PROVIDER}"), None).await?;
        let mut keys: Vec<KeyComponent> = answer
            .json()
            .await
            .map_err(|error| Failure::because("cannot read Keycloak's key providers", error))?;
        keys.retain(|key| key.provider_id == SIGNING_KEY);
        Ok(keys)
    }

    /// One request to the admin API, below `/admin/realms`.
    pub(super) async fn administer(
        &self,
        method: Method,
        path: &str,
        body: Option<&Value>,
    ) -> Result<Response, Failure> {
        let what = format!("{method} Keycloak's /admin/realms{path}");
        let url = format!("{}/admin/realms{path}", self.base_url);
        let request = http_client::client().request(method, url).bearer_auth(self.admin().await?);
        let request = if let Some(body) = body { request.json(body) } else { request };
        http_client::send(&what, request).await
    }
}

/// Ids are unique in the whole server, so a second realm cannot have those of the first.
fn remove_ids(value: &mut Value) {
    match value {
        Value::Object(members) => {
            members.remove("id");
            members.values_mut().for_each(remove_ids);
        }
        Value::Array(items) => items.iter_mut().for_each(remove_ids),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}
