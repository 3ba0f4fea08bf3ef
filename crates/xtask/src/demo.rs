//! `cargo xtask demo`: what the product is for, played on one that runs, with clients that are not ours.

use std::process::ExitCode;

use anyhow::{Result, bail};
use clap::{Args, ValueEnum};
use reqwest::StatusCode;

use crate::{http, setup, shell, tree};

#[derive(Args)]
#[command(after_help = "\
Examples:
  cargo xtask dev                                   in one terminal
  cargo xtask demo                                  in another: two people meet in a room
  cargo xtask demo call                             two people with two devices each call each other
  cargo xtask demo p2p                              two people talk from device to device
  cargo xtask demo --url http://127.0.0.1:8090      after `cargo xtask dev --port 8090`")]
pub(crate) struct DemoArgs {
    /// What to play
    #[arg(value_enum, default_value_t = Play::Room)]
    play: Play,
    /// Where `cargo xtask dev` listens
    #[arg(long, default_value = "http://127.0.0.1:8080")]
    url: String,
    /// The realm where people log in; else the one that `cargo xtask dev` serves itself
    #[arg(long)]
    issuer: Option<String>,
}

/// What can be played.
#[derive(Clone, Copy, ValueEnum)]
enum Play {
    /// Two people meet in a room
    Room,
    /// Ring, busy, accept, talk, hang up, glare, history
    Call,
    /// Two devices find a way to each other, talk, find another way
    P2p,
}

impl Play {
    const fn name(self) -> &'static str {
        match self {
            Self::Room => "room",
            Self::Call => "call",
            Self::P2p => "p2p",
        }
    }
}

pub(crate) async fn run(args: DemoArgs) -> Result<ExitCode> {
    let url = args.url.trim_end_matches('/');
    must_run(url).await?;
    let tests = tree::system_tests();
    setup::npm_packages(&tests).await?;
    let mut demo = shell::program(tests.join("node_modules/.bin/tsx"));
    demo.args(["src/demo.ts", args.play.name(), "--url", url]).current_dir(&tests);
    if let Some(issuer) = &args.issuer {
        demo.args(["--issuer", issuer]);
    }
    let status = shell::stream(demo).await?;
    Ok(if status.success() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// The OpenAPI document is there for everybody, through the gateway too.
async fn must_run(url: &str) -> Result<()> {
    let document = format!("{url}/api/realtime/openapi.json");
    match probe(&document).await? {
        Some(status) if status.is_success() => Ok(()),
        Some(status) => {
            bail!("something answers at {url}, but it is not this product ({document} gave {status})")
        }
        None => bail!(
            "nothing answers at {url}: start `cargo xtask dev` in another terminal and wait until it says that it is ready"
        ),
    }
}

async fn probe(url: &str) -> Result<Option<StatusCode>> {
    match http::client()?.get(url).send().await {
        Ok(answer) => Ok(Some(answer.status())),
        Err(error) if error.is_builder() => {
            bail!("{url} is no address of a server, such as http://127.0.0.1:8080")
        }
        Err(_) => Ok(None),
    }
}
