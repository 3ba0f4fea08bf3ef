//! A whole process, which only a process of its own can show: what is on standard output is the log and nothing else,
//! down to the last line.

use std::collections::BTreeSet;
use std::process::{Command, ExitCode};

use serde_json::Value;
use telemetry::{StartError, TelemetrySettings};

const LINES: usize = 3_000;

fn main() -> ExitCode {
    if std::env::args().nth(1).as_deref() == Some("child") {
        return child();
    }
    parent();
    ExitCode::SUCCESS
}

#[tokio::main(flavor = "current_thread")]
async fn child() -> ExitCode {
    let settings = TelemetrySettings::default();
    let telemetry = telemetry::start("sample", "1.2.3", &settings).expect("it is the first start");
    let again = telemetry::start("sample", "1.2.3", &settings);
    let is_refused = matches!(again, Err(StartError::StartedBefore));
    tracing::info!(is_refused, "started again");
    let request = tracing::info_span!("http.request", http.route = "/x");
    request.in_scope(|| {
        for number in 0..LINES {
            tracing::info!(number, text = "a\r\nb", "line");
        }
        let constant = std::panic::catch_unwind(|| panic!("a constant text"));
        let text = String::from("canary");
        let formatted = std::panic::catch_unwind(|| panic!("{text}"));
        tracing::info!(caught = constant.is_err() && formatted.is_err(), "panicked twice");
    });
    telemetry.stop().await;
    tracing::info!("after the stop");
    ExitCode::SUCCESS
}

fn parent() {
    let program = std::env::current_exe().expect("a running program has a file");
    let output = Command::new(program).arg("child").output().expect("it can be run again");
    assert!(output.status.success(), "{output:?}");
    assert!(output.stderr.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).expect("the log is UTF-8");
    assert!(!text.contains("canary"), "a text made at run time may be a secret");
    let lines: Vec<Value> =
        text.lines().map(|line| serde_json::from_str(line).expect("every line is JSON")).collect();
    let of = |message: &str| lines.iter().filter(|line| line["message"] == message).collect::<Vec<_>>();

    let numbers: Vec<_> = of("line").iter().filter_map(|line| line["number"].as_u64()).collect();
    assert_eq!(numbers, (0..LINES as u64).collect::<Vec<_>>(), "every line, once and in order");
    assert_eq!(of("started again")[0]["is_refused"], true);
    let panics = of("panicked");
    assert_eq!(panics.len(), 2);
    assert_eq!(panics[0]["panic.message"], "a constant text");
    assert!(panics[0]["panic.location"].as_str().is_some_and(|place| place.contains("process.rs:")));
    assert_eq!(panics[1]["panic.message"], "(not a constant text)");
    let traces: BTreeSet<_> = lines.iter().filter_map(|line| line["trace_id"].as_str()).collect();
    assert_eq!(traces.len(), 1, "the lines and the panics of a request share its trace");
}
