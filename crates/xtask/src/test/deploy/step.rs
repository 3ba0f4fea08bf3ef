//! Steps, one after the other, each a row of the table at the end.

use std::fmt::Write as _;
use std::time::Instant;

use anyhow::{Result, anyhow};

use super::super::table::{Row, Table};
use crate::progress::Progress;

/// What is played, and what came of it.
pub(super) struct Steps {
    filter: Option<String>,
    table: Table,
    figures: String,
}

impl Steps {
    pub(super) fn new(filter: Option<&str>) -> Self {
        Self { filter: filter.map(str::to_owned), table: Table::default(), figures: String::new() }
    }

    pub(super) fn wants(&self, name: &str) -> bool {
        self.filter.as_deref().is_none_or(|filter| name.contains(filter))
    }

    /// Plays it, if it is wanted; what it returns are figures for the end.
    pub(super) async fn play(
        &mut self,
        progress: &Progress,
        name: &str,
        work: impl AsyncFnOnce() -> Result<String>,
    ) {
        if self.wants(name) {
            // The fault is told, and counted; what comes after does not rest on it.
            let _ = self.must(progress, name, work).await;
        }
    }

    /// Plays it whatever is wanted: others rest on it.
    pub(super) async fn must(
        &mut self,
        progress: &Progress,
        name: &str,
        work: impl AsyncFnOnce() -> Result<String>,
    ) -> Result<()> {
        let since = Instant::now();
        let step = progress.step(name, "begins");
        let outcome = work().await;
        let mut row = Row { suite: name.to_owned(), elapsed: since.elapsed(), ..Row::default() };
        match outcome {
            Ok(figures) => {
                step.done("as promised");
                row.passed = 1;
                if !figures.is_empty() {
                    writeln!(self.figures, "{name}:\n{figures}").expect("a String takes everything");
                }
                self.table.add(row);
                Ok(())
            }
            Err(fault) => {
                progress.say(name, &format!("FAILED: {fault:#}"));
                row.failed = 1;
                self.table.add(row);
                Err(anyhow!("`{name}` failed, and what comes after rests on it"))
            }
        }
    }

    /// Figures of something that is measured and not judged.
    pub(super) fn measured(&mut self, title: &str, figures: &str) {
        writeln!(self.figures, "{title}:\n{figures}").expect("a String takes everything");
    }

    /// Something that had to be there for the rest.
    pub(super) fn broken(&mut self, fault: &anyhow::Error) {
        eprintln!("error: {fault:#}");
        self.table.add(Row::broken(&format!("{fault:#}").chars().take(100).collect::<String>()));
    }

    pub(super) fn end(self) -> (Table, String) {
        (self.table, self.figures)
    }
}
