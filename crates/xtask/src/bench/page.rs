//! `docs/performance.md`: the pieces that its reports are made of, and the places where they stand.

use std::fmt::{self, Write as _};
use std::path::Path;

use anyhow::{Context as _, Result};

use super::goal::{Goal, Wanted};
use super::statistics::Estimate;

const END: &str = "<!-- end of measured -->\n";

/// Puts the report of `cargo xtask bench <benchmark>` between its two marks in the page.
pub(super) fn write(page: &Path, benchmark: &str, report: &str) -> Result<()> {
    let text = std::fs::read_to_string(page).with_context(|| format!("reading {}", page.display()))?;
    let text = replaced(&text, benchmark, report)
        .with_context(|| format!("{} has no place marked for it", page.display()))?;
    std::fs::write(page, text).with_context(|| format!("writing {}", page.display()))
}

fn replaced(page: &str, benchmark: &str, report: &str) -> Option<String> {
    let begin = format!("<!-- measured: written by `cargo xtask bench {benchmark} --write` -->\n");
    let (before, rest) = page.split_once(&begin)?;
    let (_, after) = rest.split_once(END)?;
    Some(format!("{before}{begin}\n{report}\n{END}{after}"))
}

/// What was run, and where.
pub(super) fn facts(text: &mut String, command: &str, facts: &[(&'static str, String)]) {
    put(text, format_args!("Measured with `{command}`.\n\n| | |\n|---|---|\n"));
    for (name, value) in facts {
        put(text, format_args!("| {name} | {value} |\n"));
    }
}

/// How fast the load generator was, as one of the facts.
pub(super) fn load_ceiling(per_second: f64) -> (&'static str, String) {
    ("Load generator", format!("at most {per_second:.0} requests/s against a constant answer"))
}

/// What was promised, and what was seen.
pub(super) fn promises(text: &mut String, goals: &[Goal]) {
    put(text, format_args!("\n| promise | wanted | median | 90 % interval | |\n|---|---|---|---|---|\n"));
    for goal in goals {
        let Goal { about, unit, wanted, seen } = goal;
        let wanted = match wanted {
            Wanted::AtMost(bound) => format!("≤ {bound}{unit}"),
            Wanted::AtLeast(bound) => format!("≥ {bound}{unit}"),
        };
        let met = if goal.met() { "met" } else { "**missed**" };
        put(
            text,
            format_args!(
                "| {about} | {wanted} | {}{unit} | {} | {met} |\n",
                short(seen.median),
                interval(seen)
            ),
        );
    }
    put(text, format_args!("\n"));
}

/// The interval around a median, if there is one.
pub(super) fn interval(seen: &Estimate) -> String {
    if seen.low < seen.high {
        format!("{} – {}", short(seen.low), short(seen.high))
    } else {
        "–".to_owned()
    }
}

/// Three digits where they say something.
pub(super) fn short(value: f64) -> String {
    if value >= 100.0 { format!("{value:.0}") } else { format!("{value:.2}") }
}

/// Bytes in units of 10⁶.
pub(super) fn megabytes(bytes: u64) -> f64 {
    f64::from(u32::try_from(bytes / 1024).unwrap_or(u32::MAX)) * 1024.0 / 1e6
}

/// Adds to the text.
pub(super) fn put(text: &mut String, part: fmt::Arguments<'_>) {
    text.write_fmt(part).expect("a String takes everything");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_stands_between_the_marks_of_this_benchmark_is_replaced() {
        let place = |name: &str, report: &str| {
            format!("<!-- measured: written by `cargo xtask bench {name} --write` -->\n\n{report}\n{END}")
        };
        let page = format!("# Page\n\n{}Between.\n{}After.\n", place("join", "a\n"), place("calls", "b\n"));
        let expected =
            format!("# Page\n\n{}Between.\n{}After.\n", place("join", "a\n"), place("calls", "new\n"));
        assert_eq!(replaced(&page, "calls", "new\n").as_deref(), Some(expected.as_str()));
        assert_eq!(replaced("# Page\n", "calls", "new"), None);
    }

    #[test]
    fn figures_are_told_with_the_digits_that_matter() {
        for (value, expected) in [(1.2345, "1.23"), (87.456, "87.46"), (123.4, "123"), (0.0, "0.00")] {
            assert_eq!(short(value), expected);
        }
    }

    #[test]
    fn a_megabyte_is_a_million_bytes() {
        assert!((megabytes(25_000_960) - 25.0).abs() < 0.001);
    }
}
