//! `docs/logging.md` names every event and every metric of the product, and none that is not.
//!
//! Both are found in the source as text: the last text of a logging macro is the event, the first one of a registration is
//! the metric. What is logged by way of anything else is not seen here.

use std::collections::BTreeSet;

use crate::files::sources;
use crate::none;
use crate::workspace::root;

const DOCUMENT: &str = "docs/logging.md";
const LEVELS: [&str; 5] = ["trace!(", "debug!(", "info!(", "warn!(", "error!("];
/// Tools of ours, which log for whoever runs them.
const TOOLS: [&str; 3] = ["crates/xtask/", "crates/testkit/", "benches/"];

#[test]
fn every_event_of_the_code_is_documented_and_the_other_way_round() {
    let found: BTreeSet<String> =
        LEVELS.iter().flat_map(|level| texts_in(level, |texts| texts.last().copied())).collect();
    let documented = documented("## Events");
    assert!(!found.is_empty() && !documented.is_empty(), "there are events");
    let missing = found.difference(&documented);
    let missing = missing.map(|name| format!("the event `{name}` is not in {DOCUMENT}"));
    let gone = documented.difference(&found);
    let gone = gone.map(|name| format!("{DOCUMENT} has the event `{name}`, and the code has not"));
    none("what is logged is documented", &missing.chain(gone).collect::<Vec<_>>());
}

#[test]
fn every_metric_of_the_code_is_documented_and_the_other_way_round() {
    let found = texts_in("registry.register(", |texts| texts.first().copied());
    let documented = documented("## Metrics");
    // Counters are given the ending when they are written out.
    let spelt =
        |name: &String| [name.clone(), format!("{name}_total")].iter().any(|name| documented.contains(name));
    let missing = found.iter().filter(|name| !spelt(name));
    let missing = missing.map(|name| format!("the metric `{name}` is not in {DOCUMENT}"));
    // Some are written out by a collector, which registers none and may give the unit apart from the name.
    let sources = sources(&["rs"]);
    let is_named = |name: &str| sources.iter().any(|(_, text)| text.contains(&format!("\"{name}\"")));
    let bare = |name: &str| name.trim_end_matches("_total").trim_end_matches("_seconds").to_owned();
    let gone = documented.iter().filter(|name| {
        !is_named(name) && !is_named(name.trim_end_matches("_total")) && !is_named(&bare(name))
    });
    let gone = gone.map(|name| format!("{DOCUMENT} has the metric `{name}`, and the code has not"));
    none("what is counted is documented", &missing.chain(gone).collect::<Vec<_>>());
}

/// What stands in the first column of the table below `heading`.
fn documented(heading: &str) -> BTreeSet<String> {
    let text = std::fs::read_to_string(root().join(DOCUMENT)).expect("the document is there");
    let section = text.split(heading).nth(1).expect("the document has this section");
    let section = section.split("\n## ").next().unwrap_or_default();
    let rows = section.lines().filter_map(|line| line.strip_prefix("| `"));
    let names = rows.flat_map(|row| row.split('|').next().unwrap_or_default().split('`').step_by(2));
    names.map(str::to_owned).collect()
}

/// What `pick` takes of the texts in the arguments of each `call` in the product.
fn texts_in(call: &str, pick: impl for<'t> Fn(&[&'t str]) -> Option<&'t str>) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for (name, text) in sources(&["rs"]) {
        if !name.contains("/src/")
            || name.ends_with("/tests.rs")
            || TOOLS.iter().any(|tool| name.starts_with(tool))
        {
            continue;
        }
        for (at, _) in text.match_indices(call) {
            let before = text[..at].chars().next_back().unwrap_or(' ');
            if before.is_ascii_alphanumeric() || before == '_' {
                continue;
            }
            let texts = texts(&text[at + call.len()..]);
            found.extend(pick(&texts).map(str::to_owned));
        }
    }
    found
}

/// The texts up to the parenthesis that closes these arguments. None of them holds an escaped quotation mark.
fn texts(arguments: &str) -> Vec<&str> {
    let (mut texts, mut depth) = (Vec::new(), 1_usize);
    for (number, part) in arguments.split('"').enumerate() {
        if number % 2 == 1 {
            texts.push(part);
            continue;
        }
        for character in part.chars() {
            match character {
                '(' => depth += 1,
                ')' => depth -= 1,
                _ => {}
            }
            if depth == 0 {
                return texts;
            }
        }
    }
    texts
}
