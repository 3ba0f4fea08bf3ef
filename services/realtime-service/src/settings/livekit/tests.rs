//! What of the settings of LiveKit holds together.

use serde_json::{Value, json};

use super::*;

fn cluster(name: &str) -> Value {
    json!({
        "name": name,
        "url": "http://livekit:7880/sfu",
        "public_url": "wss://calls.example.com",
        "api_key": "key",
        "api_secret": "secret",
    })
}

/// The variables at fault.
fn faults(settings: Value) -> Vec<String> {
    let settings: LiveKitSettings = serde_json::from_value(settings).unwrap();
    let mut faults = Faults::new(&crate::SERVICE);
    faults.section("livekit", |faults| settings.check(faults));
    let name = |name: &str| name.trim_start_matches("REALTIME__LIVEKIT__").to_owned();
    faults.iter().map(|(variable, _)| name(variable)).collect()
}

fn single(more: &Value) -> Value {
    let mut settings = cluster("");
    let fields = settings.as_object_mut().unwrap();
    fields.remove("name");
    fields.extend(more.as_object().unwrap().clone());
    settings
}

#[test]
fn there_is_one_server_or_there_are_clusters_and_never_both() {
    assert_eq!(faults(single(&json!({}))), [""; 0]);
    assert_eq!(faults(json!({ "clusters": [cluster("eu"), cluster("us-2")] })), [""; 0]);
    assert_eq!(faults(json!({})), ["URL", "PUBLIC_URL", "API_KEY", "API_SECRET"]);
    let both = single(&json!({ "clusters": [cluster("eu")], "api_secret_previous": "old" }));
    let all = ["URL", "PUBLIC_URL", "API_KEY", "API_SECRET", "API_SECRET_PREVIOUS"];
    assert_eq!(faults(both), all);
}

#[test]
fn the_key_before_has_a_secret_and_the_secret_before_has_a_key() {
    assert_eq!(faults(single(&json!({ "api_key_previous": "old" }))), ["API_SECRET_PREVIOUS"]);
    assert_eq!(faults(single(&json!({ "api_secret_previous": "old" }))), ["API_KEY_PREVIOUS"]);
    let mut half = cluster("eu");
    half["api_key_previous"] = json!("old");
    assert_eq!(faults(json!({ "clusters": [half] })), ["CLUSTERS[0].api_secret_previous"]);
}

#[test]
fn clusters_are_told_apart_by_names_that_fit_into_metrics() {
    let clusters = json!({ "clusters": [cluster("eu"), cluster("eu"), cluster("EU west")] });
    assert_eq!(faults(clusters), ["CLUSTERS[1].name", "CLUSTERS[2].name"]);
}

#[test]
fn a_try_fits_into_the_whole() {
    let tries = |settings: &Value| {
        let settings: LiveKitSettings = serde_json::from_value(single(settings)).unwrap();
        settings.try_timeout().as_millis()
    };
    assert_eq!(tries(&json!({})), 333);
    assert_eq!(tries(&json!({ "request_timeout_ms": 1400, "try_timeout_ms": 200 })), 200);
    assert_eq!(faults(single(&json!({ "try_timeout_ms": 501 }))), ["TRY_TIMEOUT_MS"]);
}
