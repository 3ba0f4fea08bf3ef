//! The rules as Prometheus reads them, and as its operator for Kubernetes does: the same groups in another wrapping.

use serde_json::{Map, Value, json};

use super::alert::Alert;
use super::alerts::Group;
use super::{alerts, objective, yaml};

/// The rule file of each part of the product, by the part's name.
pub(super) fn for_prometheus() -> Vec<(&'static str, String)> {
    let of = |part: &Group| (part.name, yaml::document(&json!({ "groups": groups_of(part) })));
    alerts::groups().iter().map(of).collect()
}

/// A `PrometheusRule`, for clusters in which the Prometheus operator runs.
pub(super) fn for_kubernetes() -> String {
    yaml::document(&json!({
        "apiVersion": "monitoring.coreos.com/v1",
        "kind": "PrometheusRule",
        "metadata": {
            "name": "realtime-calls",
            "labels": { "app.kubernetes.io/name": "rules", "app.kubernetes.io/part-of": "realtime-calls" },
        },
        "spec": { "groups": alerts::groups().iter().flat_map(groups_of).collect::<Vec<_>>() },
    }))
}

/// The groups of one part. What the objectives record is first, because their alerts ask for it.
fn groups_of(part: &Group) -> Vec<Value> {
    let name = |what: &str| format!("realtime-calls-{what}");
    let rules: Vec<Value> = part.alerts.iter().map(rule).collect();
    let alerting = json!({ "name": name(part.name), "rules": rules });
    if part.name == alerts::OBJECTIVES {
        let recording = json!({ "name": name("recorded"), "interval": "1m", "rules": objective::recorded() });
        vec![recording, alerting]
    } else {
        vec![alerting]
    }
}

fn rule(alert: &Alert) -> Value {
    json!({
        "alert": alert.name,
        "expr": alert.expression,
        "for": alert.lasting,
        "labels": { "severity": alert.severity.as_str() },
        "annotations": annotations(alert, RUNBOOK),
    })
}

/// Where the runbook is, is for each Prometheus to say: `runbook` among its external labels, such as the page's address in one's own wiki.
const RUNBOOK: &str = "{{ with $externalLabels.runbook }}{{ . }}{{ else }}docs/runbook.md{{ end }}";

/// What is told with an alert; `runbook` is the page.
pub(super) fn annotations(alert: &Alert, runbook: &str) -> Value {
    let mut annotations = Map::new();
    annotations.insert("summary".to_owned(), alert.summary.clone().into());
    annotations.insert("runbook_url".to_owned(), format!("{runbook}#{}", alert.anchor()).into());
    annotations.into()
}
