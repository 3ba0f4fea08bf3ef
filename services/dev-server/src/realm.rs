//! The demo realm, read from the very file that Keycloak imports, so that both know the same people and rooms.

use identity::development_issuer::Profile;
use serde::Deserialize;

/// The realm that Keycloak imports in every environment but this one.
const REALM_FILE: &str = include_str!("../../../deploy/keycloak/realtime-realm.json");

/// Somebody who can log in.
#[derive(Debug, Clone)]
pub(crate) struct Person {
    pub(crate) profile: Profile,
    pub(crate) password: String,
}

/// The demo realm.
#[derive(Debug, Clone)]
pub(crate) struct Realm {
    pub(crate) name: String,
    pub(crate) people: Vec<Person>,
    pub(crate) token_seconds: u32,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RealmFile {
    realm: String,
    access_token_lifespan: u32,
    users: Vec<User>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct User {
    id: String,
    username: String,
    #[serde(default)]
    first_name: String,
    #[serde(default)]
    last_name: String,
    #[serde(default)]
    credentials: Vec<Credential>,
    #[serde(default)]
    realm_roles: Vec<String>,
    #[serde(default)]
    groups: Vec<String>,
}

#[derive(Deserialize)]
struct Credential {
    value: String,
}

impl Realm {
    /// The realm of the repository.
    pub(crate) fn demo() -> Result<Self, serde_json::Error> {
        let file: RealmFile = serde_json::from_str(REALM_FILE)?;
        Ok(Self {
            name: file.realm,
            people: file.users.into_iter().filter_map(Person::of).collect(),
            token_seconds: file.access_token_lifespan,
        })
    }

    /// Who logs in with this name and password.
    pub(crate) fn log_in(&self, username: &str, password: &str) -> Option<&Profile> {
        self.people
            .iter()
            .find(|person| person.profile.username == username && person.password == password)
            .map(|person| &person.profile)
    }
}

impl Person {
    /// A user without a password is a service account and cannot log in.
    fn of(user: User) -> Option<Self> {
        let password = user.credentials.into_iter().next()?.value;
        let profile = Profile {
            user_id: user.id,
            name: format!("{} {}", user.first_name, user.last_name).trim().to_owned(),
            username: user.username,
            groups: user.groups,
            realm_roles: user.realm_roles,
        };
        Some(Self { profile, password })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everybody_of_the_demo_realm_can_log_in_with_their_name() {
        let realm = Realm::demo().unwrap();
        for name in ["alice", "bob", "carol", "dave", "erin", "frank"] {
            assert!(realm.log_in(name, name).is_some(), "{name}");
        }
        assert!(realm.log_in("alice", "bob").is_none());
        assert!(realm.log_in("service-account-realtime-service", "").is_none());
    }
}
