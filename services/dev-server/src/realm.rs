//! The demo realm, read from the very file that Keycloak imports, so that both know the same people and rooms.

mod file;
mod groups;

use identity::development_issuer::{ClientCredentials, Profile, ServiceProfile};

pub(crate) use groups::Group;

use file::{Client, RealmFile, User};

/// Somebody who can log in.
#[derive(Debug, Clone)]
pub(crate) struct Person {
    pub(crate) profile: Profile,
    pub(crate) password: String,
}

/// A client that can get tokens for itself.
#[derive(Debug, Clone)]
pub(crate) struct Service {
    pub(crate) profile: ServiceProfile,
    pub(crate) secret: String,
}

/// The demo realm.
#[derive(Debug, Clone)]
pub(crate) struct Realm {
    pub(crate) name: String,
    pub(crate) people: Vec<Person>,
    pub(crate) services: Vec<Service>,
    pub(crate) groups: Vec<Group>,
    pub(crate) token_seconds: u32,
}

impl Realm {
    /// The realm of the repository.
    pub(crate) fn demo() -> Result<Self, serde_json::Error> {
        let file = RealmFile::read()?;
        let services = file.clients.iter().filter_map(|client| Service::of(client, &file.users)).collect();
        Ok(Self {
            name: file.realm,
            people: file.users.into_iter().filter_map(Person::of).collect(),
            services,
            groups: groups::flat(file.groups),
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

    /// Which service says who it is with these.
    pub(crate) fn service(&self, given: &ClientCredentials) -> Option<&ServiceProfile> {
        self.services
            .iter()
            .find(|service| {
                service.profile.client_id == given.client_id && service.secret == given.client_secret
            })
            .map(|service| &service.profile)
    }

    /// The people right in a group.
    pub(crate) fn members_of<'realm>(
        &'realm self,
        group: &'realm Group,
    ) -> impl Iterator<Item = &'realm Profile> {
        let profiles = self.people.iter().map(|person| &person.profile);
        profiles.filter(|profile| profile.groups.contains(&group.path))
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

impl Service {
    /// A client with a service account and a secret.
    fn of(client: &Client, users: &[User]) -> Option<Self> {
        let user =
            users.iter().find(|user| user.service_account_client_id.as_ref() == Some(&client.client_id))?;
        let profile = ServiceProfile {
            user_id: user.id.clone(),
            client_id: client.client_id.clone(),
            client_roles: user.client_roles.clone(),
        };
        client.secret.clone().map(|secret| Self { profile, secret })
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

    #[test]
    fn our_service_says_who_it_is_with_its_secret() {
        let realm = Realm::demo().unwrap();
        let [service] = realm.services.as_slice() else { panic!("{:?}", realm.services) };
        assert_eq!(service.profile.client_id, "realtime-service");
        assert_eq!(service.profile.client_roles["realtime"], ["act-on-calls"]);
        let given = |client_id: &str, client_secret: &str| ClientCredentials {
            client_id: client_id.to_owned(),
            client_secret: client_secret.to_owned(),
        };
        assert!(realm.service(&given("realtime-service", &service.secret)).is_some());
        for (id, secret) in [("realtime-service", ""), ("web", ""), ("web", service.secret.as_str())] {
            assert!(realm.service(&given(id, secret)).is_none(), "{id}");
        }
    }

    #[test]
    fn groups_have_the_members_that_the_people_say() {
        let realm = Realm::demo().unwrap();
        let members = |path: &str| {
            let group = realm.groups.iter().find(|group| group.path == path).unwrap();
            realm.members_of(group).map(|profile| profile.username.as_str()).collect::<Vec<_>>()
        };
        assert_eq!(members("/rooms/standup/viewer"), ["carol", "frank"]);
        assert_eq!(members("/rooms/retro"), ["alice"]);
        assert!(members("/rooms/standup").is_empty());
    }
}
