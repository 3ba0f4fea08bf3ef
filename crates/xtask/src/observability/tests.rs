//! Holds what is written here against the product, the runbook and `promtool`.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

use serde_json::json;

use super::metrics::{Known, used};
use super::{alerts, dashboards, documents, yaml};
use crate::tree;

/// All expressions, and where each stands.
fn expressions() -> Vec<(String, String)> {
    let alerts = alerts::all().map(|alert| (alert.name, alert.expression));
    let recorded = super::objective::recorded().into_iter().map(|rule| {
        let text = |field: &str| rule[field].as_str().expect("a recording rule has it").to_owned();
        (text("record"), text("expr"))
    });
    let panels = dashboards::all().into_iter().flat_map(|dashboard| {
        dashboard.rows.iter().flat_map(|row| row.panels).flat_map(move |panel| {
            let place = format!("{}: {}", dashboard.uid, panel.title);
            panel.queries.iter().map(move |query| (place.clone(), query.expression.to_owned()))
        })
    });
    alerts.chain(recorded).chain(panels).collect()
}

#[test]
fn every_metric_and_label_that_is_asked_for_is_one_of_the_product() {
    let known = Known::read();
    let faults: Vec<String> = expressions()
        .iter()
        .flat_map(|(place, expression)| used(expression).into_iter().map(move |used| (place, used)))
        .filter_map(|(place, used)| known.fault(&used).map(|fault| format!("{place}: {fault}")))
        .collect();
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn the_series_of_the_examples_are_those_of_the_product() {
    let known = Known::read();
    for alert in alerts::all() {
        for (series, _) in alert.fires.series.iter().chain(&alert.quiet.series) {
            for used in used(series) {
                assert_eq!(known.fault(&used), None, "an example of {}", alert.name);
            }
        }
    }
}

#[test]
fn every_alert_leads_to_a_section_of_the_runbook() {
    let runbook = std::fs::read_to_string(tree::root().join("docs/runbook.md")).expect("there is a runbook");
    let headings: BTreeSet<&str> =
        runbook.lines().filter_map(|line| line.trim_start_matches('#').strip_prefix(' ')).collect();
    for alert in alerts::all() {
        assert!(
            headings.contains(alert.section.as_str()),
            "docs/runbook.md has no section {:?}",
            alert.section
        );
    }
    let sections: BTreeSet<String> = alerts::all().map(|alert| alert.section).collect();
    let written = runbook.split("\n## Alerts\n").nth(1).expect("the runbook has alerts");
    let written = written.split("\n## ").next().unwrap_or_default();
    for heading in written.lines().filter_map(|line| line.strip_prefix("### ")) {
        assert!(sections.contains(heading), "the runbook explains {heading:?}, which is no alert");
    }
}

#[test]
fn names_of_alerts_are_given_once() {
    let names: Vec<String> = alerts::all().map(|alert| alert.name).collect();
    assert_eq!(names.iter().collect::<BTreeSet<_>>().len(), names.len(), "{names:?}");
}

#[test]
fn each_alert_fires_and_is_quiet_as_its_examples_say() {
    let folder = tempfile::tempdir().expect("a folder");
    for (place, text) in documents() {
        let path = folder.path().join(place);
        std::fs::create_dir_all(path.parent().expect("it is in a folder")).expect("a folder");
        std::fs::write(path, text).expect("a file");
    }
    let prometheus = folder.path().join("deploy/observability/prometheus");
    for group in alerts::groups() {
        let file = format!("{}.yaml", group.name);
        promtool(&["check", "rules"], &prometheus.join("rules").join(&file));
        promtool(&["test", "rules"], &prometheus.join("tests").join(&file));
    }
}

#[test]
fn every_expression_of_a_panel_is_promql() {
    let rules: Vec<_> = expressions()
        .into_iter()
        .map(|(_, expression)| {
            let expression = expression.replace("$__rate_interval", "1m").replace("$instance", ".*");
            json!({ "record": "a:panel", "expr": expression })
        })
        .collect();
    // Of several rules with one name promtool would say so.
    let groups: Vec<_> = rules
        .iter()
        .zip(0..)
        .map(|(rule, number)| json!({ "name": number.to_string(), "rules": [rule] }))
        .collect();
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("panels.yaml");
    std::fs::write(&file, yaml::document(&json!({ "groups": groups }))).expect("a file");
    promtool(&["check", "rules", "--lint=none"], &file);
}

#[test]
fn the_configuration_of_prometheus_is_one() {
    promtool(
        &["check", "config", "--syntax-only"],
        &tree::root().join("deploy/observability/prometheus/prometheus.yaml"),
    );
}

fn promtool(arguments: &[&str], file: &Path) {
    let program = testkit::components::locate("promtool").expect("cargo xtask setup promtool");
    let output = Command::new(program).args(arguments).arg(file).output().expect("promtool runs");
    let said = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    assert!(output.status.success(), "{}\n{}", said(&output.stdout), said(&output.stderr));
}
