//! Everything that a stack consists of.

mod settings;

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr};

use anyhow::Result;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use testkit::{Caddy, Issuer, Keycloak, LiveKit, MembershipService, OtlpReceiver, Process, ports};

use super::service::Service;
use crate::binaries;
use crate::progress::Progress;
use crate::setup::{self, Purpose};

/// A realm with the same users as ours that the service does not trust.
const FOREIGN_REALM: &str = "foreign";

/// What differs between a stack for tests and one for a developer.
pub(crate) struct Plan {
    /// The port that the gateway listens at; any free one if not given.
    pub(crate) gateway_port: Option<u16>,
    /// Whether LiveKit is to be found where people look for it, and limits are those of production.
    pub(crate) for_people: bool,
}

/// The running components. All end with it.
pub(crate) struct Components {
    pub(crate) keycloak: Keycloak,
    pub(crate) livekit: LiveKit,
    pub(crate) gateway: Caddy,
    pub(crate) service: Service,
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
    Gateway,
    Service,
    Membership,
    Issuer,
    Otlp,
}

impl Plan {
    pub(crate) fn for_tests() -> Self {
        Self { gateway_port: None, for_people: false }
    }
}

impl Components {
    /// Starts them all; what does not need another starts at the same time.
    pub(crate) async fn start(plan: Plan) -> Result<Self> {
        setup::provide(Purpose::Full.components()).await?;
        eprintln!("realtime-service: building");
        let program = binaries::build("realtime-service").await?;
        let progress = Progress::start();
        let (keycloak, livekit, issuer, membership, otlp) = tokio::try_join!(
            start_keycloak(&progress),
            start_livekit(&progress, plan.for_people),
            async { Ok(Issuer::start().await?) },
            async { Ok(MembershipService::start().await?) },
            async { Ok(OtlpReceiver::start().await?) },
        )?;
        let usual = settings::usual(&plan, &keycloak, &livekit, &issuer, &membership, &otlp);
        let mut service = Service::new(program, usual)?;
        let step = progress.step("realtime-service", "starting");
        let ready = service.restart(BTreeMap::new()).await?;
        step.done(if ready { "ready" } else { "alive, but not ready; its log tells why" });
        let gateway = start_gateway(&progress, plan.gateway_port, &service, &otlp).await?;
        Ok(Self { keycloak, livekit, gateway, service, issuer, membership, otlp, membership_told: 0 })
    }

    /// The line that says where everything is.
    pub(super) fn addresses(&self) -> Value {
        let realm = |issuer: String| {
            let token_endpoint = format!("{issuer}/protocol/openid-connect/token");
            (issuer, token_endpoint)
        };
        let (issuer, token_endpoint) = realm(self.keycloak.issuer());
        let (foreign_issuer, foreign_token_endpoint) = realm(self.keycloak.issuer_of(FOREIGN_REALM));
        json!({
            "ready": true,
            "gateway": { "url": self.gateway.url() },
            "service": {
                "url": format!("http://{}", self.service.address()),
                "management_url": self.service.management_url(),
            },
            "livekit": {
                "url": self.livekit.url,
                "public_url": self.livekit.public_url,
                "api_key": self.livekit.api_key,
                "api_secret": self.livekit.api_secret,
            },
            "keycloak": {
                "url": self.keycloak.base_url,
                "realm": "realtime",
                "client": settings::CLIENT,
                "issuer": issuer,
                "token_endpoint": token_endpoint,
                "administrator": {
                    "username": self.keycloak.admin_username,
                    "password": self.keycloak.admin_password,
                },
            },
            "foreign": {
                "realm": FOREIGN_REALM,
                "client": settings::CLIENT,
                "user": "alice",
                "password": "alice",
                "issuer": foreign_issuer,
                "token_endpoint": foreign_token_endpoint,
            },
            "issuer": {
                "tenant": settings::SECOND_TENANT,
                "issuer": self.issuer.url(),
                "audience": settings::AUDIENCE,
            },
            "membership": { "url": settings::origin(&self.membership.template()) },
            "otlp": { "url": self.otlp.endpoint() },
        })
    }

    /// A token of the second issuer: a good one of `alice`, with these claims over it; `null` removes one.
    pub(super) fn sign(&self, over: Map<String, Value>) -> String {
        let mut claims = settings::good_claims(&self.issuer);
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
            Component::Livekit => self.livekit.stop().await,
            Component::Keycloak => self.keycloak.stop().await,
            Component::Gateway => self.gateway.stop().await,
            Component::Service => self.service.stop().await,
            Component::Membership => self.membership.down().await,
            Component::Issuer => self.issuer.down().await,
            Component::Otlp => self.otlp.down().await,
        }
        Ok(())
    }

    pub(super) async fn start_one(&mut self, what: Component) -> Result<()> {
        match what {
            Component::Livekit => self.livekit.start_again().await?,
            Component::Keycloak => self.keycloak.start_again().await?,
            Component::Gateway => self.gateway.start_again().await?,
            Component::Service => drop(self.service.restart(BTreeMap::new()).await?),
            Component::Membership => self.membership.up().await?,
            Component::Issuer => self.issuer.up().await?,
            Component::Otlp => self.otlp.up().await?,
        }
        Ok(())
    }

    /// Waits until one of the programs ends by itself, and tells which, with its last words.
    pub(crate) async fn ended(&self) -> String {
        tokio::select! {
            words = last_words(self.keycloak.process()) => words,
            words = last_words(self.livekit.process()) => words,
            words = last_words(self.gateway.process()) => words,
            words = last_words(self.service.process()) => words,
        }
    }

    /// Ends everything, each in its own orderly way and all at once.
    pub(crate) async fn stop(mut self) {
        self.gateway.stop().await;
        tokio::join!(self.service.stop(), self.keycloak.stop(), self.livekit.stop());
    }
}

/// What is to be said of a program that ended by itself. One that does not run has not ended.
pub(crate) async fn last_words(process: Option<&Process>) -> String {
    const LAST_LINES: usize = 20;
    let Some(process) = process else { return std::future::pending().await };
    let exit = process.exit().await;
    let output = process.output();
    let lines: Vec<&str> = output.lines().collect();
    let last = lines[lines.len().saturating_sub(LAST_LINES)..].join("\n    ");
    format!("{} {exit}, so everything is stopped. Its last lines:\n    {last}", process.name())
}

async fn start_keycloak(progress: &Progress) -> Result<Keycloak> {
    let step = progress.step("keycloak", "starting, the first time of all takes a minute");
    let keycloak = Keycloak::start().await?;
    keycloak.create_realm(FOREIGN_REALM).await?;
    step.done("ready");
    Ok(keycloak)
}

async fn start_livekit(progress: &Progress, for_people: bool) -> Result<LiveKit> {
    let step = progress.step("livekit-server", "starting");
    let livekit = if for_people { LiveKit::development().await? } else { LiveKit::start().await? };
    step.done("ready");
    Ok(livekit)
}

async fn start_gateway(
    progress: &Progress,
    port: Option<u16>,
    service: &Service,
    otlp: &OtlpReceiver,
) -> Result<Caddy> {
    let step = progress.step("caddy", "starting");
    let port = port.map_or_else(ports::free, Ok)?;
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    let gateway = Caddy::start(address, settings::gateway(address, service, otlp)).await?;
    step.done("ready");
    Ok(gateway)
}
