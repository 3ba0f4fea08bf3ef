//! Whether what names another object names one that is there.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::hold;
use crate::object::{list, name, namespace, selects, word};
use crate::settings::{environment, value};

#[test]
fn settings_are_there_and_change_with_their_name() {
    hold("a ConfigMap that a pod uses is there, with a hash of what is in it in its name", |rendering| {
        let mut broken = Vec::new();
        for workload in rendering.workloads() {
            let by_environment = workload
                .containers()
                .flat_map(|container| list(&container["envFrom"]))
                .map(|source| &source["configMapRef"]["name"]);
            let by_volume = list(&workload.pod["volumes"]).iter().map(|volume| &volume["configMap"]["name"]);
            for wanted in by_environment.chain(by_volume).filter_map(Value::as_str) {
                let there = rendering
                    .of_kind("ConfigMap")
                    .any(|map| name(map) == wanted && namespace(map) == workload.namespace);
                let hash = wanted.rsplit_once('-').is_some_and(|(_, hash)| hash.len() == 10);
                if !there || !hash {
                    broken
                        .push(format!("{} uses {wanted}, which is not there or has no hash", workload.name));
                }
            }
        }
        broken
    });
}

#[test]
fn mounts_have_volumes_and_probes_have_ports() {
    hold("what a container mounts and is asked at is there", |rendering| {
        let mut broken = Vec::new();
        for workload in rendering.workloads() {
            let own = list(&workload.pod["volumes"]).iter().map(|volume| word(&volume["name"]));
            let claimed = list(&workload.spec["volumeClaimTemplates"]).iter().map(name);
            let volumes: BTreeSet<&str> = own.chain(claimed).collect();
            for mount in workload.containers().flat_map(|container| list(&container["volumeMounts"])) {
                if !volumes.contains(word(&mount["name"])) {
                    broken.push(format!("{} mounts {}, which is no volume", workload.name, mount["name"]));
                }
            }
            let ports: Vec<&str> = workload.ports().iter().map(|port| port.name).collect();
            for container in workload.servers() {
                for probe in ["startupProbe", "livenessProbe", "readinessProbe"] {
                    let port = [&container[probe]["httpGet"]["port"], &container[probe]["tcpSocket"]["port"]];
                    for port in
                        port.into_iter().filter(|port| !port.is_null() && !ports.contains(&word(port)))
                    {
                        broken.push(format!("{}: {probe} asks at {port}, which is no port", workload.name));
                    }
                }
            }
        }
        broken
    });
}

#[test]
fn a_service_leads_to_pods_that_listen() {
    hold("a Service selects pods, and its ports are theirs", |rendering| {
        let workloads = rendering.workloads();
        let mut broken = Vec::new();
        for service in rendering.of_kind("Service") {
            let selector = serde_json::json!({ "matchLabels": service["spec"]["selector"] });
            let behind = workloads.iter().find(|workload| {
                workload.namespace == namespace(service) && selects(&selector, workload.labels)
            });
            let Some(workload) = behind else {
                broken.push(format!("{} leads nowhere", name(service)));
                continue;
            };
            for port in list(&service["spec"]["ports"]) {
                let named = word(&port["targetPort"]);
                if !workload.ports().iter().any(|candidate| candidate.name == named) {
                    broken.push(format!(
                        "{} leads to {named} of {}, which is no port",
                        name(service),
                        workload.name
                    ));
                }
            }
        }
        broken
    });
}

#[test]
fn monitors_find_services() {
    hold("a ServiceMonitor selects one Service, which has its port", |rendering| {
        let mut broken = Vec::new();
        for monitor in rendering.of_kind("ServiceMonitor") {
            let found: Vec<&Value> = rendering
                .of_kind("Service")
                .filter(|service| namespace(service) == namespace(monitor))
                .filter(|service| selects(&monitor["spec"]["selector"], &service["metadata"]["labels"]))
                .collect();
            let has = |endpoint: &Value| {
                found
                    .iter()
                    .flat_map(|service| list(&service["spec"]["ports"]))
                    .any(|port| port["name"] == endpoint["port"])
            };
            if found.len() != 1 || !list(&monitor["spec"]["endpoints"]).iter().all(has) {
                broken.push(format!("{} does not find its Service", name(monitor)));
            }
        }
        broken
    });
}

#[test]
fn services_listen_where_they_are_asked() {
    hold("ports are those of the settings", |rendering| {
        let mut broken = Vec::new();
        for workload in rendering.workloads() {
            let prefix = match workload.name {
                "realtime-service" => "REALTIME",
                "call-state-service" => "CALL_STATE",
                _ => continue,
            };
            let told = environment(rendering, &workload);
            for (port, setting) in [("http", "SERVER__LISTEN"), ("management", "SERVER__MANAGEMENT_LISTEN")] {
                let listens = value(workload.name, &told, &format!("{prefix}__{setting}"));
                let number = listens.rsplit_once(':').map(|(_, number)| number.to_owned());
                let is_it = |candidate: &crate::object::Port<'_>| {
                    candidate.name == port && Some(candidate.number.to_string()) == number
                };
                if !workload.ports().iter().any(is_it) {
                    broken.push(format!(
                        "{} listens at {listens}, but its port `{port}` is another",
                        workload.name
                    ));
                }
            }
        }
        broken
    });
}

#[test]
fn nothing_is_there_twice() {
    hold("no two objects are one", |rendering| {
        let mut seen = BTreeSet::new();
        let title =
            |object: &Value| format!("{} {} in {:?}", word(&object["kind"]), name(object), namespace(object));
        rendering.objects.iter().map(title).filter(|title| !seen.insert(title.clone())).collect()
    });
}
