//! What happens to a LiveKit server whose test dies. The dying test is this very program, run again.

use std::process::Command;
use std::time::Duration;

use testkit::{Exit, Launch, LiveKit, Process, eventually};

use super::process::runs;

/// Set in the process that is to die, to how it is to die.
const ROLE: &str = "TESTKIT_DIES_BY";
const HOLDING: &str = "holding ";
const BOUND: Duration = Duration::from_mins(1);

/// Does nothing, unless it is run by the tests below.
#[tokio::test]
async fn holder() {
    #[expect(
        clippy::disallowed_methods,
        reason = "how this test speaks to the copy of itself that it starts"
    )]
    let Some(role) = std::env::var_os(ROLE) else { return };
    let livekit = LiveKit::start().await.unwrap();
    println!("\n{HOLDING}{}", livekit.process().unwrap().id());
    assert!(role != "panic", "as asked");
    std::future::pending::<()>().await;
}

/// This program again, as the holder that dies in this way.
pub(super) fn holder_dying_by(way: &str) -> Launch {
    Launch::new("holder", std::env::current_exe().unwrap())
        .args(["--exact", "system::death::holder", "--nocapture"])
        .env(ROLE, way)
}

/// The process id of the server that the holder told of.
async fn livekit_of(holder: &Process) -> String {
    let told = || holder.output().lines().find_map(|line| Some(line.strip_prefix(HOLDING)?.to_owned()));
    eventually("the holder tells of its server", BOUND, async || told()).await
}

#[tokio::test]
async fn a_panicking_test_leaves_no_server_behind() {
    let holder = holder_dying_by("panic").spawn().unwrap();
    let exit = tokio::time::timeout(BOUND, holder.exit()).await.unwrap();
    assert_eq!(exit, Exit::Code(101), "{}", holder.output());
    let livekit = livekit_of(&holder).await;
    eventually("the LiveKit server is gone", BOUND, async || !runs(&livekit)).await;
}

#[tokio::test]
async fn a_killed_test_leaves_no_server_behind() {
    let holder = holder_dying_by("kill").spawn().unwrap();
    let livekit = livekit_of(&holder).await;
    assert!(runs(&livekit));
    // Not its group: LiveKit is in one of its own, and must notice by itself.
    assert!(Command::new("kill").args(["-KILL", &holder.id().to_string()]).status().unwrap().success());
    holder.exit().await;
    eventually("the LiveKit server is gone", BOUND, async || !runs(&livekit)).await;
}
