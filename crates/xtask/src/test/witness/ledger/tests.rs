//! Faults that are put in by hand, and must be found.

use serde_json::{Value, json};

use super::*;

/// The caller has devices 0 and 1, the callee 2 and 3.
const CALLER: usize = 0;

struct Stage {
    ledger: Ledger,
    now: Instant,
    number: u32,
}

impl Stage {
    fn new() -> Self {
        let now = Instant::now();
        let at = "2030-01-01T00:00:00Z".parse().unwrap();
        let people = ["ann", "bob"].map(str::to_owned);
        let mut stage = Self { ledger: Ledger::new(now, at, people, 2), now, number: 0 };
        for device in 0..4 {
            stage.ledger.back(device, Back::First, now);
        }
        stage.ledger.begins(&call(1, "ringing", None), now);
        stage.ledger.joined(now, Ok(Duration::from_millis(3)));
        stage
    }

    fn at(&mut self, seconds: u64) {
        self.now = self.ledger.began + Duration::from_secs(seconds);
    }

    /// Tells it to a device, as a new event.
    fn tell(&mut self, device: usize, kind: &str, rest: &Value) {
        self.number += 1;
        self.tell_again(device, kind, rest);
    }

    /// The same with the id of the last event.
    fn tell_again(&mut self, device: usize, kind: &str, rest: &Value) {
        let at = self.ledger.at(self.now);
        let mut event =
            json!({ "id": format!("event-{}", self.number), "cursor": "c", "at": at, "type": kind });
        event.as_object_mut().unwrap().extend(rest.as_object().unwrap().clone());
        let event = serde_json::from_value(event).unwrap();
        self.ledger.heard(device, &event, self.now);
    }

    fn signal(&mut self, device: usize, number: u32) {
        let payload = json!({ "candidates": [{ "candidate": format!("candidate:{number} 1 udp") }] });
        self.tell(device, "signal", &json!({ "call_id": "the-call", "from": "ann", "payload": payload }));
    }

    fn end(&mut self, reason: &str) {
        let ended = json!({ "call": view(3, "ended", Some(reason)) });
        for device in 0..4 {
            self.tell(device, "call.ended", &ended);
        }
    }

    fn report(&mut self) -> Phase {
        self.ledger.report(self.now, Duration::ZERO).phases.pop().unwrap()
    }
}

fn view(version: u64, phase: &str, reason: Option<&str>) -> Value {
    let mut call = json!({
        "id": "the-call", "version": version, "phase": phase, "trace_id": "0af7651916cd43dd8448eb211c80319c",
    });
    if phase == "ringing" {
        call["expires_at"] = json!("2030-01-01T00:01:00Z");
    }
    if let Some(reason) = reason {
        call["reason"] = json!(reason);
    }
    call
}

fn call(version: u64, phase: &str, reason: Option<&str>) -> Call {
    serde_json::from_value(view(version, phase, reason)).unwrap()
}

fn ringing(version: u64) -> Value {
    json!({ "call": view(version, "ringing", None) })
}

#[test]
fn what_was_expected_and_came_is_no_fault_whichever_was_first() {
    let mut stage = Stage::new();
    stage.tell(2, "call.ringing", &ringing(1));
    stage.ledger.expects("the-call", [2, 3], What::Ringing, stage.now);
    assert!(!stage.ledger.is_settled());
    stage.tell(3, "call.ringing", &ringing(1));
    assert!(stage.ledger.is_settled());
    let report = stage.report();
    assert_eq!(report.broken(), Vec::<String>::new());
    assert_eq!((report.events_expected, report.events_received), (2, 2));
}

#[test]
fn an_event_that_never_came_is_lost_unless_the_device_started_anew() {
    let mut stage = Stage::new();
    stage.ledger.expects("the-call", [2, 3], What::Ringing, stage.now);
    stage.at(1);
    stage.ledger.gone(2, Some("1006"), stage.now);
    stage.ledger.back(2, Back::Resumed, stage.now);
    assert_eq!(stage.report().lost, 2);
    stage.ledger.back(3, Back::Anew, stage.now);
    let report = stage.report();
    assert_eq!((report.lost, report.resumed, report.started_anew), (1, 1, 1));
}

#[test]
fn the_same_id_again_is_no_fault_and_the_same_thing_under_another_one_is() {
    let mut stage = Stage::new();
    stage.tell(2, "call.ringing", &ringing(1));
    stage.tell_again(2, "call.ringing", &ringing(1));
    assert_eq!((stage.report().redelivered, stage.report().doubled), (1, 0));
    stage.tell(2, "call.ringing", &ringing(1));
    assert_eq!(stage.report().doubled, 1);
}

#[test]
fn signals_that_overtake_each_other_and_older_views_are_out_of_order() {
    let mut stage = Stage::new();
    stage.signal(2, 1);
    stage.signal(2, 3);
    assert_eq!(stage.report().reordered, 0, "a number that is left out may never have been sent");
    stage.signal(2, 2);
    assert_eq!(stage.report().reordered, 1);
    stage.tell(0, "call.updated", &ringing(2));
    stage.tell(0, "call.updated", &ringing(1));
    assert_eq!(stage.report().reordered, 2);
}

#[test]
fn a_call_that_ends_for_a_reason_that_nobody_gave_is_told_once() {
    let mut stage = Stage::new();
    stage.end("connection_lost");
    let report = stage.report();
    assert_eq!((report.calls_ended_unasked, report.faults.len()), (1, 1), "{:?}", report.faults);
    let mut stage = Stage::new();
    stage.ledger.asks_for_the_end("the-call", "cancelled");
    stage.end("cancelled");
    assert_eq!(stage.report().broken(), Vec::<String>::new());
}

#[test]
fn a_deadline_may_end_a_ring_when_it_is_there_and_not_much_later() {
    for (seconds, unasked, stuck) in [(59, 1, 0), (60, 0, 0), (64, 0, 0), (66, 0, 1)] {
        let mut stage = Stage::new();
        stage.at(seconds);
        stage.end("no_answer");
        let report = stage.report();
        assert_eq!((report.calls_ended_unasked, report.rings_stuck), (unasked, stuck), "after {seconds} s");
    }
}

#[test]
fn a_ring_that_never_ends_is_stuck() {
    let mut stage = Stage::new();
    stage.at(76);
    assert_eq!(stage.report().rings_stuck, 1);
}

#[test]
fn the_longest_gap_is_that_of_a_device_without_socket_and_poll() {
    let mut stage = Stage::new();
    stage.ledger.gone(CALLER, Some("1012 restart"), stage.now);
    stage.at(2);
    assert_eq!((stage.report().longest_gap_ms, stage.report().sockets), (2_000, 3));
    stage.ledger.back(CALLER, Back::Polling { recovered: true }, stage.now);
    stage.at(9);
    stage.ledger.back(CALLER, Back::Resumed, stage.now);
    let report = stage.report();
    assert_eq!((report.longest_gap_ms, report.sockets, report.polled, report.resumed), (2_000, 4, 1, 1));
}
