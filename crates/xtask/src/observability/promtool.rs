//! The examples of all alerts as `promtool test rules` plays them.

use serde_json::{Value, json};

use super::alert::{Alert, Played};
use super::alerts::Group;
use super::{alerts, rules, yaml};

/// A file of tests for each part of the product, by its name: each loads the rules of that part alone, all of which every test evaluates.
pub(super) fn tests() -> Vec<(&'static str, String)> {
    alerts::groups().iter().map(|part| (part.name, tests_of(part))).collect()
}

fn tests_of(part: &Group) -> String {
    let tests: Vec<Value> = part.alerts.iter().flat_map(|alert| [fires(alert), quiet(alert)]).collect();
    yaml::document(&json!({
        "rule_files": [format!("../rules/{}.yaml", part.name)],
        "evaluation_interval": "1m",
        "tests": tests,
    }))
}

fn fires(alert: &Alert) -> Value {
    let mut labels: serde_json::Map<String, Value> =
        alert.labels.iter().map(|(name, value)| (name.clone(), value.as_str().into())).collect();
    labels.insert("severity".to_owned(), alert.severity.as_str().into());
    let expected = json!([{
        "exp_labels": labels,
        "exp_annotations": rules::annotations(alert, "docs/runbook.md"),
    }]);
    played(&format!("{} fires", alert.name), alert, &alert.fires, &expected)
}

fn quiet(alert: &Alert) -> Value {
    played(&format!("{} is quiet", alert.name), alert, &alert.quiet, &json!([]))
}

fn played(name: &str, alert: &Alert, example: &Played, expected: &Value) -> Value {
    let series: Vec<Value> =
        example.series.iter().map(|(series, values)| json!({ "series": series, "values": values })).collect();
    json!({
        "name": name,
        "interval": "1m",
        "input_series": series,
        "alert_rule_test": [{
            "alertname": alert.name,
            "eval_time": format!("{}m", example.minutes),
            "exp_alerts": expected,
        }],
    })
}
