//! What every container is held to: where it listens, how much it may take, what it may do, what it is given.

use serde_json::Value;

use crate::file::{document, is_ours, read, root, services, texts};
use crate::none;

/// Its image has nothing that could ask it, and it cannot tell by itself.
const WITHOUT_HEALTH: [&str; 1] = ["otel-collector"];

/// Keycloak builds itself beside its programs when it starts.
const WRITABLE: [&str; 1] = ["keycloak"];

/// coturn's program asks for ports below 1024 in its file, and does not start where it may not have them.
const CAPABLE: [&str; 1] = ["coturn"];

fn each(rule: &str, mut faults: impl FnMut(&str, &Value) -> Vec<String>) {
    let broken: Vec<String> = services().iter().flat_map(|(name, service)| faults(name, service)).collect();
    none(rule, &broken);
}

#[test]
fn everything_of_the_product_is_there() {
    let expected = [
        "call-state-service",
        "coturn",
        "gateway",
        "grafana",
        "jaeger",
        "keycloak",
        "livekit",
        "otel-collector",
        "prometheus",
        "realtime-service",
        "redis",
        "redis-exporter",
    ];
    let mut names: Vec<&str> = services().keys().map(String::as_str).collect();
    names.sort_unstable();
    assert_eq!(names, expected);
    for twice in ["realtime-service", "call-state-service"] {
        assert_eq!(services()[twice]["deploy"]["replicas"], 2, "{twice}");
    }
}

#[test]
fn nothing_listens_but_on_the_loopback() {
    each("ports are published on 127.0.0.1 alone", |name, service| {
        assert!(service["network_mode"].is_null(), "{name} is in the network of the file");
        let ports = service["ports"].as_array().into_iter().flatten();
        let open = ports.filter(|port| !port.as_str().is_some_and(|port| port.starts_with("127.0.0.1:")));
        open.map(|port| format!("{name}: {port}")).collect()
    });
}

#[test]
fn everything_has_its_limits() {
    each("processors, memory and processes are bounded", |name, service| {
        let limits = &service["deploy"]["resources"]["limits"];
        let absent = ["cpus", "memory", "pids"].into_iter().filter(|limit| limits[limit].is_null());
        let mut broken: Vec<String> = absent.map(|limit| format!("{name} has no limit on {limit}")).collect();
        if service["logging"]["options"]["max-size"].is_null() {
            broken.push(format!("{name} may log without end"));
        }
        broken
    });
}

#[test]
fn everything_can_be_asked_how_it_is() {
    each("there is a health check", |name, service| {
        let asked = !texts(&service["healthcheck"]["test"]).is_empty();
        let expected = !WITHOUT_HEALTH.contains(&name);
        if asked == expected { vec![] } else { vec![format!("{name}: asked is {asked}")] }
    });
}

#[test]
fn nothing_may_do_more_than_it_must() {
    each("containers have no privileges", |name, service| {
        let user = service["user"].as_str().unwrap_or_default();
        let is_numeric = user.split(':').all(|id| id.parse::<u32>().is_ok()) && !user.starts_with("0:");
        let rules = [
            (texts(&service["cap_drop"]) == ["ALL"], "has capabilities"),
            (service["cap_add"].is_null() || CAPABLE.contains(&name), "is given a capability"),
            (texts(&service["security_opt"]).contains(&"no-new-privileges:true"), "may gain privileges"),
            (service["privileged"].is_null(), "is privileged"),
            // Ours have it in the image.
            (is_ours(service) || is_numeric, "is not run as a numbered user that is not root"),
            (service["read_only"] == true || WRITABLE.contains(&name), "may change its own image"),
        ];
        rules.iter().filter(|(holds, _)| !holds).map(|(_, fault)| format!("{name} {fault}")).collect()
    });
}

#[test]
fn every_mounted_file_exists_and_is_read_alone() {
    each("what is mounted is there", |name, service| {
        let mut broken = Vec::new();
        for mount in texts(&service["volumes"]) {
            let mut parts = mount.split(':');
            let source = parts.next().unwrap_or_default();
            if source.starts_with("./") {
                if !root().join(source).exists() {
                    broken.push(format!("{name}: there is no {source}"));
                }
                if parts.nth(1) != Some("ro") {
                    broken.push(format!("{name}: {source} can be written"));
                }
            } else if !document()["volumes"].as_object().is_some_and(|named| named.contains_key(source)) {
                broken.push(format!("{name}: {source} is not among the named volumes"));
            }
        }
        broken
    });
}

#[test]
fn every_program_that_is_mounted_can_be_read_by_anybody() {
    use std::os::unix::fs::PermissionsExt as _;
    each("users of containers can read what is mounted", |name, service| {
        let sources = texts(&service["volumes"]).into_iter().filter(|mount| mount.starts_with("./"));
        let paths = sources.map(|mount| root().join(mount.split(':').next().unwrap_or_default()));
        let modes =
            paths.filter_map(|path| Some((std::fs::metadata(&path).ok()?.permissions().mode(), path)));
        modes
            .filter(|(mode, _)| mode & 0o004 == 0)
            .map(|(_, path)| format!("{name}: {}", path.display()))
            .collect()
    });
}

#[test]
fn livekit_is_reached_by_clients_through_the_gateway_alone() {
    let livekit = &services()["livekit"];
    assert!(texts(&livekit["ports"]).iter().all(|port| !port.contains(":7880")), "{livekit}");
    assert_eq!(services()["gateway"]["environment"]["LIVEKIT"], "livekit:7880");
    let realtime = &services()["realtime-service"]["environment"];
    assert_eq!(realtime["REALTIME__LIVEKIT__PUBLIC_URL"], "ws://localhost:8080");
    assert_eq!(texts(&services()["gateway"]["ports"]), ["127.0.0.1:8080:8080"]);
}

#[test]
fn what_livekit_and_keycloak_tell_reaches_the_service_itself() {
    let livekit: Value = serde_saphyr::from_str(&read("deploy/docker/livekit.yaml")).unwrap();
    assert_eq!(
        texts(&livekit["webhook"]["urls"]),
        ["http://realtime-service:8081/api/realtime/webhooks/livekit"]
    );
    let key = services()["realtime-service"]["environment"]["REALTIME__LIVEKIT__API_KEY"].as_str().unwrap();
    assert_eq!(livekit["webhook"]["api_key"], key);
    let keys = services()["livekit"]["environment"]["LIVEKIT_KEYS"].as_str().unwrap();
    assert!(keys.starts_with(&format!("{key}: ${{LIVEKIT_API_SECRET")), "{keys}");
    assert_eq!(services()["keycloak"]["environment"]["REALM_BACK_CHANNEL"], "http://realtime-service:8081");
    let realm = read("deploy/keycloak/realtime-realm.json");
    for replaced in ["http://127.0.0.1:8081/", "development-realtime-service-secret-never-in-production"] {
        assert_eq!(realm.matches(replaced).count(), 1, "deploy/docker/keycloak/start replaces {replaced}");
        assert!(read("deploy/docker/keycloak/start").contains(replaced.trim_end_matches('/')), "{replaced}");
    }
}
