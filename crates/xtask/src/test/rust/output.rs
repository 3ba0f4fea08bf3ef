//! Reads what `cargo test` says: which program runs, and its results.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::test::Row;

/// Follows the lines of one run.
pub(super) struct Output {
    /// The crate of each test program, by the program's file name.
    crates: BTreeMap<String, String>,
    rows: BTreeMap<String, Row>,
    running: Option<Running>,
}

/// The test program, or the examples in the documentation of one crate, that run now.
struct Running {
    package: String,
    since: Duration,
    /// None from a program that is one test by itself, without Rust's test harness, and from one that crashed.
    results: usize,
    /// Tests that its results call failed.
    failed: usize,
    /// Whether Cargo says that it failed.
    refused: bool,
}

impl Output {
    pub(super) fn new(crates: BTreeMap<String, String>) -> Self {
        Self { crates, rows: BTreeMap::new(), running: None }
    }

    /// One line, without colours, and the time since the start.
    pub(super) fn read(&mut self, line: &str, now: Duration) {
        let line = line.trim_start();
        if let Some(program) = line.strip_prefix("Running ") {
            let file = program.rsplit(['/', '\\', '(']).next().unwrap_or(program).trim_end_matches(')');
            let package = self.crates.get(file).cloned();
            // A test that prints such a line itself names no program of ours.
            if let Some(package) = package {
                self.begin(package, now);
            }
        } else if let Some(library) = line.strip_prefix("Doc-tests ") {
            self.begin(library.replace('_', "-"), now);
        } else if let Some(result) = line.strip_prefix("test result: ") {
            self.count(result);
        } else if line.starts_with("error: test failed") || line.starts_with("error: doctest failed") {
            self.refuse();
        }
    }

    /// No more lines.
    pub(super) fn end(mut self, now: Duration) -> Vec<Row> {
        self.finish(now);
        self.rows.into_values().filter(|row| row.executed() + row.skipped > 0).collect()
    }

    fn begin(&mut self, package: String, now: Duration) {
        self.finish(now);
        self.running = Some(Running { package, since: now, results: 0, failed: 0, refused: false });
    }

    fn finish(&mut self, now: Duration) {
        if let Some(Running { package, since, results, failed, refused }) = self.running.take() {
            let row = self.row(&package);
            row.elapsed += now.saturating_sub(since);
            // Crashed, before its results or after them.
            row.failed += usize::from(refused && failed == 0);
            row.passed += usize::from(!refused && results == 0);
        }
    }

    fn refuse(&mut self) {
        if let Some(running) = &mut self.running {
            running.refused = true;
        }
    }

    /// `ok. 3 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.01s`
    fn count(&mut self, result: &str) {
        let Some(running) = &mut self.running else { return };
        running.results += 1;
        running.failed += number_before(result, " failed");
        let package = running.package.clone();
        let row = self.row(&package);
        row.passed += number_before(result, " passed");
        row.failed += number_before(result, " failed");
        row.skipped += number_before(result, " ignored");
    }

    fn row(&mut self, package: &str) -> &mut Row {
        let row = self.rows.entry(package.to_owned()).or_default();
        package.clone_into(&mut row.suite);
        row
    }
}

fn number_before(text: &str, word: &str) -> usize {
    text.split_once(word)
        .and_then(|(before, _)| before.rsplit(' ').next())
        .and_then(|number| number.parse().ok())
        .unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(lines: &str) -> Vec<(String, usize, usize, usize)> {
        let crates = [("identity-0a1b", "identity"), ("jwks-2c3d", "identity"), ("clock-4e5f", "clock")];
        let mut output = Output::new(
            crates.map(|(file, package)| (file.to_owned(), package.to_owned())).into_iter().collect(),
        );
        for line in lines.lines() {
            output.read(line, Duration::ZERO);
        }
        let rows = output.end(Duration::ZERO);
        rows.into_iter().map(|row| (row.suite, row.passed, row.failed, row.skipped)).collect()
    }

    #[test]
    fn results_are_added_up_per_crate() {
        let lines = "
     Running unittests src/lib.rs (target/debug/deps/clock-4e5f)
test result: ok. 2 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.01s
     Running unittests src/lib.rs (/elsewhere/debug/deps/identity-0a1b)
test result: ok. 12 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.01s
     Running tests/jwks.rs (target/debug/deps/jwks-2c3d)
test result: FAILED. 3 passed; 2 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.01s
   Doc-tests identity
test result: ok. 1 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.01s";
        assert_eq!(rows(lines), [("clock".to_owned(), 2, 0, 0), ("identity".to_owned(), 16, 2, 1)]);
    }

    #[test]
    fn a_program_that_crashes_counts_as_one_failure() {
        let lines = "
     Running unittests src/lib.rs (target/debug/deps/identity-0a1b)
error: test failed, to rerun pass `-p identity --lib`
     Running tests/jwks.rs (target/debug/deps/jwks-2c3d)
test result: ok. 3 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.01s
     Running unittests src/lib.rs (target/debug/deps/clock-4e5f)
test result: ok. 5 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.01s
error: test failed, to rerun pass `-p clock --lib`";
        assert_eq!(rows(lines), [("clock".to_owned(), 5, 1, 0), ("identity".to_owned(), 3, 1, 0)]);
    }

    #[test]
    fn a_failure_that_was_counted_is_not_counted_again() {
        let lines = "
     Running tests/jwks.rs (target/debug/deps/jwks-2c3d)
test result: FAILED. 3 passed; 2 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.01s
error: test failed, to rerun pass `-p identity --test jwks`";
        assert_eq!(rows(lines), [("identity".to_owned(), 3, 2, 0)]);
    }

    #[test]
    fn a_program_without_the_harness_is_one_test() {
        let lines = "
     Running tests/jwks.rs (target/debug/deps/jwks-2c3d)
     Running unittests src/lib.rs (target/debug/deps/clock-4e5f)
error: test failed, to rerun pass `-p clock --lib`";
        assert_eq!(rows(lines), [("clock".to_owned(), 0, 1, 0), ("identity".to_owned(), 1, 0, 0)]);
    }

    #[test]
    fn what_a_test_prints_starts_nothing() {
        let lines = "
     Running unittests src/lib.rs (target/debug/deps/clock-4e5f)
     Running late
test result: ok. 1 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.01s";
        assert_eq!(rows(lines), [("clock".to_owned(), 1, 0, 0)]);
    }

    #[test]
    fn a_crate_without_tests_has_no_row() {
        let lines = "
     Running unittests src/lib.rs (target/debug/deps/clock-4e5f)
test result: ok. 0 passed; 0 failed; 0 ignored; 0 measured; 5 filtered out; finished in 0.00s";
        assert_eq!(rows(lines), []);
    }
}
