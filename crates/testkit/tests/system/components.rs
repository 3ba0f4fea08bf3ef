//! What is said about a component that is not there.

use std::time::Duration;

use testkit::{Exit, eventually};

use super::death::holder_dying_by;

const BOUND: Duration = Duration::from_secs(20);

#[tokio::test]
async fn a_missing_component_says_what_is_missing_and_how_to_get_it() {
    let empty = tempfile::tempdir().unwrap();
    let holder = holder_dying_by("missing its server")
        .env("REALTIME_CACHE", empty.path())
        .env("PATH", empty.path())
        .env("LIVEKIT_SERVER", "")
        .spawn()
        .unwrap();
    assert_eq!(holder.exit().await, Exit::Code(101));
    let output = eventually("its last words", BOUND, async || {
        let output = holder.output();
        output.contains("cargo xtask setup").then_some(output)
    })
    .await;
    for part in
        ["livekit-server 1.13.5 (the SFU) is missing", &empty.path().display().to_string(), "LIVEKIT_SERVER"]
    {
        assert!(output.contains(part), "{output}");
    }
}

#[tokio::test]
async fn a_variable_that_points_nowhere_is_named() {
    let holder = holder_dying_by("missing its server").env("LIVEKIT_SERVER", "/nonexistent").spawn().unwrap();
    holder.exit().await;
    eventually("its last words", BOUND, async || {
        holder.output().contains("LIVEKIT_SERVER is set, but there is no file /nonexistent")
    })
    .await;
}
