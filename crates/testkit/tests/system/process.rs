//! Children of any kind: how they end, how they fail, what is left of them.

use std::time::Duration;

use testkit::{Exit, Launch, Process, Ready, eventually};

const BOUND: Duration = Duration::from_secs(20);

fn shell(script: &str) -> Process {
    Launch::new("script", "/bin/sh").args(["-c", script]).spawn().unwrap()
}

/// Whether the process runs; a zombie does not.
pub(super) fn runs(process: &str) -> bool {
    std::fs::read_to_string(format!("/proc/{process}/stat"))
        .is_ok_and(|stat| !stat.rsplit(')').next().is_some_and(|rest| rest.trim_start().starts_with('Z')))
}

/// The first line that the process writes.
async fn first_line(process: &Process) -> String {
    eventually("a line of output", BOUND, async || process.output().lines().next().map(str::to_owned)).await
}

#[tokio::test]
async fn a_child_that_ends_before_it_is_ready_fails_at_once_with_its_output() {
    let process = shell("echo to standard output; echo to standard error >&2; exit 3");
    let failure = process.ready(Ready::Line("never written"), BOUND).await.unwrap_err().to_string();
    for part in ["script ended with code 3", "to standard output\nto standard error"] {
        assert!(failure.contains(part), "{failure}");
    }
}

#[tokio::test]
async fn a_child_that_is_not_ready_in_time_says_what_was_waited_for() {
    let process = shell("echo started; exec sleep 1000");
    first_line(&process).await;
    let failure =
        process.ready(Ready::Line("ready"), Duration::from_millis(50)).await.unwrap_err().to_string();
    for part in ["was not ready within 50ms", "a line with \"ready\"", "started"] {
        assert!(failure.contains(part), "{failure}");
    }
}

#[tokio::test]
async fn a_program_that_does_not_exist_is_named() {
    let process = Launch::new("ghost", "/nonexistent/ghost").spawn();
    // With `setpriv` in front the start succeeds and the child says what is wrong.
    let text = match process {
        Ok(process) => process.ready(Ready::Line("ready"), BOUND).await.unwrap_err().to_string(),
        Err(failure) => failure.to_string(),
    };
    assert!(text.contains("/nonexistent/ghost"), "{text}");
}

#[tokio::test]
async fn stopping_asks_first() {
    let process = shell("trap 'exit 7' TERM; echo ready; while :; do sleep 0.01; done");
    process.ready(Ready::Line("ready"), BOUND).await.unwrap();
    assert_eq!(process.stop().await, Exit::Code(7));
}

#[tokio::test]
async fn stopping_kills_what_will_not_listen() {
    let process = shell("trap '' TERM; echo ready; while :; do sleep 0.01; done");
    process.ready(Ready::Line("ready"), BOUND).await.unwrap();
    assert_eq!(process.stop_within(Duration::from_millis(100)).await, Exit::Signal(9));
}

#[tokio::test]
async fn dropping_ends_what_the_child_started_too() {
    let process = shell("sleep 1000 & echo $!; wait");
    let grandchild = first_line(&process).await;
    assert!(runs(&grandchild));
    drop(process);
    eventually("the grandchild is gone", BOUND, async || !runs(&grandchild)).await;
}

#[tokio::test]
async fn a_leader_that_is_gone_takes_its_group_along_when_stopped() {
    let process = shell("sleep 1000 & echo $!");
    let orphan = first_line(&process).await;
    assert_eq!(process.exit().await, Exit::Code(0));
    assert!(runs(&orphan));
    process.stop().await;
    eventually("the orphan is gone", BOUND, async || !runs(&orphan)).await;
}

#[tokio::test]
async fn all_output_goes_to_the_log_file_too() {
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("log");
    let process =
        Launch::new("script", "/bin/sh").args(["-c", "echo one; echo two >&2"]).log_to(&log).spawn().unwrap();
    process.exit().await;
    eventually("both lines", BOUND, async || {
        std::fs::read_to_string(&log).is_ok_and(|text| text == "one\ntwo\n")
    })
    .await;
}

#[test]
fn a_child_survives_the_thread_that_asked_for_it() {
    let process = std::thread::spawn(|| shell("echo $$; exec sleep 1000")).join().unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let child = runtime.block_on(first_line(&process));
    // The parent-death signal of the thread, were it the keeper, would have come before its `join`.
    assert!(runs(&child));
    assert_eq!(process.exited(), None);
}
