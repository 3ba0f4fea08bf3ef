//! Which metrics and labels there are, and which an expression asks for.
//!
//! The product's own are read from `docs/logging.md`, which another test holds against the registrations in the code, both ways.

use std::collections::{BTreeMap, BTreeSet};

use super::foreign;
use crate::tree;

/// Labels that everything has that is scraped, or that a histogram has.
const EVERYWHERE: [&str; 3] = ["job", "instance", "le"];
/// Labels whose values are names that an installation gives, or verbs that no page lists.
const OPEN: [&str; 11] = [
    "status",
    "method",
    "command",
    "operation",
    "issuer",
    "source",
    "cluster",
    "tenant",
    "errand",
    "event",
    "alertstate",
];
/// Words of `PromQL` that are no metric.
const WORDS: [&str; 10] =
    ["and", "or", "unless", "by", "without", "on", "ignoring", "group_left", "group_right", "bool"];
/// Those that are followed by labels in parentheses.
const LISTING: [&str; 6] = ["by", "without", "on", "ignoring", "group_left", "group_right"];

/// A metric with the conditions on its labels.
#[derive(Debug, Eq, PartialEq)]
pub(super) struct Used {
    metric: String,
    conditions: Vec<(String, String)>,
}

/// What there is.
pub(super) struct Known {
    /// The labels by metric, as documented.
    labels: BTreeMap<String, BTreeSet<String>>,
    /// Every page on which values of labels are told.
    pages: String,
    routes: String,
}

impl Known {
    pub(super) fn read() -> Self {
        let page = |name: &str| {
            std::fs::read_to_string(tree::root().join("docs").join(name)).expect("the page is there")
        };
        let logging = page("logging.md");
        let table = logging.split("\n## Metrics\n").nth(1).and_then(|rest| rest.split("\n## ").next());
        let mut labels = BTreeMap::new();
        for row in table.expect("it has metrics").lines().filter_map(|line| line.strip_prefix("| `")) {
            let mut columns = row.split(" | ");
            let names: Vec<&str> = quoted(columns.next().unwrap_or_default(), 0);
            let described: BTreeSet<String> =
                quoted(columns.next().unwrap_or_default(), 1).into_iter().map(str::to_owned).collect();
            for name in names {
                labels.insert(name.to_owned(), described.clone());
            }
        }
        for (name, own) in foreign::METRICS {
            labels.insert(name.to_owned(), own.iter().map(|label| (*label).to_owned()).collect());
        }
        let pages = [logging, page("errors.md"), page("protocol.md"), page("runbook.md")].concat();
        Self { labels, pages, routes: page("openapi.json") }
    }

    /// What is wrong with what an expression asks for.
    pub(super) fn fault(&self, used: &Used) -> Option<String> {
        let name = used.metric.as_str();
        if name.starts_with("slo:") {
            let recorded = super::objective::recorded();
            let is_there = recorded.iter().any(|rule| rule["record"] == name);
            return (!is_there).then(|| format!("{name} is not recorded"));
        }
        let of_histogram = || ["_bucket", "_sum", "_count"].iter().find_map(|part| name.strip_suffix(part));
        let Some(labels) = self.labels.get(name).or_else(|| self.labels.get(of_histogram()?)) else {
            return Some(format!("there is no metric {name}"));
        };
        used.conditions.iter().find_map(|(label, values)| {
            if EVERYWHERE.contains(&label.as_str()) {
                return None;
            }
            if !labels.contains(label) {
                return Some(format!("{name} has no label {label}"));
            }
            let is_open = OPEN.contains(&label.as_str()) || foreign::is_one(name);
            if is_open || values.is_empty() || values.starts_with('$') {
                return None;
            }
            if label == "route" {
                let is_there = values.starts_with(".*") || self.routes.contains(&format!("\"{values}\""));
                return (!is_there).then(|| format!("there is no route {values}"));
            }
            let unknown = values.split('|').find(|value| !self.pages.contains(&format!("`{value}`")));
            unknown.map(|value| format!("{name} has no {label} {value:?} that is documented"))
        })
    }
}

/// What stands between backticks, from the first or second stretch on.
fn quoted(text: &str, first: usize) -> Vec<&str> {
    text.split('`').skip(first).step_by(2).collect()
}

/// The metrics of an expression.
pub(super) fn used(expression: &str) -> Vec<Used> {
    let mut used = Vec::new();
    let mut rest = expression;
    while let Some(at) = rest.find(|c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '"' | '[' | '$'))
    {
        rest = &rest[at..];
        let first = rest.chars().next().unwrap_or_default();
        if first == '"' {
            rest = after(&rest[1..], '"');
            continue;
        }
        if first == '[' {
            rest = after(rest, ']');
            continue;
        }
        let end = rest
            .find(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '_' | ':' | '$' | '.')))
            .unwrap_or(rest.len());
        let (word, behind) = rest.split_at(end);
        rest = behind;
        let next = behind.trim_start();
        let is_called = next.starts_with('(') || next.starts_with("by ") || next.starts_with("without ");
        if LISTING.contains(&word) {
            rest = after(next, ')');
        } else if first.is_ascii_alphabetic() && !WORDS.contains(&word) && !is_called {
            let conditions = if behind.starts_with('{') { conditions(&mut rest) } else { Vec::new() };
            used.push(Used { metric: word.to_owned(), conditions });
        }
    }
    used
}

/// Takes what stands in braces at the beginning of `rest`.
fn conditions(rest: &mut &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    *rest = &rest[1..];
    while !rest.starts_with('}') {
        let (label, values) = rest.split_once('"').expect("a value is quoted");
        let (value, behind) = values.split_once('"').expect("and ends");
        let label = label.trim_matches(|c: char| !(c.is_ascii_alphanumeric() || c == '_'));
        found.push((label.to_owned(), value.to_owned()));
        *rest = behind.trim_start_matches([',', ' ']);
    }
    *rest = &rest[1..];
    found
}

fn after(text: &str, end: char) -> &str {
    text.split_once(end).map_or("", |(_, rest)| rest)
}

#[test]
fn metrics_and_conditions_are_found_in_an_expression() {
    let expression = "sum by (le, outcome) (rate(a_total{x=~\"1|2\",route=\"/{b}\"}[5m])) > 0.5 * b:c5m and on (d) e unless label_replace(f, \"g\", \"h\", \"\", \"\")";
    let plain = |metric: &str| Used { metric: metric.to_owned(), conditions: Vec::new() };
    let conditions =
        [("x", "1|2"), ("route", "/{b}")].map(|(label, value)| (label.to_owned(), value.to_owned()));
    let first = Used { metric: "a_total".to_owned(), conditions: conditions.into() };
    assert_eq!(used(expression), [first, plain("b:c5m"), plain("e"), plain("f")]);
}
