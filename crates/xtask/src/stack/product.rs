//! The product as it is deployed: Keycloak, LiveKit, Redis, coturn, both services and the gateway, each a process of its own.

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr};

use anyhow::Result;
use clock::Clock;
use serde_json::{Value, json};
use testkit::{Caddy, Coturn, Keycloak, LiveKit, Process, Redis, ports};

use super::service::Service;
use crate::binaries;
use crate::progress::Progress;
use crate::setup::{self, Purpose};

/// What a token of the product must name as its audience.
pub(super) const AUDIENCE: &str = "realtime";
/// The client whose tokens are accepted.
pub(super) const CLIENT: &str = "web";

/// The confidential client of the realm file with which the services act on their own.
const SERVICE_ACCOUNT: &str = "realtime-service";
/// Its secret in the realm file, which is for development alone.
const SERVICE_ACCOUNT_SECRET: &str = "development-realtime-service-secret-never-in-production";

/// What may differ from one running product to the next.
#[derive(Default)]
pub(crate) struct Plan {
    /// The port that the gateway listens at; any free one if not given.
    pub(crate) gateway_port: Option<u16>,
    /// Whether LiveKit and coturn are where people look for them, LiveKit with the key that every tool knows.
    pub(crate) known_places: bool,
    /// Issuers besides Keycloak's realm, as the service's settings write them.
    pub(crate) more_issuers: Vec<Value>,
    /// Settings of realtime-service over the usual ones, without the prefix.
    pub(crate) settings: Vec<(&'static str, String)>,
    /// Settings of call-state-service over the usual ones, without the prefix.
    pub(crate) call_state: Vec<(&'static str, String)>,
    /// Variables of the gateway over the usual ones.
    pub(crate) gateway: Vec<(&'static str, String)>,
}

/// The running product. All of it ends with it.
pub(crate) struct Product {
    pub(crate) keycloak: Keycloak,
    pub(crate) livekit: LiveKit,
    pub(crate) redis: Redis,
    pub(crate) coturn: Coturn,
    pub(crate) call_state: Service,
    pub(crate) service: Service,
    pub(crate) gateway: Caddy,
    /// Where clients are told to connect to LiveKit: the gateway, which asks before it lets anybody through.
    pub(crate) livekit_public_url: String,
}

impl Product {
    /// Sets up, builds and starts; what does not need another starts at the same time.
    pub(crate) async fn start(plan: Plan) -> Result<Self> {
        setup::provide(Purpose::Full.components()).await?;
        eprintln!("realtime-service, call-state-service: building");
        let program = binaries::build("realtime-service").await?;
        let call_state_program = binaries::build("call-state-service").await?;
        let progress = Progress::start();
        let (keycloak, mut livekit, redis, coturn) = tokio::try_join!(
            start_keycloak(&progress),
            start_livekit(&progress, plan.known_places),
            start_redis(&progress),
            start_coturn(&progress, plan.known_places),
        )?;
        let address =
            SocketAddr::from((Ipv4Addr::LOCALHOST, plan.gateway_port.map_or_else(ports::free, Ok)?));
        let livekit_public_url = format!("ws://{address}");
        let surroundings = Surroundings {
            plan: &plan,
            livekit_public_url: &livekit_public_url,
            keycloak: &keycloak,
            livekit: &livekit,
            redis: &redis,
            coturn: &coturn,
        };
        let settings = surroundings.call_state_settings();
        let mut call_state = Service::new("call-state-service", "CALL_STATE", call_state_program, settings)?;
        start_service(&progress, &mut call_state).await?;
        let settings = surroundings.settings(&call_state);
        let mut service = Service::new("realtime-service", "REALTIME", program, settings)?;
        // Only now is it known where the service will listen.
        livekit.send_webhooks_to(&webhook_url(&service))?;
        livekit.start_again().await?;
        start_service(&progress, &mut service).await?;
        let gateway = start_gateway(&progress, address, plan, &service, &livekit).await?;
        Ok(Self { keycloak, livekit, redis, coturn, call_state, service, gateway, livekit_public_url })
    }

    /// Starts LiveKit anew, to send its webhooks to nobody or, as is usual, to the service.
    pub(crate) async fn cut_webhooks(&mut self, cut: bool) -> Result<()> {
        if cut {
            self.livekit.send_no_webhooks()?;
        } else {
            self.livekit.send_webhooks_to(&webhook_url(&self.service))?;
        }
        self.restore_livekit().await
    }

    /// Starts LiveKit again and waits until the service, if it runs, asks it again: one that was away is left alone for a moment.
    pub(super) async fn restore_livekit(&mut self) -> Result<()> {
        self.livekit.start_again().await?;
        self.service.finds("sfu", Clock::system().now()).await
    }

    /// Starts Redis again and waits until the services that run have it, which they look for once a second.
    pub(super) async fn restore_redis(&mut self) -> Result<()> {
        self.redis.start_again().await?;
        let since = Clock::system().now();
        tokio::try_join!(self.call_state.finds("store", since), self.service.finds("store", since))?;
        Ok(())
    }

    /// Waits until one of the programs ends by itself, and tells which, with its last words.
    pub(crate) async fn ended(&self) -> String {
        tokio::select! {
            words = last_words(self.keycloak.process()) => words,
            words = last_words(self.livekit.process()) => words,
            words = last_words(self.redis.process()) => words,
            words = last_words(self.coturn.process()) => words,
            words = last_words(self.gateway.process()) => words,
            words = last_words(self.call_state.process()) => words,
            words = last_words(self.service.process()) => words,
        }
    }

    /// Ends everything, each in its own orderly way.
    pub(crate) async fn stop(mut self) {
        self.gateway.stop().await;
        self.service.stop().await;
        tokio::join!(self.call_state.stop(), self.keycloak.stop(), self.livekit.stop(), self.coturn.stop());
        self.redis.stop().await;
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

/// What the services are told of.
struct Surroundings<'product> {
    plan: &'product Plan,
    livekit_public_url: &'product str,
    keycloak: &'product Keycloak,
    livekit: &'product LiveKit,
    redis: &'product Redis,
    coturn: &'product Coturn,
}

impl Surroundings<'_> {
    /// What both services must know alike, but for the parties they trust.
    fn common(&self, parties: &[&str]) -> Vec<(&'static str, String)> {
        let mut issuers = vec![json!({ "issuer": self.keycloak.issuer() })];
        issuers.extend_from_slice(&self.plan.more_issuers);
        vec![
            ("ENVIRONMENT", "development".to_owned()),
            ("SERVER__TRUSTED_PROXIES", "127.0.0.1".to_owned()),
            // Nobody needs time here to notice that it is about to end.
            ("SERVER__DRAIN_SECONDS", "0".to_owned()),
            ("IDENTITY__ISSUERS", Value::Array(issuers).to_string()),
            ("IDENTITY__AUDIENCE", AUDIENCE.to_owned()),
            ("IDENTITY__AUTHORIZED_PARTIES", parties.join(",")),
            ("REDIS__URL", self.redis.url.clone()),
        ]
    }

    fn call_state_settings(&self) -> Vec<(&'static str, String)> {
        let mut settings = self.common(&[CLIENT, SERVICE_ACCOUNT]);
        settings.extend_from_slice(&self.plan.call_state);
        settings
    }

    fn settings(&self, call_state: &Service) -> Vec<(&'static str, String)> {
        let mut settings = self.common(&[CLIENT]);
        settings.extend([
            ("IDENTITY__SERVICE_ACCOUNT__CLIENT_ID", SERVICE_ACCOUNT.to_owned()),
            ("IDENTITY__SERVICE_ACCOUNT__CLIENT_SECRET", SERVICE_ACCOUNT_SECRET.to_owned()),
            ("CALL_STATE__URL", format!("http://{}", call_state.address())),
            ("LIVEKIT__URL", self.livekit.url.clone()),
            ("LIVEKIT__PUBLIC_URL", self.livekit_public_url.to_owned()),
            ("LIVEKIT__API_KEY", self.livekit.api_key.clone()),
            ("LIVEKIT__API_SECRET", self.livekit.api_secret.clone()),
            ("STUN__URLS", self.coturn.stun_url()),
            ("TURN__URLS", self.coturn.urls().join(",")),
            ("TURN__SECRETS", self.coturn.secrets().join(",")),
        ]);
        settings.extend_from_slice(&self.plan.settings);
        settings
    }
}

/// Where the service hears of rooms: its own port, because the gateway hides the address.
fn webhook_url(service: &Service) -> String {
    format!("http://{}/api/realtime/webhooks/livekit", service.address())
}

async fn start_service(progress: &Progress, service: &mut Service) -> Result<()> {
    let step = progress.step(service.name(), "starting");
    let ready = service.restart(BTreeMap::new()).await?;
    step.done(if ready { "ready" } else { "alive, but not ready; its log tells why" });
    Ok(())
}

async fn start_redis(progress: &Progress) -> Result<Redis> {
    let step = progress.step("redis-server", "starting");
    let redis = Redis::start().await?;
    step.done("ready");
    Ok(redis)
}

async fn start_coturn(progress: &Progress, known: bool) -> Result<Coturn> {
    let step = progress.step("coturn", "starting");
    let coturn = if known { Coturn::development().await? } else { Coturn::start().await? };
    step.done("ready");
    Ok(coturn)
}

async fn start_keycloak(progress: &Progress) -> Result<Keycloak> {
    let step = progress.step("keycloak", "starting, the first time of all takes a minute");
    let keycloak = Keycloak::start().await?;
    step.done("ready");
    Ok(keycloak)
}

async fn start_livekit(progress: &Progress, known: bool) -> Result<LiveKit> {
    let step = progress.step("livekit-server", "starting");
    let livekit = if known { LiveKit::development(None).await? } else { LiveKit::start().await? };
    step.done("ready");
    Ok(livekit)
}

async fn start_gateway(
    progress: &Progress,
    address: SocketAddr,
    plan: Plan,
    service: &Service,
    livekit: &LiveKit,
) -> Result<Caddy> {
    let step = progress.step("caddy", "starting");
    let usual = [
        ("GATEWAY_LISTEN", format!(":{}", address.port())),
        ("GATEWAY_BIND", address.ip().to_string()),
        ("REALTIME_SERVICE", service.address()),
        ("LIVEKIT", livekit.url.trim_start_matches("http://").to_owned()),
        ("OTEL_SERVICE_NAME", "gateway".to_owned()),
    ];
    let gateway = Caddy::start(address, usual.into_iter().chain(plan.gateway)).await?;
    step.done("ready");
    Ok(gateway)
}
