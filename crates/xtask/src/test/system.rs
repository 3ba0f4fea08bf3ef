//! The system tests: TypeScript, with Node's own runner.

use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::{Context as _, Result, bail};

use testkit::components;

use super::Row;
use crate::{binaries, shell, tree};

/// Where the tests find this very program, for `xtask stack`.
const XTASK: &str = "XTASK";

/// Runs them all in one go; they share one `cargo xtask stack`.
pub(super) async fn run(filter: Option<&str>, soak: bool) -> Result<Vec<Row>> {
    // Here and not by the stack: a build that fails is then told as what it is.
    binaries::build("realtime-service").await?;
    let folder = tree::system_tests();
    let summary = tempfile::tempdir().context("cannot make a temporary folder")?;
    let summary = summary.path().join("system.tap");
    let mut tests = shell::program("node");
    tests
        .args(["--import", "tsx", "--test"])
        .args(["--test-reporter=spec", "--test-reporter-destination=stdout", "--test-reporter=tap"])
        .arg(format!("--test-reporter-destination={}", summary.display()))
        .args(filter.map(|filter| format!("--test-name-pattern={filter}")))
        .args(files(&folder)?)
        .current_dir(&folder)
        .env(XTASK, binaries::this()?)
        .env("CHROMIUM", components::locate("chromium")?)
        .env("TURNSERVER", components::locate("coturn")?)
        .env("AIORTC_PYTHON", components::locate("aiortc")?);
    if soak {
        // Read by `src/soak.ts`.
        tests.env("REALTIME_SOAK", "1");
    }
    let since = Instant::now();
    let status = shell::stream(tests).await?;
    let tap = std::fs::read_to_string(&summary).context("Node's test runner left no summary")?;
    let mut row = row(&tap);
    row.elapsed = since.elapsed();
    if !status.success() && row.failed == 0 {
        return Ok(vec![row, Row::broken(&format!("node --test ({status})"))]);
    }
    Ok(vec![row])
}

/// `tests/system/*.test.ts`.
fn files(folder: &Path) -> Result<Vec<PathBuf>> {
    let folder = folder.join("system");
    let mut files = Vec::new();
    for entry in std::fs::read_dir(&folder).with_context(|| format!("cannot read {}", folder.display()))? {
        let path = entry?.path();
        if path.to_string_lossy().ends_with(".test.ts") {
            files.push(path);
        }
    }
    files.sort();
    if files.is_empty() {
        bail!("there is no *.test.ts in {}", folder.display());
    }
    Ok(files)
}

/// The counts that end the TAP report. A test that was cancelled, by a time-out for instance, has failed.
fn row(tap: &str) -> Row {
    let count = |name: &str| {
        let counts =
            tap.lines().filter_map(|line| line.strip_prefix("# ")?.strip_prefix(name)?.strip_prefix(' '));
        counts.filter_map(|number| number.trim().parse::<usize>().ok()).next_back().unwrap_or(0)
    };
    Row {
        suite: "system".to_owned(),
        passed: count("pass"),
        failed: count("fail") + count("cancelled"),
        skipped: count("skipped") + count("todo"),
        ..Row::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_counts_are_read_from_the_end_of_the_report() {
        let tap = "TAP version 13\n# pass 99\nok 1 - a member joins\n1..1\n# tests 8\n# suites 1\n# pass 4\n# fail 1\n# cancelled 1\n# skipped 2\n# todo 0\n# duration_ms 12.5\n";
        let expected = Row { suite: "system".to_owned(), passed: 4, failed: 2, skipped: 2, ..Row::default() };
        assert_eq!(row(tap), expected);
    }

    #[test]
    fn a_report_that_was_cut_off_counts_nothing() {
        assert_eq!(row("TAP version 13\nok 1 - a member joins\n").executed(), 0);
    }
}
