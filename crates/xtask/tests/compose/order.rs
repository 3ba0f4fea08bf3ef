//! The order of the start: nobody before those that they need, and those must be well.

use std::collections::BTreeSet;

use crate::file::{services, texts};
use crate::none;

const PROFILES: [&str; 2] = ["core", "observability"];

#[test]
fn whoever_is_waited_for_is_well_and_started_with_the_same_profile() {
    let mut broken = Vec::new();
    for (name, service) in services() {
        for (needed, how) in service["depends_on"].as_object().into_iter().flatten() {
            let Some(other) = services().get(needed) else {
                broken.push(format!("{name} waits for {needed}, which is not there"));
                continue;
            };
            if how["condition"] != "service_healthy" || texts(&other["healthcheck"]["test"]).is_empty() {
                broken.push(format!("{name} does not wait until {needed} is well"));
            }
            if service["profiles"] != other["profiles"] {
                broken.push(format!("{name} waits for {needed}, which another profile starts"));
            }
        }
    }
    none("the start is in order", &broken);
}

#[test]
fn each_service_is_in_one_of_the_two_profiles() {
    let broken: Vec<String> = services()
        .iter()
        .filter(
            |(_, service)| !matches!(texts(&service["profiles"]).as_slice(), [one] if PROFILES.contains(one)),
        )
        .map(|(name, service)| format!("{name}: {}", service["profiles"]))
        .collect();
    none("a smaller start is possible", &broken);
}

#[test]
fn the_services_wait_for_what_their_first_request_needs() {
    let needs = |name: &str| -> BTreeSet<&str> {
        services()[name]["depends_on"]
            .as_object()
            .into_iter()
            .flatten()
            .map(|(name, _)| name.as_str())
            .collect()
    };
    assert_eq!(needs("call-state-service"), BTreeSet::from(["keycloak", "redis"]));
    assert_eq!(
        needs("realtime-service"),
        BTreeSet::from(["call-state-service", "keycloak", "livekit", "redis"])
    );
    assert_eq!(needs("gateway"), BTreeSet::from(["livekit", "realtime-service"]));
}
