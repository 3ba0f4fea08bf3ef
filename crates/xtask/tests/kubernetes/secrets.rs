//! Secrets are files, out of Secrets that no manifest holds.

use std::collections::BTreeSet;

use crate::hold;
use crate::object::{list, name, word};
use crate::rendering::text;
use crate::settings::environment;

#[test]
fn no_manifest_holds_a_secret() {
    // What looks like one: a word that names a secret, and a value of some length that refers to nothing.
    let names_one = |line: &str| {
        let (key, value) = line.split_once([':', '=', ' ']).unwrap_or_default();
        let (key, value) = (key.to_lowercase(), value.trim());
        let says = ["password", "secret", "requirepass", "masterauth", "auth-pass"]
            .iter()
            .any(|word| key.ends_with(word));
        says && value.len() >= 8 && !value.starts_with(['/', '$', '%', '{'])
    };
    hold("there is no Secret, and nothing that looks like one in a ConfigMap", |rendering| {
        let mut broken: Vec<String> =
            rendering.of_kind("Secret").map(|object| format!("{} is a Secret", name(object))).collect();
        for map in rendering.of_kind("ConfigMap") {
            for (key, value) in map["data"].as_object().into_iter().flatten() {
                let whole = format!("{key}={}", word(value));
                let lines = word(value).lines().map(str::trim).chain(whole.lines().take(1));
                for line in lines.filter(|line| !line.starts_with('#') && names_one(line)) {
                    broken.push(format!("{} has a secret: {line}", name(map)));
                }
            }
        }
        broken
    });
}

#[test]
fn no_secret_is_in_an_environment() {
    hold("secrets are files: an environment is seen by whoever sees the pod", |rendering| {
        let mut broken = Vec::new();
        for workload in rendering.workloads() {
            for container in workload.containers() {
                let by_name =
                    list(&container["env"]).iter().any(|entry| !entry["valueFrom"]["secretKeyRef"].is_null());
                let whole = list(&container["envFrom"]).iter().any(|source| !source["secretRef"].is_null());
                if by_name || whole {
                    broken.push(format!("{} has a secret in its environment", workload.name));
                }
            }
        }
        broken
    });
}

#[test]
fn files_of_secrets_are_where_secrets_are_mounted() {
    hold("a file of a secret lies in a Secret's volume, read-only and not for everybody", |rendering| {
        let mut broken = Vec::new();
        for workload in rendering.workloads() {
            let volumes = list(&workload.pod["volumes"]);
            let secret = |volume: &str| {
                volumes.iter().find(|candidate| candidate["name"] == volume).is_some_and(|found| {
                    let mode = found["secret"]["defaultMode"].as_u64();
                    !found["secret"]["secretName"].is_null()
                        && mode.is_some_and(|mode| mode.trailing_zeros() >= 3)
                })
            };
            let mounts: Vec<&str> = workload
                .servers()
                .iter()
                .flat_map(|container| list(&container["volumeMounts"]))
                .filter(|mount| mount["readOnly"] == true && secret(word(&mount["name"])))
                .map(|mount| word(&mount["mountPath"]))
                .collect();
            for (variable, value) in environment(rendering, &workload) {
                let file = word(&value);
                if file.starts_with("/run/secrets/")
                    && !mounts.iter().any(|mount| file.starts_with(&format!("{mount}/")))
                {
                    broken.push(format!("{}: {variable} names a file in no Secret", workload.name));
                }
            }
        }
        broken
    });
}

#[test]
fn the_secrets_that_must_be_there_are_listed() {
    let page = text("k8s/README.md");
    hold("k8s/README.md lists every Secret", |rendering| {
        let mut wanted = BTreeSet::new();
        for workload in rendering.workloads() {
            for volume in list(&workload.pod["volumes"]).iter().filter(|volume| !volume["secret"].is_null()) {
                wanted.insert(format!("| `{}` |", word(&volume["secret"]["secretName"])));
            }
        }
        wanted
            .into_iter()
            .filter(|row| !page.contains(row))
            .map(|row| format!("there is no row {row}"))
            .collect()
    });
}
