//! Who may speak to whom, as the `NetworkPolicy`s of a rendering have it.
//!
//! Between pods of ours a connection needs both: the one may go out, the other may be come in to. Who is outside is named by its namespace and
//! labels, or its addresses; that a range of addresses may hold pods, too, is left aside, because those must be come in to as well.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::object::{Port, Workload, list, namespace, selects, word};
use crate::rendering::Rendering;

/// Where names are looked up: for everybody alike.
const NAMES: &str = "kube-system";

/// One line for each, `from -> to port`.
pub(crate) fn flows(rendering: &Rendering) -> BTreeSet<String> {
    let workloads = rendering.workloads();
    let mut flows = BTreeSet::new();
    for from in &workloads {
        for to in &workloads {
            for port in to.ports() {
                if lets_out(rendering, from, to, &port) && lets_in(rendering, from, to, &port) {
                    flows.insert(format!("{} -> {} {}", from.name, to.name, shown(&port)));
                }
            }
        }
        flows.extend(from_outside(rendering, from));
        flows.extend(to_outside(rendering, from));
    }
    flows
}

/// The policies of one direction that hold for these pods.
pub(crate) fn policies<'a>(
    rendering: &'a Rendering,
    workload: &Workload<'_>,
    direction: &str,
) -> Vec<&'a Value> {
    let holds = |policy: &&Value| {
        namespace(policy) == workload.namespace
            && selects(&policy["spec"]["podSelector"], workload.labels)
            && list(&policy["spec"]["policyTypes"]).iter().any(|kind| kind == direction)
    };
    rendering.of_kind("NetworkPolicy").filter(holds).collect()
}

fn lets_out(rendering: &Rendering, from: &Workload<'_>, to: &Workload<'_>, port: &Port<'_>) -> bool {
    rules(rendering, from, "Egress").any(|rule| {
        list(&rule["to"]).iter().any(|peer| is_peer(peer, from.namespace, to)) && has_port(rule, port)
    })
}

fn lets_in(rendering: &Rendering, from: &Workload<'_>, to: &Workload<'_>, port: &Port<'_>) -> bool {
    rules(rendering, to, "Ingress").any(|rule| {
        let anybody = rule["from"].is_null();
        (anybody || list(&rule["from"]).iter().any(|peer| is_peer(peer, to.namespace, from)))
            && has_port(rule, port)
    })
}

fn rules<'a>(
    rendering: &'a Rendering,
    workload: &Workload<'_>,
    direction: &str,
) -> impl Iterator<Item = &'a Value> {
    let field = direction.to_lowercase();
    policies(rendering, workload, direction)
        .into_iter()
        .flat_map(move |policy| list(&policy["spec"][field.as_str()]))
}

/// Whether a peer, seen from a policy of this namespace, is that workload.
fn is_peer(peer: &Value, home: &str, workload: &Workload<'_>) -> bool {
    if !peer["ipBlock"].is_null() {
        return false;
    }
    let place = foreign(peer).unwrap_or(home);
    place == workload.namespace && selects(&peer["podSelector"], workload.labels)
}

/// The namespace that a peer names.
fn foreign(peer: &Value) -> Option<&str> {
    peer["namespaceSelector"]["matchLabels"]["kubernetes.io/metadata.name"].as_str()
}

/// A rule without ports is a rule for all; there is none.
fn has_port(rule: &Value, port: &Port<'_>) -> bool {
    list(&rule["ports"]).iter().any(|entry| {
        let same = match (entry["port"].as_u64(), entry["endPort"].as_u64()) {
            (Some(first), Some(last)) => (first..=last).contains(&port.number),
            (Some(only), None) => only == port.number,
            (None, _) => word(&entry["port"]) == port.name,
        };
        same && entry["protocol"] == port.protocol
    })
}

fn from_outside(rendering: &Rendering, to: &Workload<'_>) -> Vec<String> {
    let mut flows = Vec::new();
    for rule in rules(rendering, to, "Ingress") {
        let peers = if rule["from"].is_null() {
            vec!["anybody".to_owned()]
        } else {
            outsiders(rendering, &rule["from"])
        };
        for peer in peers {
            for port in to.ports().iter().filter(|port| has_port(rule, port)) {
                flows.push(format!("{peer} -> {} {}", to.name, shown(port)));
            }
        }
    }
    flows
}

fn to_outside(rendering: &Rendering, from: &Workload<'_>) -> Vec<String> {
    let mut flows = Vec::new();
    for rule in rules(rendering, from, "Egress") {
        for peer in outsiders(rendering, &rule["to"]) {
            for entry in list(&rule["ports"]) {
                let last = entry["endPort"].as_u64().map(|last| format!("-{last}")).unwrap_or_default();
                flows.push(format!(
                    "{} -> {peer} {}{last}/{}",
                    from.name,
                    entry["port"],
                    word(&entry["protocol"])
                ));
            }
        }
    }
    flows
}

/// The peers that are none of ours.
fn outsiders(rendering: &Rendering, peers: &Value) -> Vec<String> {
    let ours = |place: &str| rendering.workloads().iter().any(|workload| workload.namespace == place);
    let outsider = |peer: &Value| {
        if let Some(range) = peer["ipBlock"]["cidr"].as_str() {
            return Some(range.to_owned());
        }
        let place = foreign(peer).filter(|place| *place != NAMES && !ours(place))?;
        let labels = peer["podSelector"]["matchLabels"].as_object();
        let labels: Vec<&str> = labels.into_iter().flatten().map(|(_, value)| word(value)).collect();
        Some(format!("{place}/{}", labels.join(",")))
    };
    list(peers).iter().filter_map(outsider).collect()
}

fn shown(port: &Port<'_>) -> String {
    format!("{}/{}", port.number, port.protocol)
}
