//! The servers that are compared, each with a Redis of its own.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, ensure};
use serde::Serialize;
use serde_json::Value;
use tempfile::TempDir;
use testkit::{Issuer, Redis};

use super::super::contender::{Contender, Running, free_address};
use super::super::load::Connection;
use super::super::process_figures::CpuReading;
use super::super::products;
use super::super::tokens::{self, AUDIENCE};
use super::dialogue::Pairs;
use super::fill::{self, FIRST_PERSON};
use super::recording;

/// The last segment of the issuer's URL.
pub(super) const TENANT: &str = "realtime";

/// What is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Server {
    /// `benches/call-floor`.
    Floor,
    /// call-state-service where few calls are live.
    Few,
    /// The same with many.
    Many,
    /// The same with as many as one Redis may have to hold.
    Most,
}

impl Server {
    pub(super) const ALL: [Self; 4] = [Self::Floor, Self::Few, Self::Many, Self::Most];

    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Floor => "floor",
            Self::Few | Self::Many | Self::Most => "call-state-service",
        }
    }

    /// How many calls are live in its Redis all the time, besides those of the load.
    pub(super) const fn live_calls(self) -> u32 {
        match self {
            Self::Floor | Self::Few => 100,
            Self::Many => 10_000,
            Self::Most => 100_000,
        }
    }
}

/// What the servers need and what they are called with.
pub(super) struct Surroundings {
    /// Where the programs are.
    pub(super) programs: PathBuf,
    /// Of the people under load, two for each connection, and two more for the latency.
    pub(super) tokens: Vec<String>,
    /// The core of the server that is measured.
    pub(super) core: usize,
    /// Of somebody who is in one of the calls that are live all the time.
    bystander: String,
    issuer: Issuer,
    folder: TempDir,
}

/// A server and its Redis.
pub(super) struct Place {
    pub(super) running: Running,
    pub(super) redis: Redis,
    /// What the live calls take in it.
    filled_bytes: u64,
}

/// All of them, running.
pub(super) struct Lineup(BTreeMap<Server, Place>);

impl Surroundings {
    pub(super) async fn start(programs: PathBuf, core: usize, connections: usize) -> Result<Self> {
        let issuer = Issuer::start().await?;
        let sign = |people| {
            let signer = issuer.issuer();
            tokens::sign(signer.url(), |claims| signer.sign(claims), people)
        };
        let tokens = sign(0..2 * connections + 2)?;
        let bystander = sign(FIRST_PERSON..FIRST_PERSON + 1)?.remove(0);
        let folder = tempfile::tempdir().context("making a folder for logs")?;
        Ok(Self { programs, tokens, core, bystander, issuer, folder })
    }

    /// call-state-service on this Redis, with default settings.
    pub(super) fn service(&self, redis: &Redis, log: &str) -> Result<Contender> {
        let log = self.folder.path().join(format!("{log}.log"));
        products::call_state_service(&self.programs, &self.issuer, redis, log)
    }

    fn floor(&self, redis: &Redis, exchanges: &Path) -> Result<Contender> {
        let address = free_address()?;
        let arguments = [
            ("--listen", address.to_string()),
            ("--issuer", self.issuer.url()),
            ("--audience", AUDIENCE.to_owned()),
            ("--redis", redis.url.clone()),
            ("--exchanges", exchanges.display().to_string()),
        ];
        Ok(Contender {
            name: "floor",
            program: self.programs.join("call-floor"),
            arguments: arguments.map(|(option, value)| format!("{option}={value}")).into(),
            environment: Vec::new(),
            address,
            management: address,
            log: self.folder.path().join("floor.log"),
        })
    }

    /// Starts a server on a Redis that is filled for it.
    async fn place(&self, server: Server) -> Result<Place> {
        eprintln!("Starting {} among {} live calls.", server.name(), server.live_calls());
        let redis = Redis::start().await?;
        let filled_bytes = fill::fill(&self.programs, &redis, server.live_calls(), &[]).await?;
        let service = self.service(&redis, &format!("{server:?}"))?.start(self.core).await?;
        self.expect_live_call(&service)?;
        let running = match server {
            Server::Few | Server::Many | Server::Most => service,
            Server::Floor => {
                let exchanges = self.folder.path().join("exchanges.json");
                let pairs = Pairs::new(&self.tokens);
                recording::make(&service.contender, &redis, &pairs, &exchanges).await?;
                service.stop().await;
                self.floor(&redis, &exchanges)?.start(self.core).await?
            }
        };
        Ok(Place { running, redis, filled_bytes })
    }

    /// The proof that the service takes what this Redis was filled with for live calls.
    fn expect_live_call(&self, service: &Running) -> Result<()> {
        let request = format!(
            "GET /internal/calls HTTP/1.1\r\nhost: call-state:8082\r\nauthorization: Bearer {}\r\n\r\n",
            self.bystander
        );
        let mut connection = Connection::open(service.contender.address)?;
        let answer = connection.exchange(request.as_bytes())?;
        let text = String::from_utf8_lossy(answer.body);
        let calls: Value = serde_json::from_slice(answer.body).unwrap_or_default();
        let is_live = calls["items"].as_array().is_some_and(|calls| calls.len() == 1);
        ensure!(is_live, "somebody in a live call has this one: {} {text}", answer.status);
        Ok(())
    }
}

impl Place {
    /// The processor time of its Redis so far.
    pub(super) fn redis_cpu(&self) -> Result<CpuReading> {
        CpuReading::take(self.redis.process().context("Redis is not running")?.id())
    }

    /// Takes away the tasks that realtime-service would have carried out by now.
    pub(super) async fn empty_queue(&self) -> Result<()> {
        let queue = format!("{{t:{TENANT}}}:outbox:sfu");
        self.redis.command(&["XTRIM", &queue, "MAXLEN", "0"]).await?;
        Ok(())
    }
}

impl Lineup {
    pub(super) async fn start(surroundings: &Surroundings) -> Result<Self> {
        let mut places = BTreeMap::new();
        for server in Server::ALL {
            places.insert(server, surroundings.place(server).await?);
        }
        Ok(Self(places))
    }

    pub(super) fn of(&self, server: Server) -> &Place {
        &self.0[&server]
    }

    /// The bytes that a live call takes for as long as it lives.
    pub(super) fn bytes_per_call(&self) -> Result<f64> {
        fill::each(self.of(Server::Most).filled_bytes, Server::Most.live_calls())
    }
}
