//! What a command that nobody contends for asks of Redis, by the service's own count.

use anyhow::Result;
use serde::Serialize;

use super::super::contender::{Contender, free_address};
use super::super::counters::Counters;
use super::super::load::Volley;
use super::dialogue::Pairs;
use super::lineup::Surroundings;

/// What was counted.
#[derive(Debug, Serialize)]
pub(super) struct Cost {
    pub(super) commands: f64,
    /// Reads and commits.
    pub(super) round_trips: f64,
    /// Second tries, and commits that found something changed.
    pub(super) retries: f64,
}

/// Starts one more replica beside `service`, has calls made there, and reads its metrics before and after.
pub(super) async fn observe(
    surroundings: &Surroundings,
    service: &Contender,
    pairs: &Pairs,
    volley: Volley,
) -> Result<Cost> {
    let mut replica = service.clone();
    replica.log.set_extension("counted.log");
    (replica.address, replica.management) = (free_address()?, free_address()?);
    replica.environment.extend([
        ("CALL_STATE__SERVER__LISTEN", replica.address.to_string()),
        ("CALL_STATE__SERVER__MANAGEMENT_LISTEN", replica.management.to_string()),
        // It reads records by itself, which is not what is counted.
        ("CALL_STATE__BACKGROUND__REAPER_INTERVAL_MS", "600000".to_owned()),
    ]);
    let running = replica.start(surroundings.core).await?;
    // Scripts that Redis does not know yet are sent once more.
    volley.fire(replica.address, &mut pairs.clone())?;
    let before = Cost::counted(&replica)?;
    volley.fire(replica.address, &mut pairs.clone())?;
    let after = Cost::counted(&replica)?;
    running.stop().await;
    Ok(Cost {
        commands: after.commands - before.commands,
        round_trips: after.round_trips - before.round_trips,
        retries: after.retries - before.retries,
    })
}

impl Cost {
    fn counted(replica: &Contender) -> Result<Self> {
        let counters = Counters::read(replica)?;
        let trips = |verb| counters.sum("store_round_trips_total", verb);
        let again = |metric| counters.sum(metric, "");
        Ok(Self {
            commands: counters.sum("call_commands_total", "outcome=\"changed\""),
            round_trips: trips("operation=\"read\"") + trips("operation=\"commit\""),
            retries: again("call_command_retries_total") + again("call_conflicts_total"),
        })
    }
}
