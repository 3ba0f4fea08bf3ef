//! The sources of some settings, and people to ask them about.

use clock::Clock;
use identity::{IdentitySettings, IssuerSettings, ServiceAccount, ServiceAccountSettings};
use prometheus_client::registry::Registry;
use serde_json::{Value, json};
use settings::Environment;
use signal_protocol::{RoomId, Tenant, UserId};
use testkit::{Issuer, MembershipService};

use crate::membership::{Membership, MembershipRefused};
use crate::metrics::ServiceMetrics;

/// An issuer, a service of the application, and the sources that are asked.
pub(super) struct World {
    pub(super) issuer: Issuer,
    pub(super) service: MembershipService,
    pub(super) membership: Membership,
}

/// Our account at `issuer`.
pub(super) fn account(issuer: &str, client_id: &str, client_secret: &str) -> ServiceAccount {
    let settings = IdentitySettings {
        issuers: vec![IssuerSettings::from(issuer)],
        service_account: Some(ServiceAccountSettings {
            client_id: client_id.to_owned(),
            client_secret: client_secret.to_owned().into(),
        }),
        jwks_timeout_ms: 10_000,
        ..IdentitySettings::default()
    };
    ServiceAccount::new(&settings, Environment::Development, &Clock::system()).unwrap().unwrap()
}

/// The sources that `settings` name.
pub(super) fn membership(settings: &Value, account: Option<&ServiceAccount>) -> Membership {
    let settings = serde_json::from_value(settings.clone()).unwrap();
    Membership::start(&settings, account, None, ServiceMetrics::new(&mut Registry::default())).unwrap()
}

impl World {
    /// The application alone is asked, with `changes` to how.
    pub(super) async fn with(changes: &Value) -> Self {
        Self::with_sources(&["http"], changes).await
    }

    pub(super) async fn with_sources(sources: &[&str], changes: &Value) -> Self {
        let (issuer, service) = (Issuer::start().await.unwrap(), MembershipService::start().await.unwrap());
        let mut http = json!({ "url": service.template(), "members_url": service.members_template() });
        http.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
        let settings = json!({ "sources": sources, "http": http });
        let (id, secret) = issuer.service_client();
        let account = account(&issuer.url(), id, secret);
        let membership = membership(&settings, Some(&account));
        Self { issuer, service, membership }
    }

    pub(super) async fn strangers(&self, room: &str, users: &[&str]) -> Option<Vec<String>> {
        strangers(&self.membership, "realtime", room, users).await
    }
}

/// Who of `users` is no member of `room`; `None` if that is not known.
pub(super) async fn strangers(
    membership: &Membership,
    tenant: &str,
    room: &str,
    users: &[&str],
) -> Option<Vec<String>> {
    let (tenant, room) = (Tenant::parse(tenant).unwrap(), RoomId::parse(room).unwrap());
    let users: Vec<UserId> = users.iter().map(|user| UserId::parse(user).unwrap()).collect();
    match membership.all_members(&tenant, &room, &users).await {
        Ok(strangers) => Some(strangers.iter().map(|user| user.as_str().to_owned()).collect()),
        Err(MembershipRefused::Unknown) => None,
        Err(MembershipRefused::NotMember) => panic!("it is not asked about the caller"),
    }
}

/// What [`strangers`] says where these are.
#[expect(clippy::unnecessary_wraps, reason = "compared with what says that it does not know")]
pub(super) fn only(users: &[&str]) -> Option<Vec<String>> {
    Some(users.iter().map(|&user| user.to_owned()).collect())
}
