//! What the services, the gateway and coturn are told by their environment: names that exist, and no secret.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde_json::{Map, Value};

use crate::hold;
use crate::object::{Workload, list, name, namespace, word};
use crate::rendering::{Rendering, text};

/// The settings' own reference, by service.
static REFERENCE: LazyLock<BTreeMap<&str, BTreeMap<String, Setting>>> = LazyLock::new(|| {
    [
        ("realtime-service", "docs/configuration.md"),
        ("call-state-service", "docs/configuration-call-state.md"),
    ]
    .map(|(service, page)| (service, rows(&text(page))))
    .into()
});

/// One row of it.
pub(crate) struct Setting {
    secret: bool,
    default: String,
}

/// `| variable | type | default | meaning |`.
fn rows(page: &str) -> BTreeMap<String, Setting> {
    let row = |line: &str| {
        let [variable, kind, default] =
            line.strip_prefix("| `")?.splitn(4, " | ").collect::<Vec<_>>()[..3].try_into().ok()?;
        let (variable, kind, default): (&str, &str, &str) = (variable, kind, default);
        let setting =
            Setting { secret: kind.contains("secret"), default: default.trim_matches('`').to_owned() };
        Some((variable.trim_end_matches('`').to_owned(), setting))
    };
    page.lines().filter(|line| line.matches(" | ").count() >= 3).filter_map(row).collect()
}

/// What a workload is told, by `ConfigMap`s and by itself. The later wins, as in Kubernetes.
pub(crate) fn environment<'a>(rendering: &'a Rendering, workload: &Workload<'a>) -> Map<String, Value> {
    let mut environment = Map::new();
    for container in workload.servers() {
        for source in list(&container["envFrom"]) {
            let wanted = word(&source["configMapRef"]["name"]);
            let map = rendering
                .of_kind("ConfigMap")
                .find(|map| name(map) == wanted && namespace(map) == workload.namespace);
            environment.extend(map.and_then(|map| map["data"].as_object()).cloned().unwrap_or_default());
        }
        for entry in list(&container["env"]) {
            environment.insert(word(&entry["name"]).to_owned(), entry["value"].clone());
        }
    }
    environment
}

/// The value of a service's setting: what it is told, or else the default.
pub(crate) fn value(service: &str, environment: &Map<String, Value>, variable: &str) -> String {
    let default = || REFERENCE[service].get(variable).map(|setting| setting.default.clone());
    let told = environment.get(variable).and_then(Value::as_str).map(str::to_owned);
    told.or_else(default).unwrap_or_else(|| panic!("{service} has no setting {variable}"))
}

#[test]
fn the_reference_is_read() {
    let live = &REFERENCE["realtime-service"]["REALTIME__LIVEKIT__API_SECRET"];
    assert!(live.secret, "a secret is told from other settings");
    assert_eq!(REFERENCE["call-state-service"]["CALL_STATE__SERVER__LISTEN"].default, "0.0.0.0:8082");
}

#[test]
fn services_are_told_what_they_know() {
    hold(
        "every variable of a service is in the reference of its settings, and a secret comes by a file",
        |rendering| {
            let mut broken = Vec::new();
            for workload in rendering.workloads() {
                let Some(reference) = REFERENCE.get(workload.name) else { continue };
                for (variable, _) in environment(rendering, &workload) {
                    let by_file = variable.strip_suffix("_FILE").and_then(|setting| reference.get(setting));
                    match (reference.get(&variable), by_file) {
                        (Some(setting), _) if setting.secret => {
                            broken.push(format!("{variable} is a secret, and no file"));
                        }
                        (None, None) => broken.push(format!("{} has no setting {variable}", workload.name)),
                        (None, Some(setting)) if !setting.secret => {
                            broken.push(format!("{variable} is not a secret: it takes no file"));
                        }
                        (_, _) => {}
                    }
                }
            }
            broken
        },
    );
}

#[test]
fn services_are_told_what_they_must_know() {
    // As far as every deployment is alike in it: which issuer and which address are an overlay's to say.
    for overlay in crate::rendering::OVERLAYS {
        let rendering = crate::rendering::overlay(overlay);
        for workload in rendering.workloads() {
            let Some(reference) = REFERENCE.get(workload.name) else { continue };
            let told = environment(rendering, &workload);
            for (variable, setting) in reference {
                let section = variable.rsplit_once("__").map_or("", |(section, _)| section);
                // Where anything of a section is said, what it requires must be said. Sections of tables are no variables.
                let begun = told.keys().any(|name| name.starts_with(&format!("{section}__")));
                let said = told.contains_key(variable) || told.contains_key(&format!("{variable}_FILE"));
                let required = setting.default.contains("required");
                assert!(
                    !(variable.contains("__") && required && begun) || said,
                    "{overlay}: {} needs {variable}",
                    workload.name
                );
            }
        }
    }
}

#[test]
fn the_gateway_and_coturn_are_told_what_they_know() {
    let pages = [("gateway", text("deploy/gateway/README.md")), ("coturn", text("deploy/coturn/README.md"))];
    // Where Caddy writes what it would like to keep, which is nothing here, and what its garbage collector goes by.
    let of_caddy = ["XDG_DATA_HOME", "XDG_CONFIG_HOME", "GOMEMLIMIT"];
    hold("every variable of the gateway and of coturn is in their README", |rendering| {
        let mut broken = Vec::new();
        for workload in rendering.workloads() {
            let Some((_, page)) = pages.iter().find(|(name, _)| *name == workload.name) else { continue };
            for (variable, _) in environment(rendering, &workload) {
                if !page.contains(&format!("`{variable}")) && !of_caddy.contains(&variable.as_str()) {
                    broken.push(format!("{} has no variable {variable}", workload.name));
                }
            }
        }
        broken
    });
}

#[test]
fn addresses_lead_to_services_that_are_there() {
    hold("where one part is told to find another one in the cluster, there is one", |rendering| {
        let mut broken = Vec::new();
        for workload in rendering.workloads() {
            for (variable, value) in environment(rendering, &workload) {
                let Some((host, port)) = address(word(&value)) else { continue };
                let mut parts = host.split('.');
                let (service, place) =
                    (parts.next().unwrap_or_default(), parts.next().unwrap_or(workload.namespace));
                let ours = place.starts_with("realtime-calls");
                // The gateway has one upstream for LiveKit whether it is there or not: where it is elsewhere nobody is led here.
                let elsewhere = variable == "LIVEKIT"
                    && !rendering.workloads().iter().any(|workload| workload.name == "livekit");
                let is_there = rendering.of_kind("Service").any(|object| {
                    name(object) == service
                        && namespace(object) == place
                        && list(&object["spec"]["ports"]).iter().any(|entry| entry["port"] == port)
                });
                if ours && !is_there && !elsewhere {
                    broken.push(format!("{} finds nobody at {variable}={value}", workload.name));
                }
            }
        }
        broken
    });
}

/// `host:port`, alone or in a URL, of a host in the cluster: one that has no domain.
fn address(value: &str) -> Option<(&str, u64)> {
    let value = value.strip_prefix("http://").unwrap_or(value);
    let (host, port) = value.split('/').next()?.split_once(':')?;
    let is_name = host.starts_with(|first: char| first.is_ascii_lowercase()) && host.split('.').count() <= 2;
    Some((host, port.parse().ok()?)).filter(|_| is_name)
}
