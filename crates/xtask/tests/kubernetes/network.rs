//! Who may speak to whom: exactly these.

use crate::flows::{flows, policies};
use crate::hold;
use crate::object::{list, name, namespace};
use crate::rendering::overlay;

#[track_caller]
fn check(name: &str, expected: &str) {
    let expected: Vec<&str> = expected.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    let flows: Vec<String> = flows(overlay(name)).into_iter().collect();
    let missing: Vec<&&str> =
        expected.iter().filter(|line| !flows.iter().any(|flow| flow == **line)).collect();
    let added: Vec<&String> = flows.iter().filter(|flow| !expected.contains(&flow.as_str())).collect();
    assert!(
        missing.is_empty() && added.is_empty(),
        "{name}: not allowed any more {missing:#?}, and now allowed {added:#?}"
    );
}

#[test]
fn on_a_cluster_for_trying() {
    check(
        "dev",
        "
        anybody -> gateway 8080/TCP
        anybody -> livekit 7881/TCP
        anybody -> livekit 7882/UDP
        call-state-service -> keycloak/keycloak 8080/TCP
        call-state-service -> keycloak/keycloak 8443/TCP
        call-state-service -> redis 6379/TCP
        call-state-service -> redis-sentinel 26379/TCP
        gateway -> livekit 7880/TCP
        gateway -> realtime-service 8081/TCP
        keycloak/keycloak -> realtime-service 8081/TCP
        livekit -> 0.0.0.0/0 1024-65535/UDP
        livekit -> ::/0 1024-65535/UDP
        livekit -> realtime-service 8081/TCP
        livekit -> redis 6379/TCP
        livekit -> redis-sentinel 26379/TCP
        realtime-service -> call-state-service 8082/TCP
        realtime-service -> keycloak/keycloak 8080/TCP
        realtime-service -> keycloak/keycloak 8443/TCP
        realtime-service -> livekit 7880/TCP
        realtime-service -> redis 6379/TCP
        realtime-service -> redis-sentinel 26379/TCP
        redis -> redis 6379/TCP
        redis -> redis-sentinel 26379/TCP
        redis-sentinel -> redis 6379/TCP
        redis-sentinel -> redis-sentinel 26379/TCP
        ",
    );
}

#[test]
fn in_production() {
    check(
        "production",
        "
        anybody -> coturn 3478/TCP
        anybody -> coturn 3478/UDP
        anybody -> coturn 5349/TCP
        anybody -> gateway 8080/TCP
        anybody -> livekit 7881/TCP
        anybody -> livekit 7882/UDP
        call-state-service -> 0.0.0.0/0 443/TCP
        call-state-service -> observability/opentelemetry-collector 4318/TCP
        call-state-service -> redis 6379/TCP
        call-state-service -> redis-sentinel 26379/TCP
        coturn -> 0.0.0.0/0 1024-65535/UDP
        coturn -> ::/0 1024-65535/UDP
        gateway -> livekit 7880/TCP
        gateway -> observability/opentelemetry-collector 4318/TCP
        gateway -> realtime-service 8081/TCP
        livekit -> 0.0.0.0/0 1024-65535/UDP
        livekit -> ::/0 1024-65535/UDP
        livekit -> realtime-service 8081/TCP
        livekit -> redis 6379/TCP
        livekit -> redis-sentinel 26379/TCP
        monitoring/prometheus -> call-state-service 9082/TCP
        monitoring/prometheus -> gateway 9180/TCP
        monitoring/prometheus -> livekit 6789/TCP
        monitoring/prometheus -> realtime-service 9081/TCP
        monitoring/prometheus -> redis 9121/TCP
        realtime-service -> 0.0.0.0/0 443/TCP
        realtime-service -> call-state-service 8082/TCP
        realtime-service -> livekit 7880/TCP
        realtime-service -> observability/opentelemetry-collector 4318/TCP
        realtime-service -> redis 6379/TCP
        realtime-service -> redis-sentinel 26379/TCP
        redis -> redis 6379/TCP
        redis -> redis-sentinel 26379/TCP
        redis-sentinel -> redis 6379/TCP
        redis-sentinel -> redis-sentinel 26379/TCP
        ",
    );
}

#[test]
fn nobody_speaks_unless_it_is_allowed_by_name() {
    hold(
        "every pod is under a policy of its own for who comes in, and under one for all in both directions",
        |rendering| {
            let mut broken = Vec::new();
            for workload in rendering.workloads() {
                for direction in ["Ingress", "Egress"] {
                    let holding = policies(rendering, &workload, direction);
                    let is_for_all = |policy: &&&serde_json::Value| {
                        policy["spec"]["podSelector"].as_object().is_some_and(serde_json::Map::is_empty)
                    };
                    if holding.iter().filter(is_for_all).count() == 0 {
                        broken.push(format!("{} may do anything: {direction}", workload.name));
                    }
                    if holding.iter().all(|policy| is_for_all(&policy)) {
                        broken.push(format!("{} has no policy of its own: {direction}", workload.name));
                    }
                }
            }
            broken
        },
    );
}

#[test]
fn a_policy_says_from_whom_and_at_which_port() {
    hold("no rule is for every port, and none lets out to everybody", |rendering| {
        let mut broken = Vec::new();
        for policy in rendering.of_kind("NetworkPolicy") {
            let (ins, outs) = (list(&policy["spec"]["ingress"]), list(&policy["spec"]["egress"]));
            if ins.iter().chain(outs).any(|rule| list(&rule["ports"]).is_empty()) {
                broken.push(format!("{} has a rule for every port", name(policy)));
            }
            if outs.iter().any(|rule| list(&rule["to"]).is_empty()) {
                broken.push(format!("{} lets out to everybody", name(policy)));
            }
        }
        broken
    });
}

#[test]
fn a_policy_holds_for_somebody() {
    hold("a policy that holds for nobody has a wrong name in it", |rendering| {
        let workloads = rendering.workloads();
        let holds = |policy: &serde_json::Value| {
            workloads.iter().any(|workload| {
                workload.namespace == namespace(policy)
                    && crate::object::selects(&policy["spec"]["podSelector"], workload.labels)
            })
        };
        let idle = rendering.of_kind("NetworkPolicy").filter(|policy| !holds(policy));
        idle.map(|policy| format!("{} holds for nobody", name(policy))).collect()
    });
}
