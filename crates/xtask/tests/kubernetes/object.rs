//! Objects of Kubernetes, as far as the rules look at them.

use serde_json::Value;

use crate::rendering::Rendering;

/// What runs pods.
pub(crate) struct Workload<'a> {
    pub(crate) kind: &'a str,
    pub(crate) name: &'a str,
    pub(crate) namespace: &'a str,
    pub(crate) spec: &'a Value,
    /// The specification of its pods.
    pub(crate) pod: &'a Value,
    /// The labels of its pods.
    pub(crate) labels: &'a Value,
}

/// A port that a pod listens at.
#[derive(Clone, Debug)]
pub(crate) struct Port<'a> {
    pub(crate) name: &'a str,
    pub(crate) number: u64,
    pub(crate) protocol: &'a str,
}

impl Rendering {
    pub(crate) fn of_kind(&self, kind: &str) -> impl Iterator<Item = &Value> {
        self.objects.iter().filter(move |object| object["kind"] == kind)
    }

    pub(crate) fn workloads(&self) -> Vec<Workload<'_>> {
        let running = |object: &&Value| !object["spec"]["template"]["spec"].is_null();
        self.objects
            .iter()
            .filter(|object| {
                object["apiVersion"]
                    .as_str()
                    .is_some_and(|api| api.starts_with("apps/") || api.starts_with("batch/"))
            })
            .filter(running)
            .map(|object| Workload {
                kind: word(&object["kind"]),
                name: name(object),
                namespace: namespace(object),
                spec: &object["spec"],
                pod: &object["spec"]["template"]["spec"],
                labels: &object["spec"]["template"]["metadata"]["labels"],
            })
            .collect()
    }

    /// How many there are at least: of what is scaled by itself, as many as it may go down to.
    pub(crate) fn replicas(&self, workload: &Workload<'_>) -> u64 {
        let is_of_it = |scaler: &&Value| {
            namespace(scaler) == workload.namespace
                && scaler["spec"]["scaleTargetRef"]["name"] == workload.name
        };
        let scaler = self.of_kind("HorizontalPodAutoscaler").find(is_of_it);
        scaler
            .map_or(&workload.spec["replicas"], |scaler| &scaler["spec"]["minReplicas"])
            .as_u64()
            .unwrap_or(1)
    }
}

impl<'a> Workload<'a> {
    /// Those that stay, and those that come before them.
    pub(crate) fn containers(&self) -> impl Iterator<Item = &'a Value> + use<'a> {
        list(&self.pod["containers"]).iter().chain(list(&self.pod["initContainers"]))
    }

    /// Those that stay.
    pub(crate) fn servers(&self) -> &'a [Value] {
        list(&self.pod["containers"])
    }

    pub(crate) fn ports(&self) -> Vec<Port<'a>> {
        let port = |port: &'a Value| Port {
            name: word(&port["name"]),
            number: port["containerPort"].as_u64().unwrap_or_default(),
            protocol: port["protocol"].as_str().unwrap_or("TCP"),
        };
        self.servers().iter().flat_map(|container| list(&container["ports"])).map(port).collect()
    }
}

pub(crate) fn name(object: &Value) -> &str {
    word(&object["metadata"]["name"])
}

pub(crate) fn namespace(object: &Value) -> &str {
    word(&object["metadata"]["namespace"])
}

/// The items of a list; of nothing, none.
pub(crate) fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

/// A text; of nothing, an empty one.
pub(crate) fn word(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

/// Whether a selector of labels takes these. Only the operator `In` is used in the manifests.
pub(crate) fn selects(selector: &Value, labels: &Value) -> bool {
    let same = selector["matchLabels"]
        .as_object()
        .is_none_or(|wanted| wanted.iter().all(|(label, value)| labels[label] == *value));
    let one_of = list(&selector["matchExpressions"]).iter().all(|expression| {
        assert_eq!(expression["operator"], "In", "the tests know no other operator");
        list(&expression["values"]).contains(&labels[word(&expression["key"])])
    });
    same && one_of
}
