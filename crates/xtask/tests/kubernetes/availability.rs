//! What keeps a part there while something of it goes.

use serde_json::Value;

use crate::hold;
use crate::object::{Workload, list, namespace, selects, word};
use crate::rendering::Rendering;

fn of_several(rendering: &Rendering, broken: impl Fn(&Workload<'_>) -> Option<&'static str>) -> Vec<String> {
    let several = |workload: &&Workload<'_>| rendering.replicas(workload) >= 2;
    let workloads = rendering.workloads();
    let sentence = |workload: &Workload<'_>| Some(format!("{} {}", workload.name, broken(workload)?));
    workloads.iter().filter(several).filter_map(sentence).collect()
}

#[test]
fn whoever_has_several_gives_away_one_at_a_time() {
    hold("of each part that has several, a node that is emptied takes one at a time", |rendering| {
        of_several(rendering, |workload| {
            let of_it = |budget: &&Value| {
                namespace(budget) == workload.namespace
                    && selects(&budget["spec"]["selector"], workload.labels)
            };
            let budgets: Vec<&Value> = rendering.of_kind("PodDisruptionBudget").filter(of_it).collect();
            match budgets.as_slice() {
                [budget] => {
                    (budget["spec"]["maxUnavailable"] != 1).then_some("may lose more than one at once")
                }
                [] => Some("has no PodDisruptionBudget"),
                [..] => Some("has several PodDisruptionBudgets, and cannot be evicted"),
            }
        })
    });
}

#[test]
fn whoever_has_several_has_them_apart() {
    hold("of each part that has several, they are spread", |rendering| {
        of_several(rendering, |workload| {
            let spread = list(&workload.pod["topologySpreadConstraints"]);
            let own = |constraint: &Value| selects(&constraint["labelSelector"], workload.labels);
            (spread.is_empty() || !spread.iter().all(own)).then_some("does not spread its own pods")
        })
    });
}

#[test]
fn the_services_are_two_at_least_and_never_fewer_while_they_are_replaced() {
    hold("what is on the way of a request is there twice, and stays so", |rendering| {
        let on_the_way = ["realtime-service", "call-state-service", "gateway"];
        let workloads = rendering.workloads();
        let mut broken = Vec::new();
        for workload in workloads.iter().filter(|workload| on_the_way.contains(&workload.name)) {
            if rendering.replicas(workload) < 2 {
                broken.push(format!("{} may be alone", workload.name));
            }
            if workload.spec["strategy"]["rollingUpdate"]["maxUnavailable"] != 0 {
                broken.push(format!("{} has fewer while it is replaced", workload.name));
            }
        }
        broken
    });
}

#[test]
fn every_server_is_asked_how_it_is() {
    hold("servers have probes for their start, their life and their readiness", |rendering| {
        let mut broken = Vec::new();
        for workload in rendering.workloads() {
            for (container, probe) in
                workload.servers().iter().flat_map(|container| PROBES.map(|probe| (container, probe)))
            {
                let decides_another = probe == "readinessProbe" && word(&container["name"]) == BESIDE;
                if container[probe].is_null() && !decides_another {
                    broken.push(format!("{} ({}) has no {probe}", workload.name, word(&container["name"])));
                }
            }
        }
        broken
    });
}

#[test]
fn our_services_are_asked_at_the_management_port() {
    hold("alive is the process, ready is whoever can serve", |rendering| {
        let mut broken = Vec::new();
        for workload in rendering.workloads() {
            let ours = |container: &&Value| word(&container["image"]).contains("-service");
            for container in workload.servers().iter().filter(ours) {
                for (probe, path) in PROBES.into_iter().zip(["/livez", "/livez", "/readyz"]) {
                    let asked = &container[probe]["httpGet"];
                    if asked["path"] != path || asked["port"] != "management" {
                        broken
                            .push(format!("{}: {probe} does not ask {path} of `management`", workload.name));
                    }
                }
            }
        }
        broken
    });
}

#[test]
fn what_is_scaled_by_itself_is_scaled_by_nothing_else() {
    hold("an autoscaler has a target, which says no number of its own", |rendering| {
        let workloads = rendering.workloads();
        let mut broken = Vec::new();
        for scaler in rendering.of_kind("HorizontalPodAutoscaler") {
            let wanted = word(&scaler["spec"]["scaleTargetRef"]["name"]);
            match workloads
                .iter()
                .find(|workload| workload.name == wanted && workload.namespace == namespace(scaler))
            {
                None => broken.push(format!("there is no {wanted} to be scaled")),
                Some(target) if !target.spec["replicas"].is_null() => {
                    broken.push(format!(
                        "{wanted} says how many there are, and undoes what the autoscaler did"
                    ));
                }
                Some(_) => {}
            }
        }
        broken
    });
}

const PROBES: [&str; 3] = ["startupProbe", "livenessProbe", "readinessProbe"];

/// Watches the server whose pod it is in. The pod is ready when both are, so it has no say in it.
const BESIDE: &str = "exporter";
