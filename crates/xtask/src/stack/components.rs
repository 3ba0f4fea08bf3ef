//! The product with everything around it that tests change: a second issuer, a membership service, an OTLP receiver.

mod surroundings;

use std::collections::BTreeMap;

use anyhow::Result;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use testkit::{Issuer, MembershipService, OtlpReceiver};

use super::product::{AUDIENCE, CLIENT, Product};

/// A realm with the same users as ours that the service does not trust.
const FOREIGN_REALM: &str = "foreign";

/// Everything that runs. All of it ends with it.
pub(super) struct Components {
    pub(super) product: Product,
    pub(super) issuer: Issuer,
    pub(super) membership: MembershipService,
    pub(super) otlp: OtlpReceiver,
    /// How many of the requests to the membership service were told already.
    pub(super) membership_told: usize,
}

/// What can be stopped and started by itself.
#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Component {
    Livekit,
    Keycloak,
    Redis,
    Coturn,
    Gateway,
    CallState,
    Service,
    Membership,
    Issuer,
    Otlp,
}

impl Components {
    /// Starts what the product needs to know of, then the product.
    pub(super) async fn start() -> Result<Self> {
        let issuer = Issuer::start().await?;
        let membership = MembershipService::start().await?;
        let otlp = OtlpReceiver::start().await?;
        let product = Product::start(surroundings::plan(&issuer, &membership, &otlp)).await?;
        product.keycloak.create_realm(FOREIGN_REALM).await?;
        Ok(Self { product, issuer, membership, otlp, membership_told: 0 })
    }

    /// The line that says where everything is.
    pub(super) fn addresses(&self) -> Value {
        let realm = |issuer: String| {
            let token_endpoint = format!("{issuer}/protocol/openid-connect/token");
            (issuer, token_endpoint)
        };
        let (issuer, token_endpoint) = realm(self.product.keycloak.issuer());
        let (foreign_issuer, foreign_token_endpoint) = realm(self.product.keycloak.issuer_of(FOREIGN_REALM));
        json!({
            "ready": true,
            "gateway": { "url": self.product.gateway.url() },
            "service": {
                "url": format!("http://{}", self.product.service.address()),
                "management_url": self.product.service.management_url(),
            },
            "call_state": {
                "url": format!("http://{}", self.product.call_state.address()),
                "management_url": self.product.call_state.management_url(),
            },
            "redis": { "url": self.product.redis.url },
            "coturn": { "stun_url": self.product.coturn.stun_url(), "urls": self.product.coturn.urls() },
            "livekit": {
                "url": self.product.livekit.url,
                "public_url": self.product.livekit_public_url,
                "api_key": self.product.livekit.api_key,
                "api_secret": self.product.livekit.api_secret,
            },
            "keycloak": {
                "url": self.product.keycloak.base_url,
                "realm": "realtime",
                "client": CLIENT,
                "issuer": issuer,
                "token_endpoint": token_endpoint,
                "administrator": {
                    "username": self.product.keycloak.admin_username,
                    "password": self.product.keycloak.admin_password,
                },
            },
            "foreign": {
                "realm": FOREIGN_REALM,
                "client": CLIENT,
                "user": "alice",
                "password": "alice",
                "issuer": foreign_issuer,
                "token_endpoint": foreign_token_endpoint,
            },
            "issuer": {
                "tenant": surroundings::SECOND_TENANT,
                "issuer": self.issuer.url(),
                "audience": AUDIENCE,
            },
            "membership": { "url": surroundings::origin(&self.membership.template()) },
            "otlp": { "url": self.otlp.endpoint() },
        })
    }

    /// A token of the second issuer: a good one of `alice`, with these claims over it; `null` removes one.
    pub(super) fn sign(&self, over: Map<String, Value>) -> String {
        let mut claims = surroundings::good_claims(&self.issuer);
        for (name, value) in over {
            if value.is_null() {
                claims.remove(&name);
            } else {
                claims.insert(name, value);
            }
        }
        self.issuer.sign(&Value::Object(claims))
    }

    pub(super) async fn stop_one(&mut self, what: Component) -> Result<()> {
        match what {
            Component::Livekit => self.product.livekit.stop().await,
            Component::Keycloak => self.product.keycloak.stop().await,
            Component::Redis => self.product.redis.stop().await,
            Component::Coturn => self.product.coturn.stop().await,
            Component::Gateway => self.product.gateway.stop().await,
            Component::CallState => self.product.call_state.stop().await,
            Component::Service => self.product.service.stop().await,
            Component::Membership => self.membership.down().await,
            Component::Issuer => self.issuer.down().await,
            Component::Otlp => self.otlp.down().await,
        }
        Ok(())
    }

    pub(super) async fn start_one(&mut self, what: Component) -> Result<()> {
        match what {
            Component::Livekit => self.product.restore_livekit().await?,
            Component::Keycloak => self.product.keycloak.start_again().await?,
            Component::Redis => self.product.restore_redis().await?,
            Component::Coturn => self.product.coturn.start_again().await?,
            Component::Gateway => self.product.gateway.start_again().await?,
            Component::CallState => drop(self.product.call_state.restart(BTreeMap::new()).await?),
            Component::Service => drop(self.product.service.restart(BTreeMap::new()).await?),
            Component::Membership => self.membership.up().await?,
            Component::Issuer => self.issuer.up().await?,
            Component::Otlp => self.otlp.up().await?,
        }
        Ok(())
    }

    /// Ends everything in an orderly way.
    pub(super) async fn stop(self) {
        self.product.stop().await;
    }
}
