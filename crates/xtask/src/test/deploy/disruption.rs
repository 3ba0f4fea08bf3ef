//! A node is emptied: what may be evicted at once, and what may not.

use std::time::Duration;

use anyhow::{Result, bail, ensure};
use serde_json::json;

use super::kubectl::Said;
use super::overlay::{APPLICATION, World};
use super::wait::until;

/// A new pod must be ready, and settled.
const BACK: Duration = Duration::from_mins(4);

/// Evicts both replicas of a service one after the other, as `kubectl drain` does: the second is refused until the first has been replaced.
pub(super) async fn one_at_a_time(world: &World<'_>) -> Result<String> {
    let mut figures = Vec::new();
    for part in ["realtime-service", "call-state-service", "gateway"] {
        world.settled(APPLICATION, part).await?;
        let serving = world.serving(APPLICATION, part).await?;
        let [first, second] = serving.as_slice() else { bail!("{part} has not two replicas: {serving:?}") };
        let Said { well, text } = evict(world, first).await?;
        ensure!(well, "the first eviction of {part} is refused: {text}");
        let since = std::time::Instant::now();
        let Said { well, text } = evict(world, second).await?;
        ensure!(
            !well && (text.contains("TooManyRequests") || text.contains("disruption budget")),
            "{part}: a second pod may go while the first is not replaced: {text}"
        );
        // What a drain does, too: it asks again until it may.
        until(&format!("the second eviction of {part} is allowed"), BACK, async || {
            let Said { well, text } = evict(world, second).await?;
            Ok(if well { Ok(()) } else { Err(text) })
        })
        .await?;
        figures
            .push(format!("    {part}: the second was refused with 429 for {} s", since.elapsed().as_secs()));
        world.settled(APPLICATION, part).await?;
    }
    Ok(figures.join("\n"))
}

async fn evict(world: &World<'_>, pod: &str) -> Result<Said> {
    let eviction = json!({
        "apiVersion": "policy/v1", "kind": "Eviction",
        "metadata": { "name": pod, "namespace": APPLICATION },
    });
    let file = world.scratch.join("eviction.json");
    std::fs::write(&file, eviction.to_string())?;
    let address = format!("/api/v1/namespaces/{APPLICATION}/pods/{pod}/eviction");
    world.kubectl.said(&["create", "--raw", &address, "-f", &file.to_string_lossy()]).await
}
