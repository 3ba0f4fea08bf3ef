//! Whether a pod is given the time that it takes to go.

use crate::hold;
use crate::object::word;
use crate::settings::{environment, value};

/// For presence that is written and spans that are sent at the very end.
const LAST_THINGS_SECONDS: u64 = 5;

#[test]
fn a_replica_has_the_time_that_it_takes_to_send_everybody_away() {
    hold("pods are killed after their drain is over, not in it", |rendering| {
        let mut broken = Vec::new();
        for workload in rendering.workloads() {
            let Some(prefix) = prefix(workload.name) else { continue };
            let told = environment(rendering, &workload);
            let seconds = |setting: &str| -> u64 {
                let value = value(workload.name, &told, &format!("{prefix}__{setting}"));
                value.parse().unwrap_or_else(|_| panic!("{setting} is no number of seconds: {value}"))
            };
            let before: u64 = workload
                .servers()
                .iter()
                .filter_map(|container| container["lifecycle"]["preStop"]["sleep"]["seconds"].as_u64())
                .sum();
            let farewells = if prefix == "REALTIME" { seconds("SIGNALLING__DRAIN_SECONDS") } else { 0 };
            let needed = before
                + seconds("SERVER__DRAIN_SECONDS")
                + seconds("SERVER__STOP_SECONDS").max(farewells)
                + LAST_THINGS_SECONDS;
            let given = workload.pod["terminationGracePeriodSeconds"].as_u64().unwrap_or(30);
            // kube-proxy leads newcomers to a pod for two to three seconds after it was told to go.
            if before + seconds("SERVER__DRAIN_SECONDS") < 5 {
                broken.push(format!("{} stops serving before the cluster knows", workload.name));
            }
            if given < needed {
                broken.push(format!("{} may take {needed} s and is given {given}", workload.name));
            }
        }
        broken
    });
}

#[test]
fn whoever_has_no_drain_of_its_own_waits_until_the_cluster_knows() {
    hold("servers behind a Service go on for a while after they were told to go", |rendering| {
        let mut broken = Vec::new();
        for workload in rendering.workloads() {
            for container in workload.servers().iter().filter(|_| workload.kind == "Deployment") {
                let waits = container["lifecycle"]["preStop"]["sleep"]["seconds"]
                    .as_u64()
                    .is_some_and(|seconds| seconds >= 3);
                if !waits {
                    broken.push(format!("{} ({}) has no preStop", workload.name, word(&container["name"])));
                }
            }
        }
        broken
    });
}

fn prefix(service: &str) -> Option<&'static str> {
    match service {
        "realtime-service" => Some("REALTIME"),
        "call-state-service" => Some("CALL_STATE"),
        _ => None,
    }
}
