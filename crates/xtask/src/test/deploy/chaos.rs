//! What people see when something breaks. Measured, and judged by one thing alone: that everybody is there again afterwards.

use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use tokio::time::sleep;

use super::super::witness::Witness;
use super::hand;
use super::overlay::{APPLICATION, MEDIA, World};
use super::people::People;
use super::rolling;
use super::step::Steps;

/// How long people are watched after each fault: longer than a failover, and than a lease of a device.
const WATCHED: Duration = Duration::from_secs(45);

/// What is broken.
#[derive(Clone, Copy)]
enum Fault {
    RealtimeServiceKilled,
    CallStateServiceKilled,
    RedisPrimaryKilled,
    LivekitRestarted,
    CollectorGone,
}

impl Fault {
    const ALL: [Self; 5] = [
        Self::RealtimeServiceKilled,
        Self::CallStateServiceKilled,
        Self::RedisPrimaryKilled,
        Self::LivekitRestarted,
        Self::CollectorGone,
    ];

    fn title(self) -> &'static str {
        match self {
            Self::RealtimeServiceKilled => "a pod of realtime-service killed",
            Self::CallStateServiceKilled => "a pod of call-state-service killed",
            Self::RedisPrimaryKilled => "the primary of Redis killed",
            Self::LivekitRestarted => "LiveKit restarted",
            Self::CollectorGone => "the collector gone",
        }
    }

    async fn happens(self, world: &World<'_>) -> Result<()> {
        let kubectl = world.kubectl;
        match self {
            Self::RealtimeServiceKilled => kill_one(world, "realtime-service").await,
            Self::CallStateServiceKilled => kill_one(world, "call-state-service").await,
            Self::RedisPrimaryKilled => hand::kills(kubectl, APPLICATION, &primary(world).await?).await,
            Self::LivekitRestarted => {
                kubectl
                    .run(&[
                        "-n",
                        MEDIA,
                        "delete",
                        "pod",
                        "-l",
                        "app.kubernetes.io/name=livekit",
                        "--wait=false",
                    ])
                    .await
            }
            Self::CollectorGone => {
                kubectl
                    .run(&[
                        "-n",
                        "observability",
                        "scale",
                        "deployment/opentelemetry-collector",
                        "--replicas=0",
                    ])
                    .await
            }
        }
    }

    /// Everything as it was.
    async fn is_over(self, world: &World<'_>) -> Result<()> {
        match self {
            Self::RealtimeServiceKilled => world.settled(APPLICATION, "realtime-service").await,
            Self::CallStateServiceKilled => world.settled(APPLICATION, "call-state-service").await,
            Self::RedisPrimaryKilled => {
                world.kubectl.rolled_out(APPLICATION, "statefulset/redis", 300).await?;
                primary(world).await.map(|_| ())
            }
            Self::LivekitRestarted => world.settled(MEDIA, "livekit").await,
            Self::CollectorGone => {
                let scale =
                    ["-n", "observability", "scale", "deployment/opentelemetry-collector", "--replicas=1"];
                world.kubectl.run(&scale).await
            }
        }
    }
}

async fn kill_one(world: &World<'_>, part: &str) -> Result<()> {
    let serving = world.serving(APPLICATION, part).await?;
    let pod = serving.first().context("nobody serves")?;
    hand::kills(world.kubectl, APPLICATION, pod).await
}

/// The pod that the Sentinels take for the primary.
async fn primary(world: &World<'_>) -> Result<String> {
    let ask = "REDISCLI_AUTH=$(cat /run/secrets/redis/sentinel-password) redis-cli -p 26379 --raw sentinel get-master-addr-by-name calls";
    let said = world
        .kubectl
        .said(&["-n", APPLICATION, "exec", "redis-sentinel-0", "--", "/bin/sh", "-euc", ask])
        .await?;
    let name = said.text.split('.').next().unwrap_or_default().trim().to_owned();
    ensure!(said.well && name.starts_with("redis-"), "the Sentinel names no primary: {}", said.text.trim());
    Ok(name)
}

/// One fault after the other, under one witness.
pub(super) async fn play(world: &World<'_>, people: &People, steps: &mut Steps) {
    if !Fault::ALL.iter().any(|fault| steps.wants(fault.title())) {
        return;
    }
    let mut witness = match rolling::start(world, people).await {
        Ok(witness) => witness,
        Err(fault) => return steps.broken(&fault.context("the witness does not begin")),
    };
    for fault in Fault::ALL {
        steps.play(world.progress, fault.title(), async || watched(world, &mut witness, fault).await).await;
    }
    match witness.finish().await {
        Ok(report) => steps.measured("faults, seen by the witness", &report.to_string()),
        Err(fault) => steps.broken(&fault.context("the witness does not end")),
    }
}

/// Breaks it, looks, and sees that a quiet moment afterwards is as good as one before.
async fn watched(world: &World<'_>, witness: &mut Witness, fault: Fault) -> Result<String> {
    witness.phase(fault.title()).await?;
    fault.happens(world).await?;
    // This is a measurement over a time, not a wait for something.
    sleep(WATCHED).await;
    fault.is_over(world).await?;
    let after = format!("after: {}", fault.title());
    witness.phase(&after).await?;
    sleep(WATCHED / 3).await;
    let report = witness.look().await?;
    let quiet = report.phase(&after).context("the witness has no such phase")?;
    ensure!(
        quiet.failed_joins == 0,
        "joins still fail when it is over: {} of {}",
        quiet.failed_joins,
        quiet.joins
    );
    Ok(String::new())
}
