//! The rounds: every server in turn and then the latency, so that whatever else the machine does meets all of them alike.

use anyhow::{Context as _, Result};
use serde::Serialize;

use super::super::figures::{Figures, microseconds_each, round_name};
use super::super::load::Volley;
use super::dialogue::Pairs;
use super::latency::{self, Latency};
use super::lineup::{Lineup, Place, Server, Surroundings};

/// How much is done.
pub(super) struct Plan {
    /// Rounds that are for caches, and are not reported.
    pub(super) warm_up: u32,
    pub(super) rounds: u32,
    /// What each server gets in each.
    pub(super) volley: Volley,
    /// How many invites are followed to the callee in each.
    pub(super) events: u32,
}

/// One server in one round.
#[derive(Debug, Clone, Copy, Serialize)]
pub(super) struct Measured {
    pub(super) round: u32,
    pub(super) server: Server,
    #[serde(flatten)]
    pub(super) figures: Figures,
    pub(super) redis_cpu_us_per_request: f64,
}

impl Measured {
    /// The processor time of the server and of its Redis, for one transition, in microseconds.
    pub(super) fn whole_cpu_us(&self) -> f64 {
        self.figures.cpu_us_per_request + self.redis_cpu_us_per_request
    }
}

/// What all rounds showed.
#[derive(Debug, Default)]
pub(super) struct Rounds {
    pub(super) servers: Vec<Measured>,
    pub(super) latencies: Vec<Latency>,
}

/// Plays the warm-up and the rounds.
pub(super) async fn play(
    surroundings: &Surroundings,
    lineup: &Lineup,
    pairs: &Pairs,
    plan: &Plan,
) -> Result<Rounds> {
    let mut seen = Rounds::default();
    for round in 0..plan.warm_up + plan.rounds {
        let name = round_name(round, plan.warm_up, plan.rounds);
        let counts = round >= plan.warm_up;
        for server in Server::ALL {
            let measured = measure(lineup.of(server), pairs, &plan.volley, round, server)
                .await
                .with_context(|| format!("{name}, {}, {} calls", server.name(), server.live_calls()))?;
            say(&name, &measured);
            seen.servers.extend(counts.then_some(measured));
        }
        let latency = latency::measure(surroundings, lineup.of(Server::Few), round, plan.events)
            .await
            .with_context(|| format!("{name}, latency"))?;
        eprintln!(
            "{name}: {:7.0} µs to the callee's event, {:5.0} µs to a subscriber",
            latency.event_p50_us, latency.publish_p50_us
        );
        seen.latencies.extend(counts.then_some(latency));
    }
    Ok(seen)
}

async fn measure(
    place: &Place,
    pairs: &Pairs,
    volley: &Volley,
    round: u32,
    server: Server,
) -> Result<Measured> {
    let running = &place.running;
    running.contender.cut_log()?;
    place.empty_queue().await?;
    let before = running.quiet().await?;
    let redis_before = place.redis_cpu()?;
    let volleyed = volley.fire(running.contender.address, &mut pairs.clone())?;
    let redis_cpu = place.redis_cpu()?.since(&redis_before);
    let cpu = running.quiet().await?.since(&before);
    Ok(Measured {
        round,
        server,
        figures: Figures::of(cpu, &volleyed),
        redis_cpu_us_per_request: microseconds_each(redis_cpu, volleyed.requests()),
    })
}

fn say(name: &str, measured: &Measured) {
    eprintln!(
        "{name}: {:18} {:7} live {:7.1} µs CPU/transition and {:5.1} µs of Redis {:8.0} transitions/s",
        measured.server.name(),
        measured.server.live_calls(),
        measured.figures.cpu_us_per_request,
        measured.redis_cpu_us_per_request,
        measured.figures.requests_per_second
    );
}
