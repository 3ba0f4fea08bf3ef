//! The product in one process, for whoever runs it for the first time: the whole API and an issuer with demo people.
//!
//! The service inside is the real one, with the real settings and a real LiveKit beside it; only the logins are made
//! here instead of in Keycloak. `cargo xtask dev` starts it.

mod issuer;
mod options;
mod realm;

use std::process::ExitCode;

use actix_web::HttpResponse;
use actix_web::web::{Data, ServiceConfig};
use clap::Parser;
use clock::Clock;
use http_server::{Readiness, Route, Server};
use prometheus_client::registry::Registry;
use realtime_service::{RealtimeService, RealtimeSettings, VERSION};
use telemetry::Telemetry;

use crate::issuer::Issuer;
use crate::options::Options;
use crate::realm::Realm;

/// What this program is called in logs and spans.
const NAME: &str = "dev-server";

fn main() -> ExitCode {
    // First of all: whoever mints a LiveKit token earlier leaves the process with HMAC alone.
    identity::install_crypto();
    match run(&Options::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{NAME} cannot run: {error:#}");
            ExitCode::FAILURE
        }
    }
}

#[tokio::main]
async fn run(options: &Options) -> anyhow::Result<()> {
    options.check()?;
    let realm = Realm::demo()?;
    let settings = options.settings(&realm.name)?;
    let telemetry = telemetry::start(NAME, VERSION, &settings.telemetry)?;
    let outcome = serve(options, settings, realm, &telemetry).await;
    telemetry.stop().await;
    outcome
}

async fn serve(
    options: &Options,
    settings: RealtimeSettings,
    realm: Realm,
    telemetry: &Telemetry,
) -> anyhow::Result<()> {
    let clock = Clock::system();
    let mut registry = Registry::default();
    telemetry.register_metrics(&mut registry);
    let readiness = Readiness::new(clock.clone());
    let service = RealtimeService::start(&settings, &clock, &mut registry, &readiness)?;
    let issuer = Data::new(Issuer::new(&options.issuer(&realm.name), realm, clock.clone()));
    let server = Server {
        name: NAME,
        version: VERSION,
        commit: None,
        settings: settings.server,
        limits: settings.limits,
        cors: settings.cors,
        registry,
        readiness,
        clock,
        app: move |app: &mut ServiceConfig| {
            app.service(Route::at("/livez").get("livez", livez));
            service.configure(app);
            Issuer::configure(&issuer, app);
        },
    };
    Ok(http_server::serve(server).await?)
}

/// On the one port that a newcomer knows, as it is on the management port of a service.
async fn livez() -> HttpResponse {
    HttpResponse::Ok().json(serde_json::json!({ "status": "alive" }))
}
