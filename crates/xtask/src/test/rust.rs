//! The Rust tests of the workspace, counted per crate.
//!
//! Of its default members, that is: the programs in `benches` have no tests, and with `--workspace` the features that they ask of other
//! crates would have most of those compiled a second time.

mod output;

use std::collections::BTreeMap;
use std::time::Instant;

use anyhow::{Context as _, Result, bail};
use testkit::Keycloak;

use super::Row;
use crate::progress::{Progress, elapsed};
use crate::{binaries, shell};
use output::Output;

/// Builds, then runs with one Keycloak for all; otherwise every test program would start its own.
pub(super) async fn run(filter: Option<&str>, soak: bool) -> Result<Vec<Row>> {
    let crates = build().await?;
    let keycloak = shared_keycloak().await?;
    let mut tests = shell::cargo();
    tests.args(["test", "--no-fail-fast"]).envs(keycloak.environment());
    tests.args(filter);
    if soak {
        // Read by `testkit::soaking`.
        tests.env("REALTIME_SOAK", "1");
    }
    let mut output = Output::new(crates);
    let since = Instant::now();
    let status = shell::follow(tests, |line| {
        println!("{line}");
        output.read(&shell::plain(line), since.elapsed());
    })
    .await?;
    let mut rows = output.end(since.elapsed());
    if !status.success() && rows.iter().all(|row| row.failed == 0) {
        rows.push(Row::broken(&format!("cargo test ({status})")));
    }
    Ok(rows)
}

/// Tells which crate each test program belongs to; Cargo's words while it runs them do not.
async fn build() -> Result<BTreeMap<String, String>> {
    eprintln!("rust tests: building");
    let since = Instant::now();
    let mut build = shell::cargo();
    build.args(["test", "--no-run", "--message-format=json-render-diagnostics"]);
    let (status, messages) = shell::read(build).await?;
    if !status.success() {
        bail!("they do not build; the compiler's words are above");
    }
    eprintln!("rust tests: built ({})", elapsed(since));
    let named = |executable: binaries::Executable| {
        let file = executable.path.file_name()?.to_string_lossy().into_owned();
        Some((file, executable.package))
    };
    Ok(binaries::executables(&messages)?.into_iter().filter_map(named).collect())
}

async fn shared_keycloak() -> Result<Keycloak> {
    let progress = Progress::start();
    let step = progress.step("keycloak", "starting the one that all Rust tests share");
    let keycloak = Keycloak::start().await.context("the shared Keycloak does not start")?;
    step.done("ready");
    Ok(keycloak)
}
