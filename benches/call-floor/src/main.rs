//! The least that a transition of a call can cost: the same HTTP, the same token, the same two calls of scripts with the
//! same bytes, and nothing between them. `cargo xtask bench calls` measures call-state-service against it.
//!
//! It is not a service. What it sends to Redis and what it answers was recorded from call-state-service and is the same
//! each time, whoever asks; it looks at no record, decides nothing, compares no version, makes no id and counts nothing.
//! Tokens are verified by `identity`, as in the service, and as many lines are logged for each request: what is measured
//! is the rules and all that surrounds them, not libraries.

mod exchange;
mod transition;

use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;

use actix_web::{App, HttpResponse, HttpServer, web};
use anyhow::Context as _;
use clap::Parser;
use clock::Clock;
use identity::{IdentitySettings, IssuerSettings, Verifier};
use settings::Environment;
use tracing_appender::non_blocking::WorkerGuard;

use crate::exchange::Exchanges;

/// The floor under a transition: the same round trips, no rules.
#[derive(Debug, Parser)]
struct Arguments {
    /// Where to listen, for instance 127.0.0.1:8082.
    #[arg(long)]
    listen: SocketAddr,
    /// Whose tokens are accepted, exactly as they name it.
    #[arg(long)]
    issuer: String,
    /// The audience that a token must have.
    #[arg(long)]
    audience: String,
    /// Where Redis is. It must know the scripts.
    #[arg(long)]
    redis: String,
    /// A file with what is sent and answered, as JSON.
    #[arg(long)]
    exchanges: PathBuf,
}

#[actix_web::main]
async fn main() -> anyhow::Result<()> {
    let arguments = Arguments::parse();
    let _flushed_on_exit = start_log();

    let issuers = vec![IssuerSettings::from(arguments.issuer.as_str())];
    let settings = IdentitySettings { issuers, audience: arguments.audience, ..IdentitySettings::default() };
    let verifier = Verifier::start(&settings, Environment::Development, Clock::system())?;
    verifier.ready().await;
    let exchanges = Exchanges::read(&arguments.exchanges)?;
    let redis = redis::Client::open(arguments.redis)?.get_multiplexed_async_connection().await;
    let redis = redis.context("connecting to Redis")?;

    let exchanges = web::Data::new(exchanges);
    HttpServer::new(move || {
        App::new()
            .app_data(web::Data::new(verifier.clone()))
            .app_data(web::Data::new(redis.clone()))
            .app_data(exchanges.clone())
            .route("/internal/calls", web::post().to(transition::invite))
            .route("/internal/calls/{call_id}/{command}", web::post().to(transition::command))
            .route("/readyz", web::get().to(HttpResponse::Ok))
    })
    .bind(arguments.listen)?
    .run()
    .await?;
    Ok(())
}

/// JSON lines on stdout through a bounded queue and a writer thread, as a service that must not wait for its log does it.
fn start_log() -> WorkerGuard {
    let (stdout, guard) = tracing_appender::non_blocking(io::stdout());
    tracing_subscriber::fmt()
        .json()
        .flatten_event(true)
        .with_span_list(false)
        .with_env_filter("info")
        .with_writer(stdout)
        .init();
    guard
}
