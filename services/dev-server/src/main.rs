//! The product in one process, for whoever runs it for the first time: the whole API and an issuer with demo people.
//!
//! The services inside are the real ones, with the real settings and a real LiveKit beside them; only the logins are
//! made here instead of in Keycloak, and calls are kept in memory instead of in Redis. `cargo xtask dev` starts it.

mod issuer;
mod options;
mod product;
mod realm;
mod settings;

use std::process::ExitCode;

use clap::Parser;
use realtime_service::VERSION;

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
    let call_state = settings::call_state(options, &realm)?;
    // Before any port is opened: telemetry has a say in what becomes of panics.
    let telemetry = telemetry::start(NAME, VERSION, &call_state.telemetry)?;
    let outcome = product::serve(options, realm, call_state, &telemetry).await;
    telemetry.stop().await;
    outcome
}
