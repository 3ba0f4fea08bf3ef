//! The servers, and everything around them that they need.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use tempfile::TempDir;
use testkit::{Issuer, LiveKit, Redis};

use super::super::contender::{Contender, Running, free_address};
use super::super::pinning::Cores;
use super::super::products;
use super::super::tokens::{self, user_id};

/// How often a socket is pinged, and how long a poll waits. The product's 20 and 25 seconds would only take longer.
pub(super) const BEAT_SECONDS: u32 = 5;

/// The people whose signals are followed are others than the crowd.
const PAIR: usize = 2_000_000;

/// What the servers share.
pub(super) struct Surroundings {
    /// Where the programs are.
    pub(super) programs: PathBuf,
    pub(super) cores: Cores,
    pub(super) redis: Redis,
    pub(super) call_state: Running,
    /// A file with the tokens of the crowd, one in a line.
    pub(super) crowd: PathBuf,
    /// The same of the two whose signals are followed.
    pub(super) pair: PathBuf,
    issuer: Issuer,
    livekit: LiveKit,
    folder: TempDir,
}

impl Surroundings {
    /// Starts them, with tokens for a crowd of so many.
    pub(super) async fn start(programs: PathBuf, cores: Cores, people: usize) -> Result<Self> {
        let folder = tempfile::tempdir().context("making a folder for tokens and logs")?;
        let (issuer, livekit, redis) =
            (Issuer::start().await?, LiveKit::start().await?, Redis::start().await?);
        let sign = |people, name: &str| {
            let signer = issuer.issuer();
            let tokens = tokens::sign(signer.url(), |claims| signer.sign(claims), people)?;
            let file = folder.path().join(name);
            std::fs::write(&file, tokens.join("\n") + "\n").context("writing tokens")?;
            anyhow::Ok(file)
        };
        eprintln!("Signing {people} access tokens.");
        let (crowd, pair) = (sign(0..people, "crowd")?, sign(PAIR..PAIR + 2, "pair")?);
        let log = folder.path().join("call-state-service.log");
        let mut call_state = products::call_state_service(&programs, &issuer, &redis, log)?;
        call_state.environment.push(("CALL_STATE__SERVER__DRAIN_SECONDS", "0".to_owned()));
        let call_state = call_state.start(cores.server).await?;
        Ok(Self { programs, cores, redis, call_state, crowd, pair, issuer, livekit, folder })
    }

    /// A replica of realtime-service, with calls.
    pub(super) fn replica(&self, name: &str) -> Result<Contender> {
        let log = self.folder.path().join(format!("{name}.log"));
        let mut replica = products::realtime_service(&self.programs, &self.issuer, &self.livekit, log)?;
        let (client, secret) = self.issuer.service_client();
        replica.environment.extend([
            ("REALTIME__CALL_STATE__URL", format!("http://{}", self.call_state.contender.address)),
            ("REALTIME__REDIS__URL", self.redis.url.clone()),
            ("REALTIME__IDENTITY__SERVICE_ACCOUNT__CLIENT_ID", client.to_owned()),
            ("REALTIME__IDENTITY__SERVICE_ACCOUNT__CLIENT_SECRET", secret.to_owned()),
        ]);
        Ok(replica)
    }

    /// The same with pings as often as the floor's.
    pub(super) fn pinging_replica(&self) -> Result<Contender> {
        let mut replica = self.replica("realtime-service")?;
        replica.environment.push(("REALTIME__SIGNALLING__PING_SECONDS", BEAT_SECONDS.to_string()));
        Ok(replica)
    }

    /// The same for somebody who signals without a pause: limits count but never refuse.
    pub(super) fn patient_replica(&self, name: &str) -> Result<Contender> {
        let mut replica = self.replica(name)?;
        let lifted = [
            "REALTIME__SIGNALLING__MESSAGES_PER_SECOND",
            "REALTIME__SIGNALLING__MESSAGES_BURST",
            "REALTIME__LIMITS__SIGNALS_PER_SECOND",
            "REALTIME__LIMITS__SIGNALS_BURST",
            "REALTIME__LIMITS__INVITES_PER_MINUTE",
            "REALTIME__LIMITS__INVITES_PER_MINUTE_TO_ONE",
        ];
        replica.environment.extend(lifted.map(|name| (name, "1000000".to_owned())));
        replica.environment.push(("REALTIME__LIMITS__SIGNAL_BYTES_PER_MINUTE", "1000000000".to_owned()));
        Ok(replica)
    }

    /// `benches/socket-floor`.
    pub(super) fn floor(&self) -> Result<Contender> {
        let address = free_address()?;
        Ok(Contender {
            name: "floor",
            program: self.program("socket-floor"),
            arguments: vec![format!("--listen={address}"), format!("--ping-seconds={BEAT_SECONDS}")],
            environment: Vec::new(),
            address,
            management: address,
            log: self.folder.path().join("floor.log"),
        })
    }

    /// A program of the load.
    pub(super) fn program(&self, name: &str) -> PathBuf {
        Path::new(&self.programs).join(name)
    }

    /// Who is called by the other one of the two.
    pub(super) fn callee() -> String {
        user_id(PAIR + 1)
    }
}
