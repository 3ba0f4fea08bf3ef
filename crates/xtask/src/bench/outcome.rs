//! What becomes of results: shown, kept, and judged.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context as _, Result};
use clap::Args;
use serde::Serialize;

use super::goal::Goal;
use super::page;
use crate::tree;

/// What to do with the results, besides showing them.
#[derive(Debug, Args)]
pub(super) struct Outcome {
    /// Write everything measured to this file, as JSON.
    #[arg(long)]
    json: Option<PathBuf>,
    /// Write the tables into docs/performance.md.
    #[arg(long)]
    write: bool,
    /// Fail when a promise is not kept.
    #[arg(long)]
    strict: bool,
}

impl Outcome {
    /// Does it with the results of `benchmark`, of which `report` is for people.
    pub(super) fn of(
        &self,
        benchmark: &str,
        results: &impl Serialize,
        report: &str,
        goals: &[Goal],
    ) -> Result<ExitCode> {
        println!("{report}");
        if let Some(file) = &self.json {
            let text = serde_json::to_string_pretty(results).context("writing the results as JSON")?;
            std::fs::write(file, text).with_context(|| format!("writing {}", file.display()))?;
        }
        if self.write {
            page::write(&tree::root().join("docs/performance.md"), benchmark, report)?;
        }
        let all_met = goals.iter().all(Goal::met);
        Ok(if all_met || !self.strict { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }
}
