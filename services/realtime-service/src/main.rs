//! realtime-service as a program.

use std::process::ExitCode;

use anyhow::Context;
use clock::Clock;
use http_server::{Readiness, Server};
use prometheus_client::registry::Registry;
use realtime_service::{RealtimeService, RealtimeSettings, SERVICE, VERSION};

fn main() -> ExitCode {
    // First of all: whoever mints a LiveKit token earlier leaves the process with HMAC alone.
    identity::install_crypto();
    let started = settings::command_line::<RealtimeSettings>(&SERVICE);
    match run(&started.settings) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{} cannot run: {error:#}", SERVICE.name);
            ExitCode::FAILURE
        }
    }
}

#[tokio::main]
async fn run(settings: &RealtimeSettings) -> anyhow::Result<()> {
    let telemetry = telemetry::start(SERVICE.name, VERSION, &settings.telemetry)?;
    let result = serve(settings).await;
    telemetry.stop().await;
    result
}

async fn serve(settings: &RealtimeSettings) -> anyhow::Result<()> {
    let mut registry = Registry::default();
    let clock = Clock::system();
    let readiness = Readiness::new(clock.clone());
    let service = RealtimeService::start(settings, &clock, &mut registry, &readiness)?;
    todo()
}
