//! How long a server takes to become ready, and what it occupies before anybody has asked it for anything.

use anyhow::Result;
use serde::Serialize;

use super::super::contender::{Contender, Running};
use super::super::process_figures::resident_bytes;
use super::super::statistics::milliseconds;

/// What one start showed.
#[derive(Debug, Clone, Copy, Serialize)]
pub(super) struct Start {
    /// From starting the process to its first 200 from `/readyz`.
    pub(super) ready_ms: f64,
    /// Resident memory once it has nothing more to do.
    pub(super) idle_bytes: u64,
}

/// Starts and stops `contender` this many times; the last one is left running.
pub(super) async fn measure(contender: &Contender, core: usize, times: u32) -> Result<(Vec<Start>, Running)> {
    let (first, mut running) = once(contender, core).await?;
    let mut starts = vec![first];
    for _ in 1..times {
        running.stop().await;
        let (start, next) = once(contender, core).await?;
        starts.push(start);
        running = next;
    }
    Ok((starts, running))
}

async fn once(contender: &Contender, core: usize) -> Result<(Start, Running)> {
    let running = contender.start(core).await?;
    running.quiet().await?;
    let start = Start {
        ready_ms: milliseconds(running.ready_after),
        idle_bytes: resident_bytes(running.process_id())?,
    };
    Ok((start, running))
}
