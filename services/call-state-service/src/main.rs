//! call-state-service as a program.

use std::process::ExitCode;

use call_state_service::{COMMIT, CallStateService, CallStateSettings, SERVICE, VERSION};
use clock::Clock;
use http_server::{CorsSettings, Readiness, Server};
use mimalloc::MiMalloc;
use prometheus_client::registry::Registry;
use store::Store;
use telemetry::Telemetry;

/// A command makes some hundred small things and drops them on the same thread, for which the C library's allocator is slow.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

fn main() -> ExitCode {
    identity::install_crypto();
    let started = settings::command_line::<CallStateSettings>(&SERVICE);
    match run(started.settings) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{} cannot run: {error:#}", SERVICE.name);
            ExitCode::FAILURE
        }
    }
}

#[tokio::main]
async fn run(settings: CallStateSettings) -> anyhow::Result<()> {
    let telemetry = telemetry::start(SERVICE.name, VERSION, &settings.telemetry)?;
    let outcome = serve(settings, &telemetry).await;
    telemetry.stop().await;
    outcome
}

async fn serve(settings: CallStateSettings, telemetry: &Telemetry) -> anyhow::Result<()> {
    let mut registry = Registry::default();
    telemetry.register_metrics(&mut registry);
    let clock = Clock::system();
    let readiness = Readiness::new(clock.clone());
    let store = Store::start(&settings.redis, &settings.identity.tenants())?;
    store.register_metrics(&mut registry);
    let (service, background) = CallStateService::start(&settings, store, &clock, &mut registry, &readiness)?;
    let server = Server {
        name: SERVICE.name,
        version: VERSION,
        commit: COMMIT,
        settings: settings.server,
        limits: call_state_service::limits(),
        // No web page ever calls this API.
        cors: CorsSettings::default(),
        registry,
        readiness,
        clock,
        app: move |app: &mut actix_web::web::ServiceConfig| service.configure(app),
    };
    let outcome = http_server::serve(server).await;
    // After the last request: what was begun is finished, the rest is left to the other replicas.
    background.stop().await;
    Ok(outcome?)
}
