//! `cargo xtask dev`: the product on this machine, ready to try, until Ctrl-C.

mod first_join;
mod full;
mod guide;

use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Result, anyhow, bail};
use clap::Args;
use testkit::{Launch, LiveKit, Process, Ready};

use crate::setup::{self, Purpose};
use crate::stack::last_words;
use crate::{binaries, interrupt};
use guide::Guide;

/// A debug build on a busy machine needs a moment; far more than that is a hang.
const START_BOUND: Duration = Duration::from_mins(1);

#[derive(Args)]
#[command(after_help = "\
Examples:
  cargo xtask dev                   one process, LiveKit beside it, nothing else to install
  cargo xtask dev --port 8090       when 8080 is taken
  cargo xtask dev --log             with the service's log in this terminal
  cargo xtask dev --full            Keycloak, Caddy, LiveKit and realtime-service, each as in production

Listens on 127.0.0.1 only. Ctrl-C stops everything that it started. With --full, traces go to OTEL_EXPORTER_OTLP_ENDPOINT if that is set.")]
pub(crate) struct DevArgs {
    /// The port of the API on 127.0.0.1
    #[arg(long, default_value_t = 8080)]
    port: u16,
    /// Keycloak and Caddy too, instead of the identity provider inside the dev server
    #[arg(long)]
    full: bool,
    /// Show the service's log here, besides writing it to a file
    #[arg(long, conflicts_with = "full")]
    log: bool,
}

pub(crate) async fn run(args: DevArgs) -> Result<ExitCode> {
    must_be_free(args.port)?;
    if args.full { full::run(args.port).await } else { small(&args).await }
}

async fn small(args: &DevArgs) -> Result<ExitCode> {
    let (livekit, server) = tokio::select! {
        started = start(args) => started?,
        asked = interrupt::requested() => return stopped(asked),
    };
    let outcome = tokio::select! {
        words = last_words(Some(&server)) => Err(anyhow!(words)),
        words = last_words(livekit.process()) => Err(anyhow!(words)),
        asked = interrupt::requested() => stopped(asked),
    };
    stop(livekit, server).await;
    outcome
}

async fn start(args: &DevArgs) -> Result<(LiveKit, Process)> {
    setup::provide(Purpose::Dev.components()).await?;
    eprintln!("dev-server: building; the first time takes a few minutes");
    let program = binaries::build("dev-server").await?;
    eprintln!("livekit-server: starting");
    let webhook = format!("http://{}/api/realtime/webhooks/livekit", listen(args));
    let livekit = LiveKit::development(Some(&webhook)).await?;
    eprintln!("dev-server: starting");
    let log = log_file("dev-server")?;
    let (server, url) = serve(args, program, &livekit, &log)?;
    server.ready(Ready::Http(&format!("{url}/livez")), START_BOUND).await?;
    let guide =
        Guide { issuer: format!("{url}/realms/realtime"), url, livekit: livekit.public_url.clone(), log };
    first_join::would_succeed(&guide).await?;
    guide.print()?;
    Ok((livekit, server))
}

fn serve(args: &DevArgs, program: PathBuf, livekit: &LiveKit, log: &PathBuf) -> Result<(Process, String)> {
    let listen = listen(args);
    let launch = Launch::new("dev-server", program)
        .args(["--dev", "--listen", &listen.to_string()])
        .args(["--livekit-url", &livekit.url, "--livekit-public-url", &livekit.public_url])
        // Not as arguments: those can be read by every user of the machine.
        .env("DEV_SERVER_LIVEKIT_API_KEY", &livekit.api_key)
        .env("DEV_SERVER_LIVEKIT_API_SECRET", &livekit.api_secret)
        .log_to(log);
    let launch = if args.log { launch.forwarded() } else { launch };
    Ok((launch.spawn()?, format!("http://{listen}")))
}

fn listen(args: &DevArgs) -> SocketAddr {
    SocketAddr::from((Ipv4Addr::LOCALHOST, args.port))
}

/// Both at once: each may take a while to say goodbye.
async fn stop(mut livekit: LiveKit, server: Process) {
    tokio::join!(server.stop(), livekit.stop());
}

fn stopped(asked: Result<()>) -> Result<ExitCode> {
    asked?;
    eprintln!("\nstopping what was started");
    Ok(ExitCode::SUCCESS)
}

fn must_be_free(port: u16) -> Result<()> {
    match TcpListener::bind((Ipv4Addr::LOCALHOST, port)) {
        Ok(_) => Ok(()),
        Err(error) => bail!(
            "port {port} of 127.0.0.1 cannot be used ({error}): another program, perhaps another `cargo xtask dev`, has it. \
             End that one, or choose another port: `cargo xtask dev --port 8090`"
        ),
    }
}

/// Beside what Cargo builds, so that it is never committed.
fn log_file(name: &str) -> Result<PathBuf> {
    Ok(binaries::this()?.with_file_name(format!("{name}.log")))
}
