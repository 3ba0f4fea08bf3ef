//! scratch
use actix_web::HttpResponse;
use http_server::*;
#[tokio::main]
async fn main() -> std::io::Result<()> {
    let _t = telemetry::start("scratch", "0", &telemetry::TelemetrySettings::default()).unwrap();
    let lo = "127.0.0.1:0".parse().unwrap();
    serve(Server { name: "scratch", version: "0", commit: None,
        settings: ServerSettings { listen: lo, management_listen: lo, drain_seconds: std::env::args().nth(1).unwrap().parse().unwrap(), stop_seconds: 3, ..Default::default() },
        limits: LimitSettings::default(), cors: CorsSettings::default(), registry: Default::default(),
        readiness: Readiness::new(clock::Clock::system()), clock: clock::Clock::system(),
        app: |c: &mut actix_web::web::ServiceConfig| { c.service(Route::at("/a").get("a", || async { HttpResponse::Ok().finish() })).service(Route::at("/never").without_deadline().get("n", || async { std::future::pending::<HttpResponse>().await })); } }).await
}
