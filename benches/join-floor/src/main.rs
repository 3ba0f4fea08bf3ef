//! The least that a join can cost: the libraries and steps of realtime-service, written as one straight line with no
//! product code around them. `cargo xtask bench join` measures the service against it.
//!
//! It is not a service. It knows one issuer, whose keys it is given as a file, it takes every room for created, it
//! limits nothing, counts nothing, exports no spans and explains no refusal.

mod answer;
mod callers;
mod join;
mod mint;

use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use actix_web::{App, HttpResponse, HttpServer, web};
use clap::Parser;
use tracing_appender::non_blocking::WorkerGuard;

use crate::callers::Callers;
use crate::mint::Mint;

/// The floor under a join: the same libraries and steps, no product code.
#[derive(Debug, Parser)]
struct Arguments {
    /// Where to listen, for instance 127.0.0.1:8081.
    #[arg(long)]
    listen: std::net::SocketAddr,
    /// A file with the issuer's key set (JWKS).
    #[arg(long)]
    keys: PathBuf,
    /// The issuer, exactly as tokens name it. Its last path segment is the tenant.
    #[arg(long)]
    issuer: String,
    /// The audience that a token must have.
    #[arg(long)]
    audience: String,
    /// What clients are told to connect to.
    #[arg(long)]
    livekit_url: String,
    /// The API key that tokens are signed for.
    #[arg(long)]
    api_key: String,
    /// Its secret.
    #[arg(long)]
    api_secret: String,
    /// Remember verified tokens, so that a repeated one is looked up instead of verified.
    #[arg(long)]
    remember: bool,
}

#[actix_web::main]
async fn main() -> anyhow::Result<()> {
    let arguments = Arguments::parse();
    jsonwebtoken::crypto::aws_lc::DEFAULT_PROVIDER
        .install_default()
        .map_err(|_| anyhow::anyhow!("a crypto provider was installed before"))?;
    let _flushed_on_exit = start_log();

    let keys = serde_json::from_slice(&std::fs::read(&arguments.keys)?)?;
    let callers = web::Data::from(Arc::new(Callers::new(&keys, &arguments)));
    let mint = web::Data::from(Arc::new(Mint::new(&arguments)));
    HttpServer::new(move || {
        App::new()
            .app_data(callers.clone())
            .app_data(mint.clone())
            .route("/api/realtime/rooms/{room_id}/join", web::post().to(join::join))
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
