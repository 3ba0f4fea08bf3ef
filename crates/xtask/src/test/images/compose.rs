//! `docker-compose.dev.yml` by Docker Compose on podman, as a newcomer starts it, in a network namespace of its own: its ports are nobody else's there.

mod network;
mod program;

use std::convert::Infallible;
use std::fmt::Write as _;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context as _, Result, anyhow};
use tokio::process::Command;
use tokio::time::timeout;

use super::engine::{Engine, PROJECT};
use crate::progress::Progress;
use crate::{binaries, setup, shell, tree};
use network::Network;

/// What is published, as a browser on the machine has it.
const GATEWAY: &str = "http://127.0.0.1:8080";
const ISSUER: &str = "http://localhost:8180/realms/realtime";

/// Keycloak builds itself first, and everything else waits for it.
const START: Duration = Duration::from_mins(15);

/// podman leaves it to systemd to ask containers how they are. Where there is none, nobody would.
const BETWEEN_CHECKS: Duration = Duration::from_secs(2);

/// More than any check of the compose file is given.
const LONGEST_CHECK: Duration = Duration::from_secs(15);

/// What people do with it: `cargo xtask demo`, with real clients. From device to device they need the relay's addresses.
const PLAYS: [&str; 3] = ["room", "call", "p2p"];

/// How much of what containers say is told with a fault.
const TAIL: &str = "--tail=15";

struct Trial<'a> {
    engine: &'a Engine,
    network: Network<'a>,
    compose: PathBuf,
    scratch: tempfile::TempDir,
}

/// Starts the profile `core`, plays, and takes everything away again.
pub(super) async fn run(engine: &Engine, progress: &Progress) -> Result<String> {
    setup::npm_packages(&tree::system_tests()).await?;
    let compose = program::find(engine, progress).await?;
    let scratch = tempfile::tempdir().context("cannot make a temporary folder")?;
    std::fs::write(scratch.path().join("env"), crate::compose::secrets())
        .context("cannot write the secrets")?;
    let trial = Trial { engine, network: Network::open(engine).await?, compose, scratch };
    tokio::select! {
        outcome = trial.play(progress) => outcome,
        fault = trial.serve() => Err(fault),
        fault = trial.ask_for_health() => Err(fault),
    }
}

/// Takes away what a run may have left.
pub(super) async fn forget(engine: &Engine) -> Result<()> {
    network::remove(engine).await
}

impl Trial<'_> {
    async fn play(&self, progress: &Progress) -> Result<String> {
        let played = self.start_and_meet(progress).await;
        let step = progress.step("docker-compose.dev.yml", "down, with its volumes");
        let mut down = self.compose();
        down.args(["down", "--volumes", "--timeout", "30"]);
        let ended = shell::succeed(down, |line| step.note(line)).await;
        let played = played?;
        ended?;
        step.done("nothing is left");
        Ok(played)
    }

    async fn start_and_meet(&self, progress: &Progress) -> Result<String> {
        let step = progress
            .step("docker-compose.dev.yml", "the profile core, with stand-ins for all that is not ours");
        let mut up = self.compose();
        up.args(["up", "--no-build", "--detach", "--wait", "--wait-timeout", &START.as_secs().to_string()]);
        if let Err(fault) = shell::succeed(up, |line| step.note(line)).await {
            return Err(fault.context(self.last_words().await));
        }
        step.done("everything is up and well");
        for play in PLAYS {
            let step = progress.step(&format!("demo {play}"), "real clients, through what was started");
            let mut demo = self.network.inside(binaries::this()?);
            demo.args(["demo", play, "--url", GATEWAY, "--issuer", ISSUER]);
            if let Err(fault) = shell::succeed(demo, |line| step.note(line)).await {
                return Err(fault.context(self.last_words().await));
            }
            step.done("as told");
        }
        Ok(format!(
            "docker-compose.dev.yml came up with two replicas of each service; played: {}",
            PLAYS.join(", ")
        ))
    }

    fn compose(&self) -> Command {
        let mut compose = self.engine.program(&self.compose);
        compose
            .args(["--file", "docker-compose.dev.yml", "--project-name", PROJECT, "--profile", "core"])
            .arg("--env-file")
            .arg(self.scratch.path().join("env"))
            .env("DOCKER_HOST", self.address());
        compose
    }

    fn address(&self) -> String {
        format!("unix://{}/podman.sock", self.scratch.path().display())
    }

    /// What Docker Compose speaks to; for as long as this is waited for.
    async fn serve(&self) -> anyhow::Error {
        let mut service = self.network.inside("podman");
        service.args(["system", "service", "--time=0", &self.address()]);
        match shell::succeed(service, |_| {}).await {
            Ok(()) => anyhow!("podman's service has ended"),
            Err(fault) => fault,
        }
    }

    async fn ask_for_health(&self) -> anyhow::Error {
        let ask = async || -> Result<Infallible> {
            loop {
                let mut list = self.engine.podman();
                list.args(["ps", "--quiet"]);
                let (_, containers) = shell::read(list).await?;
                for container in containers.split_whitespace() {
                    let mut check = self.engine.podman();
                    check.args(["healthcheck", "run", container]);
                    // What it finds is noted by podman; one that has no check, or is gone already, is none of ours. In a container that
                    // has only just started it may hang for ever; the next one does not.
                    if let Ok(checked) = timeout(LONGEST_CHECK, shell::follow(check, |_| {})).await {
                        checked?;
                    }
                }
                tokio::time::sleep(BETWEEN_CHECKS).await;
            }
        };
        match ask().await {
            Err(fault) => fault,
            Ok(never) => match never {},
        }
    }

    /// What the containers said last, for whoever must find the fault.
    async fn last_words(&self) -> String {
        let mut words = String::from("the containers' last words:");
        for arguments in [&["ps", "--all"][..], &["logs", "--no-color", TAIL]] {
            let mut asked = self.compose();
            asked.args(arguments);
            let heard = shell::follow(asked, |line| {
                words.push_str("\n    ");
                words.push_str(line);
            });
            if let Err(fault) = heard.await {
                write!(words, "\n    ({fault:#})").expect("a String takes everything");
            }
        }
        words
    }
}
