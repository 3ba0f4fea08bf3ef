//! Two replicas of realtime-service and of call-state-service, with Redis, LiveKit, an issuer and the gateway.

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use anyhow::Result;
use clock::Clock;
use serde_json::json;
use testkit::{Caddy, Issuer, LiveKit, Redis, ports};

use super::balancer::Balancer;
use crate::binaries;
use crate::setup::{self, Component};
use crate::stack::Service;
use crate::test::witness::logins::Sign;
use crate::test::witness::people::Token;
use crate::test::witness::plan::ROOM;

/// Short, so that tokens are renewed while everybody looks.
const TOKEN_LIFETIME: Duration = Duration::from_secs(15);

/// What a token of the product must name as its audience.
const AUDIENCE: &str = "realtime";

/// All of it ends with it.
pub(super) struct Surroundings {
    pub(super) redis: Redis,
    pub(super) gateway: Caddy,
    balancer: Balancer,
    issuer: Arc<Issuer>,
    livekit: LiveKit,
    call_state: [Service; 2],
    realtime: [Service; 2],
}

impl Surroundings {
    /// Builds and starts.
    pub(super) async fn start() -> Result<Self> {
        setup::provide(&[Component::Redis, Component::Livekit, Component::Caddy]).await?;
        let call_state_program = binaries::build("call-state-service").await?;
        let realtime_program = binaries::build("realtime-service").await?;
        let (issuer, livekit, redis) =
            (Issuer::start().await?, LiveKit::start().await?, Redis::start().await?);
        let common = [
            // For an issuer by plain HTTP; it changes nothing else.
            ("ENVIRONMENT", "development".to_owned()),
            ("SERVER__TRUSTED_PROXIES", "127.0.0.1".to_owned()),
            ("SERVER__DRAIN_SECONDS", "1".to_owned()),
            ("IDENTITY__ISSUERS", json!([{ "issuer": issuer.url() }]).to_string()),
            ("IDENTITY__AUDIENCE", AUDIENCE.to_owned()),
            ("REDIS__URL", redis.url.clone()),
        ];
        let call_state_settings = || {
            let more = [("CALLS__RING_SECONDS_MIN", "1".to_owned())];
            common.clone().into_iter().chain(more)
        };
        let call_state = || {
            Service::new(
                "call-state-service",
                "CALL_STATE",
                call_state_program.clone(),
                call_state_settings(),
            )
        };
        let mut call_state = [call_state()?, call_state()?];
        let (client, secret) = issuer.service_client();
        let calls = call_state.each_ref().map(|service| format!("http://{}", service.address()));
        let realtime_settings = [
            ("IDENTITY__SERVICE_ACCOUNT__CLIENT_ID", client.to_owned()),
            ("IDENTITY__SERVICE_ACCOUNT__CLIENT_SECRET", secret.to_owned()),
            ("CALL_STATE__URL", calls.join(",")),
            ("LIVEKIT__URL", livekit.url.clone()),
            ("LIVEKIT__PUBLIC_URL", livekit.public_url.clone()),
            ("LIVEKIT__API_KEY", livekit.api_key.clone()),
            ("LIVEKIT__API_SECRET", livekit.api_secret.clone()),
            ("MEMBERSHIP__SOURCES", "token_claims".to_owned()),
            ("SIGNALLING__DRAIN_SECONDS", "2".to_owned()),
            // Ten people do here what hundreds do in a cluster.
            ("LIMITS__JOINS_PER_MINUTE", "6000".to_owned()),
            ("LIMITS__INVITES_PER_MINUTE", "6000".to_owned()),
            ("LIMITS__INVITES_PER_MINUTE_TO_ONE", "6000".to_owned()),
            ("LIMITS__CALLEES_PER_MINUTE", "6000".to_owned()),
        ];
        let realtime = || {
            let settings = common.clone().into_iter().chain(realtime_settings.clone());
            Service::new("realtime-service", "REALTIME", realtime_program.clone(), settings)
        };
        let mut realtime = [realtime()?, realtime()?];
        for service in call_state.iter_mut().chain(&mut realtime) {
            service.restart(BTreeMap::new()).await?;
        }
        let balancer = Balancer::start(realtime.each_ref().map(Service::address).into()).await?;
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, ports::free()?));
        let variables = [
            ("GATEWAY_LISTEN", format!(":{}", address.port())),
            ("GATEWAY_BIND", address.ip().to_string()),
            ("REALTIME_SERVICE", balancer.address().to_string()),
            ("LIVEKIT", livekit.url.trim_start_matches("http://").to_owned()),
        ];
        let gateway = Caddy::start(address, variables).await?;
        Ok(Self { redis, gateway, balancer, issuer: Arc::new(issuer), livekit, call_state, realtime })
    }

    /// Makes tokens of members of the room.
    pub(super) fn signer(&self) -> Arc<Sign> {
        let issuer = Arc::clone(&self.issuer);
        Arc::new(move |user_id| {
            let now = Clock::system().now().timestamp();
            let issuer = issuer.issuer();
            let claims = json!({
                "iss": issuer.url(),
                "aud": AUDIENCE,
                "azp": "web",
                "sub": user_id,
                "typ": "Bearer",
                "sid": format!("a-session-of-{user_id}"),
                "iat": now,
                "exp": now + TOKEN_LIFETIME.as_secs().cast_signed(),
                "groups": [format!("/rooms/{ROOM}")],
            });
            Token::new(issuer.sign(&claims), TOKEN_LIFETIME)
        })
    }

    /// As a rolling update does it: a replica gets no new connection any more, is asked to end, and its successor gets some once it is ready.
    pub(super) async fn replace_first_replicas(&mut self) -> Result<()> {
        let [replica, _] = &mut self.realtime;
        self.balancer.without(&replica.address());
        replica.restart(BTreeMap::new()).await?;
        self.balancer.with(replica.address());
        let [replica, _] = &mut self.call_state;
        replica.restart(BTreeMap::new()).await?;
        Ok(())
    }

    /// As a machine's failure does it, which is noticed at once.
    pub(super) async fn kill_second_replica(&mut self) {
        let [_, replica] = &mut self.realtime;
        replica.kill().await;
        self.balancer.without(&replica.address());
    }

    pub(super) async fn stop(mut self) {
        self.gateway.stop().await;
        // They would only wait for a Redis that is gone.
        for service in self.realtime.iter_mut().chain(&mut self.call_state) {
            service.kill().await;
        }
        self.livekit.stop().await;
        self.redis.stop().await;
    }
}
