//! Updates while people are there: every replica replaced, by the same version, by a later one, and by the former again.

use std::time::Duration;

use anyhow::{Context as _, Result, anyhow, ensure};
use tokio::time::sleep;

use super::super::witness::{KeycloakAccess, Plan, Report, Witness};
use super::hand::manifests;
use super::overlay::{APPLICATION, World};
use super::people::People;
use super::step::Steps;
use crate::binaries;

/// How long a rollout may take, in seconds: two replicas of two services, a minute each.
const ROLLS_OUT: u32 = 600;

/// How long nothing is done after each: what the witness still misses then is lost.
const QUIET: Duration = Duration::from_secs(20);

const SERVICES: [&str; 2] = ["call-state-service", "realtime-service"];

/// What is done to the product while the witness looks.
#[derive(Clone, Copy)]
enum Change {
    Restart,
    Upgrade,
    Rollback,
}

impl Change {
    const ALL: [Self; 3] = [Self::Restart, Self::Upgrade, Self::Rollback];

    fn title(self) -> &'static str {
        match self {
            Self::Restart => "rolling restart",
            Self::Upgrade => "rolling upgrade",
            Self::Rollback => "rollback",
        }
    }

    async fn make(self, world: &World<'_>) -> Result<()> {
        match self {
            Self::Restart => {
                for service in SERVICES {
                    let deployment = format!("deployment/{service}");
                    world.kubectl.run(&["-n", APPLICATION, "rollout", "restart", &deployment]).await?;
                }
            }
            Self::Upgrade => world.kubectl.apply_folder(&manifests("next")).await?,
            Self::Rollback => world.kubectl.apply_folder(&manifests("production")).await?,
        }
        for service in SERVICES {
            world.kubectl.rolled_out(APPLICATION, &format!("deployment/{service}"), ROLLS_OUT).await?;
        }
        for service in SERVICES {
            world.settled(APPLICATION, service).await?;
        }
        Ok(())
    }
}

/// All three under one witness, each a step of its own.
pub(super) async fn play(world: &World<'_>, people: &People, steps: &mut Steps) {
    if !Change::ALL.iter().any(|change| steps.wants(change.title())) {
        return;
    }
    let mut witness = match start(world, people).await {
        Ok(witness) => witness,
        Err(fault) => return steps.broken(&fault.context("the witness does not begin")),
    };
    for change in Change::ALL {
        steps
            .play(world.progress, change.title(), async || {
                witness.phase(change.title()).await?;
                let before = versions(world).await?;
                change.make(world).await?;
                let after = versions(world).await?;
                // A restart is the same again; the others are something else.
                let is_another = before != after;
                let wanted = match change {
                    Change::Restart => false,
                    Change::Upgrade | Change::Rollback => true,
                };
                ensure!(is_another == wanted, "{before} became {after}");
                // What is still under way belongs to this change.
                witness.phase(&format!("after the {}", change.title())).await?;
                sleep(QUIET).await;
                let report = witness.look().await?;
                report.verdict_of(change.title()).map_err(|words| anyhow!(words))?;
                Ok(format!("    {before} → {after}"))
            })
            .await;
    }
    match witness.finish().await {
        Ok(report) => judged(steps, &report),
        Err(fault) => steps.broken(&fault.context("the witness does not end")),
    }
}

/// Somebody is there from now on.
pub(super) async fn start(world: &World<'_>, people: &People) -> Result<Witness> {
    let command = world.cluster.inside(&[binaries::this()?.into(), "witness".into()]);
    let keycloak = KeycloakAccess {
        url: people.keycloak.clone(),
        realm: "realtime".to_owned(),
        client: "web".to_owned(),
        username: super::accounts::ADMINISTRATOR.to_owned(),
        password: people.password.clone(),
    };
    Witness::start(super::program(&command), &Plan::usual(people.gateway.clone()), &keycloak).await
}

/// The figures of all phases, and whatever was broken in any of them.
fn judged(steps: &mut Steps, report: &Report) {
    steps.measured("updates, seen by the witness", &report.to_string());
    if let Err(words) = report.verdict() {
        steps.broken(&anyhow!(words));
    }
}

/// What every replica of realtime-service says that it is.
async fn versions(world: &World<'_>) -> Result<String> {
    let mut seen = std::collections::BTreeSet::new();
    for pod in world.serving(APPLICATION, "realtime-service").await? {
        let path = format!("/api/v1/namespaces/{APPLICATION}/pods/{pod}:9081/proxy/info");
        let info =
            world.kubectl.raw(&path).await?.with_context(|| format!("{pod} does not tell what it is"))?;
        let info: serde_json::Value = serde_json::from_str(&info).context("/info is no JSON")?;
        seen.insert(format!(
            "{} ({})",
            info["version"].as_str().unwrap_or("?"),
            info["commit"].as_str().unwrap_or("?")
        ));
    }
    Ok(seen.into_iter().collect::<Vec<_>>().join(", "))
}
