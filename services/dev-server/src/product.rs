//! Both services and the issuer in one process: the public API with the issuer on the one port that is known, and the
//! internal API of calls on a port of its own. They talk to each other over HTTP, as they do anywhere else; only what
//! they keep is in the memory that they share.

use std::pin::pin;

use actix_web::HttpResponse;
use actix_web::web::{Data, ServiceConfig};
use anyhow::bail;
use call_state_service::{Background, CallStateService, CallStateSettings};
use clock::Clock;
use http_server::{Bound, CorsSettings, Readiness, Route, Server};
use prometheus_client::registry::Registry;
use realtime_service::RealtimeService;
use store::Store;
use telemetry::Telemetry;
use tokio::sync::oneshot;

use crate::issuer::Issuer;
use crate::options::Options;
use crate::realm::Realm;
use crate::{NAME, VERSION, settings};

/// Serves until SIGTERM or SIGINT.
pub(crate) async fn serve(
    options: &Options,
    realm: Realm,
    call_state: CallStateSettings,
    telemetry: &Telemetry,
) -> anyhow::Result<()> {
    let clock = Clock::system();
    let store = Store::memory(clock.clone(), &call_state.identity.tenants());
    let (calls, background) = calls(call_state, store.clone(), &clock)?;

    let settings = settings::realtime(options, &realm, calls.address())?;
    let mut registry = Registry::default();
    telemetry.register_metrics(&mut registry);
    store.register_metrics(&mut registry);
    let readiness = Readiness::new(clock.clone());
    let service = RealtimeService::start(&settings, Some(store), &clock, &mut registry, &readiness)?;
    let issuer = Data::new(Issuer::new(&options.issuer(&realm.name), realm, clock.clone()));
    let mounted = service.clone();
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
            mounted.configure(app);
            Issuer::configure(&issuer, app);
        },
    };

    let (stop, stopped) = oneshot::channel();
    let mut calls = pin!(calls.run(async {
        // Whoever would say so is gone: that is as good as having said it.
        let _ = stopped.await;
    }));
    let outcome = tokio::select! {
        outcome = http_server::serve(server) => outcome,
        broke = &mut calls => {
            broke?;
            bail!("the internal API of calls ended by itself");
        }
    };
    // What the public service still does in the background needs the other one.
    let last_works = async {
        service.stop().await;
        let _ = stop.send(());
    };
    let ((), ended) = tokio::join!(last_works, calls);
    background.stop().await;
    Ok(outcome.and(ended)?)
}

/// The service of calls, whose port is open.
fn calls(settings: CallStateSettings, store: Store, clock: &Clock) -> anyhow::Result<(Bound, Background)> {
    let mut registry = Registry::default();
    let readiness = Readiness::new(clock.clone());
    let (service, background) = CallStateService::start(&settings, store, clock, &mut registry, &readiness)?;
    let server = Server {
        name: call_state_service::SERVICE.name,
        version: call_state_service::VERSION,
        commit: None,
        settings: settings.server,
        limits: call_state_service::limits(),
        cors: CorsSettings::default(),
        registry,
        readiness,
        clock: clock.clone(),
        app: move |app: &mut ServiceConfig| service.configure(app),
    };
    Ok((server.bind()?, background))
}

/// On the one port that a newcomer knows, as it is on the management port of a service.
async fn livez() -> HttpResponse {
    HttpResponse::Ok().json(serde_json::json!({ "status": "alive" }))
}
