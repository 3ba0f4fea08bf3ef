//! The autoscaler: more replicas while there is much to do, and as few as before afterwards.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use futures_util::future::join_all;
use reqwest::Method;
use serde_json::json;

use super::hand::manifests;
use super::overlay::{APPLICATION, World};
use super::people::People;
use super::wait::until;

/// Metrics are a quarter of a minute old, and a replica takes its time on a machine that is busy.
const OUT: Duration = Duration::from_mins(5);
const IN: Duration = Duration::from_mins(7);

/// Each has one question under way.
const ASKING: usize = 12;

/// Asks as fast as it is answered until there are more than two replicas of realtime-service; then nobody asks, until there are two.
pub(super) async fn out_and_in(world: &World<'_>, people: &People) -> Result<String> {
    let figures = hastily(world, people).await;
    // What comes next is played with as many replicas as the manifests have.
    let back = world.kubectl.apply_folder(&manifests("production")).await;
    let figures = figures?;
    back?;
    Ok(figures)
}

/// The same with an autoscaler that is in a hurry, and stays so.
async fn hastily(world: &World<'_>, people: &People) -> Result<String> {
    let kubectl = world.kubectl;
    // What the manifests say is right for people: seldom, and after ten minutes. Nobody waits for that here, and one client on the same two cores is not load enough for twice
    // of what is asked for.
    let hasty = json!({ "spec": {
        "maxReplicas": 4,
        "metrics": [{ "type": "Resource", "resource": { "name": "cpu", "target": { "type": "Utilization", "averageUtilization": 50 } } }],
        "behavior": { "scaleDown": { "stabilizationWindowSeconds": 15, "policies": [{ "type": "Pods", "value": 1, "periodSeconds": 15 }] } },
    } });
    kubectl
        .run(&[
            "-n",
            APPLICATION,
            "patch",
            "hpa",
            "realtime-service",
            "--type=merge",
            "-p",
            &hasty.to_string(),
        ])
        .await?;
    world.settled(APPLICATION, "realtime-service").await?;
    ensure!(replicas(world).await? == 2, "there are not two replicas to begin with");
    let token = people.login("alice").await?.access_token;
    let answered = AtomicU64::new(0);
    let began = Instant::now();
    let load = join_all((0..ASKING).map(|_| ask(people, &token, &answered)));
    let most = tokio::select! {
        // It never ends by itself.
        _ = load => 0,
        more = until("replicas are added", OUT, async || {
            let now = replicas(world).await?;
            Ok(if now > 2 { Ok(now) } else { Err(format!("{now} replicas")) })
        }) => more?,
    };
    let out = began.elapsed();
    world.settled(APPLICATION, "realtime-service").await?;
    let quiet = Instant::now();
    until("replicas are taken away", IN, async || {
        let now = replicas(world).await?;
        Ok(if now == 2 { Ok(()) } else { Err(format!("{now} replicas")) })
    })
    .await?;
    Ok(format!(
        "    from 2 to {most} replicas after {} s of load ({} questions answered), back at 2 after {} s of none",
        out.as_secs(),
        answered.load(Ordering::Relaxed),
        quiet.elapsed().as_secs()
    ))
}

/// Asks what a join would meet, again and again: every check, and no effect. Limits are part of the answer, and of the work.
async fn ask(people: &People, token: &str, answered: &AtomicU64) {
    loop {
        let path = "rooms/standup/join?dry_run=true";
        if people.ask(Method::POST, path, token, Some(&json!({}))).await.is_ok() {
            answered.fetch_add(1, Ordering::Relaxed);
        }
    }
}

async fn replicas(world: &World<'_>) -> Result<u64> {
    let deployment = world.kubectl.get(&["-n", APPLICATION, "deployment", "realtime-service"]).await?;
    Ok(deployment["spec"]["replicas"].as_u64().unwrap_or_default())
}
