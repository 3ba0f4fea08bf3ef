//! What a line of the log looks like, and that nothing can break it.

use std::fmt;

use serde_json::{Value, json};
use telemetry::LogFormat;
use telemetry::testing::Capture;
use tracing::dispatcher::with_default;

/// The lines that `work` logs, without the time, which is checked here.
fn logged(filter: &str, work: impl FnOnce()) -> Vec<Value> {
    let capture = Capture::new("sample", LogFormat::Json, filter);
    with_default(&capture.dispatch(), work);
    let mut lines = capture.lines();
    for line in &mut lines {
        let time =
            line.as_object_mut().and_then(|line| line.remove("timestamp")).expect("every line has a time");
        let time = time.as_str().expect("the time is a text");
        assert!(time.len() == "2026-11-21T09:05:03.007Z".len() && time.ends_with('Z'), "{time}");
    }
    lines
}

fn without_ids(mut line: Value) -> Value {
    let object = line.as_object_mut().expect("a line is an object");
    for (name, digits) in [("trace_id", 32), ("span_id", 16)] {
        let id = object.remove(name).expect("a line in a span has ids");
        assert!(
            id.as_str().is_some_and(|id| id.len() == digits && id.chars().all(|c| c.is_ascii_hexdigit())),
            "{id}"
        );
    }
    line
}

#[test]
fn a_line_has_the_fields_of_its_event_with_their_types() {
    let lines = logged("info", || {
        let (delta, who) = (-2, Some(1));
        tracing::info!(
            target: "rooms",
            { room.id = "standup", count = 3, delta, ratio = 0.5, ok = true, who = ?who },
            "token minted"
        );
    });
    assert_eq!(
        lines,
        [json!({
            "level": "INFO", "service": "sample", "target": "rooms", "message": "token minted", "room.id": "standup",
            "count": 3, "delta": -2, "ratio": 0.5, "ok": true, "who": "Some(1)",
        })]
    );
}

#[test]
fn a_line_in_a_span_names_its_trace_and_what_the_request_is_about() {
    let lines = logged("info", || {
        let request = tracing::info_span!(
            "http.request",
            http.route = "/rooms/{room_id}",
            user.id = tracing::field::Empty,
            other = "not inherited"
        );
        let _entered = request.enter();
        tracing::info!("first");
        request.record("user.id", "alice");
        tracing::info_span!("http.client", room.id = "of an inner span").in_scope(|| {
            tracing::info!(http.route = "own", "second");
            assert_eq!(telemetry::trace_id().map(|id| id.len()), Some(32));
        });
    });
    assert_eq!(lines[0]["trace_id"], lines[1]["trace_id"]);
    assert_ne!(lines[0]["span_id"], lines[1]["span_id"]);
    let own = json!({"level": "INFO", "service": "sample", "target": "log_lines"});
    let mut first = own.clone();
    first["message"] = json!("first");
    first["http.route"] = json!("/rooms/{room_id}");
    assert_eq!(without_ids(lines[0].clone()), first);
    let mut second = own;
    second["message"] = json!("second");
    second["http.route"] = json!("own");
    second["user.id"] = json!("alice");
    assert_eq!(without_ids(lines[1].clone()), second);
}

#[test]
fn no_value_can_end_a_line_or_forge_a_field() {
    let nasty = "a\r\nb\0\u{2028}\u{1b}[31m\",\"level\":\"ERROR";
    let lines = logged("info", || {
        tracing::info!(text = nasty, debug = ?nasty, shown = %nasty, level = "forged", trace_id = "forged", "{nasty}");
    });
    let [line] = lines.as_slice() else { panic!("{lines:?}") };
    assert_eq!(line["text"], nasty);
    assert_eq!(line["shown"], nasty);
    assert_eq!(line["message"], nasty);
    assert_eq!(line["level"], "INFO");
    assert_eq!((&line["event.level"], &line["event.trace_id"]), (&json!("forged"), &json!("forged")));
    assert_eq!(line.get("trace_id"), None);
}

