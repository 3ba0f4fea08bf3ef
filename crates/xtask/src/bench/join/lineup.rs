//! The three servers that are compared, and everything around them that they need.

use std::path::Path;

use anyhow::{Context as _, Result};
use serde::Serialize;
use testkit::{Issuer, LiveKit, Process};

use super::super::contender::{Contender, Running, free_address};
use super::super::products;
use super::super::tokens::AUDIENCE;
use super::counting_proxy::CountingProxy;
use super::programs::Programs;

/// What is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Server {
    /// realtime-service.
    Service,
    /// `benches/join-floor`.
    Floor,
    /// `benches/join-node`.
    Node,
}

/// Whether the servers have met the tokens before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Case {
    /// Every token is a new one.
    NeverSeen,
    /// A few callers ask again and again.
    Remembered,
}

impl Server {
    pub(super) const ALL: [Self; 3] = [Self::Service, Self::Floor, Self::Node];

    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Service => "realtime-service",
            Self::Floor => "floor",
            Self::Node => "Node",
        }
    }
}

impl Case {
    pub(super) const ALL: [Self; 2] = [Self::NeverSeen, Self::Remembered];

    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::NeverSeen => "token never seen",
            Self::Remembered => "token remembered",
        }
    }
}

/// What the servers call and what they are called with.
pub(super) struct Surroundings {
    pub(super) issuer: Issuer,
    /// In front of LiveKit: what realtime-service asks it goes through here.
    pub(super) livekit_proxy: CountingProxy,
    livekit: LiveKit,
}

/// How each server is started. The floor has two shapes, because remembering tokens is a choice that it makes at its
/// start.
pub(super) struct Contenders {
    pub(super) service: Contender,
    pub(super) floor: Contender,
    pub(super) remembering_floor: Contender,
    pub(super) node: Contender,
}

/// All servers, running.
pub(super) struct Lineup {
    pub(super) service: Running,
    pub(super) floor: Running,
    pub(super) remembering_floor: Running,
    pub(super) node: Running,
}

impl Surroundings {
    pub(super) async fn start() -> Result<Self> {
        let issuer = Issuer::start().await?;
        let livekit = LiveKit::start().await?;
        let upstream =
            livekit.url.trim_start_matches("http://").parse().context("reading LiveKit's address")?;
        let livekit_proxy = CountingProxy::start(upstream).await?;
        Ok(Self { issuer, livekit_proxy, livekit })
    }

    /// The process id of LiveKit.
    pub(super) fn livekit_process(&self) -> Option<u32> {
        self.livekit.process().map(Process::id)
    }

    /// How often anybody asked the issuer for anything.
    pub(super) fn issuer_requests(&self) -> usize {
        self.issuer.discovery_requests() + self.issuer.key_requests()
    }

    /// The contenders on free ports, each with a log file in `folder`.
    pub(super) fn contenders(&self, programs: &Programs, folder: &Path) -> Result<Contenders> {
        let keys = folder.join("keys.json");
        std::fs::write(&keys, self.issuer.issuer().jwks().to_string())
            .context("writing the floor's key set")?;
        let floor = self.floor(programs, folder, &keys, "floor")?;
        let mut remembering_floor = self.floor(programs, folder, &keys, "remembering floor")?;
        remembering_floor.arguments.push("--remember".to_owned());
        Ok(Contenders {
            service: self.service(programs, folder)?,
            floor,
            remembering_floor,
            node: self.node(programs, folder)?,
        })
    }

    fn service(&self, programs: &Programs, folder: &Path) -> Result<Contender> {
        let log = folder.join("realtime-service.log");
        let mut service = products::realtime_service(&programs.folder, &self.issuer, &self.livekit, log)?;
        service.environment.extend([
            ("REALTIME__LIVEKIT__URL", format!("http://{}", self.livekit_proxy.address())),
            // The limiter runs but never refuses: a few callers ask more than any person would.
            ("REALTIME__LIMITS__JOINS_PER_MINUTE", "100000000".to_owned()),
            ("REALTIME__LIMITS__JOINS_BURST", "1000000".to_owned()),
        ]);
        Ok(service)
    }

    fn floor(
        &self,
        programs: &Programs,
        folder: &Path,
        keys: &Path,
        name: &'static str,
    ) -> Result<Contender> {
        let address = free_address()?;
        let (address_text, keys) = (address.to_string(), keys.display().to_string());
        let arguments = [
            ("--listen", &address_text),
            ("--keys", &keys),
            ("--issuer", &self.issuer.url()),
            ("--audience", &AUDIENCE.to_owned()),
            ("--livekit-url", &self.livekit.public_url),
            ("--api-key", &self.livekit.api_key),
            ("--api-secret", &self.livekit.api_secret),
        ];
        Ok(Contender {
            name,
            program: programs.folder.join("join-floor"),
            arguments: arguments.iter().map(|(option, value)| format!("{option}={value}")).collect(),
            environment: Vec::new(),
            address,
            management: address,
            log: folder.join(format!("{name}.log")),
        })
    }

    fn node(&self, programs: &Programs, folder: &Path) -> Result<Contender> {
        let address = free_address()?;
        let environment = [
            ("NODE_ENV", "production".to_owned()),
            ("LISTEN_PORT", address.port().to_string()),
            ("ISSUER", self.issuer.url()),
            ("AUDIENCE", AUDIENCE.to_owned()),
            ("LIVEKIT_URL", self.livekit.public_url.clone()),
            ("LIVEKIT_API_KEY", self.livekit.api_key.clone()),
            ("LIVEKIT_API_SECRET", self.livekit.api_secret.clone()),
        ];
        Ok(Contender {
            name: "Node",
            program: "node".into(),
            arguments: vec![programs.node_server.display().to_string()],
            environment: environment.into(),
            address,
            management: address,
            log: folder.join("node.log"),
        })
    }
}

impl Lineup {
    /// The process that stands for `server` in `case`.
    pub(super) fn of(&self, server: Server, case: Case) -> &Running {
        match (server, case) {
            (Server::Service, Case::NeverSeen | Case::Remembered) => &self.service,
            (Server::Floor, Case::NeverSeen) => &self.floor,
            (Server::Floor, Case::Remembered) => &self.remembering_floor,
            (Server::Node, Case::NeverSeen | Case::Remembered) => &self.node,
        }
    }
}
