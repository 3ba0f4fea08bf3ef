//! What a pod may do: no more than it needs.

use serde_json::{Value, json};

use crate::hold;
use crate::object::{Workload, list, name, word};
use crate::rendering::{Rendering, text};

/// The one namespace in which pods may have ports of their node.
const MEDIA: &str = "realtime-calls-media";

fn of_pods(rendering: &Rendering, broken: impl Fn(&Workload<'_>) -> Vec<String>) -> Vec<String> {
    rendering
        .workloads()
        .iter()
        .flat_map(|workload| {
            broken(workload)
                .into_iter()
                .map(|sentence| format!("{} {sentence}", workload.name))
                .collect::<Vec<_>>()
        })
        .collect()
}

fn of_containers(rendering: &Rendering, broken: impl Fn(&Value) -> Option<String>) -> Vec<String> {
    of_pods(rendering, |workload| {
        workload
            .containers()
            .filter_map(|container| Some(format!("({}) {}", word(&container["name"]), broken(container)?)))
            .collect()
    })
}

/// One sentence for each that does not hold.
fn unless(rules: &[(bool, &str)]) -> Vec<String> {
    rules.iter().filter(|(holds, _)| !holds).map(|(_, sentence)| (*sentence).to_owned()).collect()
}

#[test]
fn nobody_is_root() {
    hold("pods run as an ordinary user", |rendering| {
        of_pods(rendering, |workload| {
            let context = &workload.pod["securityContext"];
            unless(&[
                (context["runAsNonRoot"] == true, "may run as root"),
                (context["runAsUser"].as_u64().is_some_and(|user| user > 0), "has no user of its own"),
                (context["runAsGroup"].as_u64().is_some_and(|group| group > 0), "has no group of its own"),
                (context["seccompProfile"]["type"] == "RuntimeDefault", "may make every system call"),
            ])
        })
    });
}

#[test]
fn nobody_has_a_privilege() {
    let may_add = [json!(null), json!(["NET_BIND_SERVICE"])];
    hold("containers have no privilege, and write nowhere but to volumes", |rendering| {
        of_containers(rendering, |container| {
            let context = &container["securityContext"];
            let broken = unless(&[
                (context["allowPrivilegeEscalation"] == false, "may gain privileges"),
                (context["readOnlyRootFilesystem"] == true, "may write to its root"),
                (context["capabilities"]["drop"] == json!(["ALL"]), "keeps capabilities"),
                (may_add.contains(&context["capabilities"]["add"]), "adds capabilities"),
                (context["privileged"] != true, "is privileged"),
                (
                    context["runAsUser"].is_null() && context["runAsNonRoot"].is_null(),
                    "overrides its pod's user",
                ),
            ]);
            (!broken.is_empty()).then(|| broken.join(", "))
        })
    });
}

#[test]
fn the_node_is_left_alone() {
    hold("pods have nothing of their node, but ports for media in the namespace of media", |rendering| {
        of_pods(rendering, |workload| {
            let ports = workload.servers().iter().flat_map(|container| list(&container["ports"]));
            let has_ports = ports.into_iter().any(|port| !port["hostPort"].is_null());
            let of_node = has_ports || workload.pod["hostNetwork"] == true;
            unless(&[
                (!of_node || workload.namespace == MEDIA, "has ports of its node"),
                (
                    workload.pod["hostPID"] != true && workload.pod["hostIPC"] != true,
                    "sees processes of its node",
                ),
                (
                    list(&workload.pod["volumes"]).iter().all(|volume| volume["hostPath"].is_null()),
                    "reads files of its node",
                ),
            ])
        })
    });
}

#[test]
fn kubernetes_is_asked_nothing() {
    hold("pods have no token for Kubernetes, and an account of their own", |rendering| {
        of_pods(rendering, |workload| {
            let account = word(&workload.pod["serviceAccountName"]);
            let is_there = rendering.of_kind("ServiceAccount").any(|object| {
                name(object) == account
                    && object["metadata"]["namespace"] == workload.namespace
                    && object["automountServiceAccountToken"] == false
            });
            unless(&[
                (workload.pod["automountServiceAccountToken"] == false, "is given a token"),
                (workload.pod["enableServiceLinks"] == false, "is told of every service by its environment"),
                (is_there, "has no account that is defined without a token"),
            ])
        })
    });
}

#[test]
fn what_a_pod_needs_is_said_and_its_memory_is_bounded() {
    // No limit on processors: it would slow a pod down though others leave theirs unused. What is asked for is what it is certain of.
    hold("containers ask for processor and memory, and have an end to their memory", |rendering| {
        of_containers(rendering, |container| {
            let said = |kind: &str, what: &str| !container["resources"][kind][what].is_null();
            let all = said("requests", "cpu") && said("requests", "memory") && said("limits", "memory");
            (!all).then(|| "does not say what it needs".to_owned())
        })
    });
}

#[test]
fn images_are_pinned() {
    let version = env!("CARGO_PKG_VERSION");
    hold("images have a version; ours that of the workspace", |rendering| {
        of_containers(rendering, |container| {
            let image = word(&container["image"]);
            let tag =
                image.rsplit_once('/').map_or(image, |(_, last)| last).split_once(':').map(|(_, tag)| tag);
            match tag {
                None | Some("latest") => Some(format!("has an image without a version: {image}")),
                Some(tag) if image.starts_with("realtime-calls/") && tag != version => {
                    Some(format!("has {image}, but this is {version}: k8s/components/images says which"))
                }
                Some(_) => None,
            }
        })
    });
}

#[test]
fn what_others_make_is_the_same_on_a_laptop() {
    let compose = text("docker-compose.dev.yml");
    hold("images of others are those of docker-compose.dev.yml, at its versions", |rendering| {
        of_containers(rendering, |container| {
            let image = word(&container["image"]);
            let same = image.starts_with("realtime-calls/") || compose.contains(&format!(" {image}\n"));
            (!same).then(|| format!("has {image}"))
        })
    });
}

#[test]
fn namespaces_enforce_what_their_pods_keep_to() {
    for (namespace, level) in [("realtime-calls", "restricted"), (MEDIA, "privileged")] {
        hold("namespaces say what pods may do in them", |rendering| {
            let found = rendering.of_kind("Namespace").find(|object| name(object) == namespace);
            let enforced =
                found.map(|object| &object["metadata"]["labels"]["pod-security.kubernetes.io/enforce"]);
            unless(&[(
                enforced.is_some_and(|enforced| enforced == level),
                &format!("{namespace} does not enforce {level}"),
            )])
        });
    }
}