#[test]
fn a_line_for_people_stays_one_line_too() {
    let capture = Capture::new("sample", LogFormat::Text, "info");
    with_default(&capture.dispatch(), || {
        let _entered = tracing::info_span!("http.request", http.route = "/x").entered();
        tracing::info!(reason = "a\nb", count = 1, "one\r\n\u{1b}[31mtwo");
    });
    let text = capture.text();
    assert_eq!(text.lines().count(), 1, "{text}");
    let expected = r#" INFO  log_lines: one\r\n\u{1b}[31mtwo reason="a\nb" count=1 http.route=/x trace_id="#;
    assert!(text.contains(expected), "{text}");
}

#[test]
fn an_error_is_logged_with_its_causes() {
    #[derive(Debug)]
    struct Outer(std::num::ParseIntError);

    impl fmt::Display for Outer {
        fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
            formatter.write_str("the answer is wrong")
        }
    }

    impl std::error::Error for Outer {
        fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
            Some(&self.0)
        }
    }

    let error = Outer("x".parse::<u8>().expect_err("it is no number"));
    let lines = logged("info", || {
        let error: &(dyn std::error::Error + 'static) = &error;
        tracing::warn!(error, "refused");
    });
    assert_eq!(lines[0]["error"], "the answer is wrong: invalid digit found in string");
}

#[test]
fn a_value_that_logs_while_it_is_logged_gets_a_line_of_its_own() {
    struct Chatty;

    impl fmt::Debug for Chatty {
        fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
            let span = tracing::Span::current();
            span.record("user.id", "alice");
            tracing::info!("inner");
            formatter.write_str("chatty")
        }
    }

    let lines = logged("info", || {
        let _entered = tracing::info_span!("http.request", user.id = tracing::field::Empty).entered();
        tracing::info!(value = ?Chatty, "outer");
    });
    let outer = lines.iter().find(|line| line["message"] == "outer").expect("it was logged");
    assert_eq!(outer["value"], "chatty");
}

#[test]
fn the_filter_decides_about_events_and_never_takes_their_trace_away() {
    let cases: [(&str, &[&str]); 4] = [
        ("info", &["warned", "noted"]),
        ("warn", &["warned"]),
        ("error,other=trace", &["elsewhere"]),
        ("off", &[]),
    ];
    for (filter, expected) in cases {
        let lines = logged(filter, || {
            let _entered = tracing::info_span!("http.request").entered();
            tracing::warn!("warned");
            tracing::info!("noted");
            tracing::debug!("detailed");
            tracing::trace!(target: "other", "elsewhere");
            assert!(telemetry::trace_id().is_some(), "{filter}");
        });
        let messages: Vec<_> = lines.iter().map(|line| line["message"].as_str().expect("a text")).collect();
        assert_eq!(messages, expected, "{filter}");
        assert!(lines.iter().all(|line| line.get("trace_id").is_some()));
    }
}

#[test]
fn a_record_is_an_object_in_its_line_and_anything_else_in_its_place_is_a_text() {
    let lines = logged("info", || {
        for record in
            [r#"{"id":7,"words":["a"]}"#, r#"{"id":7}, "level": "ERROR", "x": {"#, "[7]", "{\n}", ""]
        {
            tracing::info!(target: "records", record, "room.record");
        }
    });
    let records: Vec<_> = lines.iter().map(|line| line["record"].clone()).collect();
    assert_eq!(
        records,
        [
            json!({ "id": 7, "words": ["a"] }),
            json!(r#"{"id":7}, "level": "ERROR", "x": {"#),
            json!("[7]"),
            json!("{\n}"),
            json!(""),
        ]
    );
    assert!(lines.iter().all(|line| line["level"] == "INFO" && line["message"] == "room.record"));
}

#[test]
fn records_have_a_level_of_their_own() {
    let both = || {
        tracing::info!(target: "records", record = "{}", "room.record");
        tracing::info!("something else");
    };
    for (filter, expected) in
        [("warn,records=info", &["room.record"] as &[_]), ("info,records=off", &["something else"])]
    {
        let lines = logged(filter, both);
        let messages: Vec<_> = lines.iter().map(|line| line["message"].as_str().expect("a text")).collect();
        assert_eq!(messages, expected, "{filter}");
    }
}
