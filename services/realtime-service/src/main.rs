//! realtime-service as a program.

use std::process::ExitCode;

use clock::Clock;
use http_server::{Readiness, Server};
use prometheus_client::registry::Registry;
use realtime_service::{COMMIT, RealtimeService, RealtimeSettings, SERVICE, VERSION};
use store::Store;
use telemetry::Telemetry;

fn main() -> ExitCode {
    // First of all: whoever mints a LiveKit token earlier leaves the process with HMAC alone.
    identity::install_crypto();
    let started = settings::command_line::<RealtimeSettings>(&SERVICE);
    match run(started.settings) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{} cannot run: {error:#}", SERVICE.name);
            ExitCode::FAILURE
        }
    }
}

#[tokio::main]
async fn run(settings: RealtimeSettings) -> anyhow::Result<()> {
    let telemetry = telemetry::start(SERVICE.name, VERSION, &settings.telemetry)?;
    // Boxed: everything that the service is made of passes through it once.
    let outcome = Box::pin(serve(settings, &telemetry)).await;
    telemetry.stop().await;
    outcome
}

async fn serve(settings: RealtimeSettings, telemetry: &Telemetry) -> anyhow::Result<()> {
    let mut registry = Registry::default();
    telemetry.register_metrics(&mut registry);
    let clock = Clock::system();
    let readiness = Readiness::new(clock.clone());
    let store = settings.redis.as_ref().map(|redis| Store::start(redis, &settings.identity.tenants()));
    let store = store.transpose()?;
    if let Some(store) = &store {
        store.register_metrics(&mut registry);
    }
    let service = RealtimeService::start(&settings, store, &clock, &mut registry, &readiness)?;
    let background = service.clone();
    let server = Server {
        name: SERVICE.name,
        version: VERSION,
        commit: COMMIT,
        settings: settings.server,
        limits: settings.limits,
        cors: settings.cors,
        registry,
        readiness,
        clock,
        app: move |app: &mut actix_web::web::ServiceConfig| service.configure(app),
    };
    let outcome = http_server::serve(server).await;
    background.stop().await;
    Ok(outcome?)
}
