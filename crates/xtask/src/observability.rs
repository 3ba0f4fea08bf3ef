//! What an operator watches: objectives, alerts with their tests, dashboards. They are written here once; `cargo xtask codegen` makes of
//! them the files that Prometheus, Kubernetes and Grafana read, and `docs/slo.md`.
//!
//! The tests of this module hold them against the product: every metric exists, with these labels; every alert's link leads to a section of
//! the runbook; `promtool` plays each alert, as it fires and as it does not.

mod alert;
mod alerts;
mod dashboard;
mod dashboards;
#[cfg(test)]
mod foreign;
mod grafana;
#[cfg(test)]
mod metrics;
mod objective;
mod promtool;
mod rules;
mod yaml;

#[cfg(test)]
mod tests;

/// Where everything is that is generated here, but for the page on objectives.
const FOLDER: &str = "deploy/observability";

/// The generated files by their place in the tree.
pub(crate) fn documents() -> Vec<(String, String)> {
    let at = |place: &str| format!("{FOLDER}/{place}");
    let mut documents = vec![
        (at("kubernetes/rules.yaml"), rules::for_kubernetes()),
        ("docs/slo.md".to_owned(), objective::page()),
    ];
    for (part, rules) in rules::for_prometheus() {
        documents.push((at(&format!("prometheus/rules/{part}.yaml")), rules));
    }
    for (part, tests) in promtool::tests() {
        documents.push((at(&format!("prometheus/tests/{part}.yaml")), tests));
    }
    for dashboard in dashboards::all() {
        documents
            .push((at(&format!("grafana/dashboards/{}.json", dashboard.uid)), grafana::rendered(dashboard)));
    }
    documents
}
