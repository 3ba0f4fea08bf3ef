//! Ctrl-C, SIGTERM and the closing of the terminal: what asks a command to end.

use std::process::ExitCode;

use anyhow::{Context as _, Result};
use tokio::signal::unix::{SignalKind, signal};

/// What a shell reports of a program ended by Ctrl-C.
const INTERRUPTED: u8 = 130;

/// Waits for one of the signals.
pub(crate) async fn requested() -> Result<()> {
    let listen = |kind| signal(kind).context("cannot listen for signals");
    let mut interrupt = listen(SignalKind::interrupt())?;
    let mut terminate = listen(SignalKind::terminate())?;
    let mut hangup = listen(SignalKind::hangup())?;
    tokio::select! {
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
        _ = hangup.recv() => {}
    }
    Ok(())
}

/// Does the work until it is done or a signal comes; then the work is dropped, and with it whatever it had started.
pub(crate) async fn stops(work: impl Future<Output = Result<ExitCode>>) -> Result<ExitCode> {
    tokio::select! {
        outcome = work => outcome,
        requested = requested() => {
            requested?;
            eprintln!("\nstopped; nothing is left running");
            Ok(ExitCode::from(INTERRUPTED))
        }
    }
}
