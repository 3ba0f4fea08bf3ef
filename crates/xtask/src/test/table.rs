//! What was run, in numbers.

use std::fmt;
use std::time::Duration;

/// One suite: a crate's tests, or the system tests.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(super) struct Row {
    pub(super) suite: String,
    pub(super) passed: usize,
    pub(super) failed: usize,
    pub(super) skipped: usize,
    pub(super) elapsed: Duration,
}

/// All suites of a run.
#[derive(Debug, Default)]
pub(super) struct Table {
    rows: Vec<Row>,
}

impl Row {
    /// Something that had to run and did not: it counts as one failure.
    pub(super) fn broken(what: &str) -> Self {
        Self { suite: what.to_owned(), failed: 1, ..Self::default() }
    }

    pub(super) fn executed(&self) -> usize {
        self.passed + self.failed
    }
}

impl Table {
    pub(super) fn add(&mut self, row: Row) {
        self.rows.push(row);
    }

    pub(super) fn passed(&self) -> usize {
        self.rows.iter().map(|row| row.passed).sum()
    }

    pub(super) fn failed(&self) -> usize {
        self.rows.iter().map(|row| row.failed).sum()
    }

    pub(super) fn executed(&self) -> usize {
        self.rows.iter().map(Row::executed).sum()
    }
}

impl fmt::Display for Table {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let width = self.rows.iter().map(|row| row.suite.len()).max().unwrap_or(0).max("suite".len());
        writeln!(formatter, "\n{:width$}  passed  failed  skipped      time", "suite")?;
        for Row { suite, passed, failed, skipped, elapsed } in &self.rows {
            let seconds = elapsed.as_secs_f64();
            writeln!(formatter, "{suite:width$}  {passed:>6}  {failed:>6}  {skipped:>7}  {seconds:>6.1} s")?;
        }
        Ok(())
    }
}
