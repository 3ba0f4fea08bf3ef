//! Long polls.

use signal_protocol::ErrorCode;
use signalling::{Moment, News, Poll, PollInput, PollOutput, Question};

use crate::given::{ONE, call, call_event, lost, ms, news, state};
use crate::said;

/// One poll and the time.
struct Asked {
    poll: Poll,
    now: Moment,
    first: Vec<String>,
}

fn lines(outputs: &[PollOutput]) -> Vec<String> {
    outputs.iter().map(said::poll_line).collect()
}

fn ask(after: Option<&str>, wait_ms: u64) -> Asked {
    ask_with_token(after, wait_ms, 3_600_000)
}

fn ask_with_token(after: Option<&str>, wait_ms: u64, token_ms: u64) -> Asked {
    let now = ms(1_000_000);
    let question = Question {
        after: after.map(str::to_owned),
        wait: ms(wait_ms),
        token_expires_in: ms(token_ms),
        batch: 100,
    };
    let (poll, first) = Poll::new(question, now);
    Asked { poll, now, first: lines(&first) }
}

impl Asked {
    fn hears(&mut self, input: PollInput) -> Vec<String> {
        lines(&self.poll.on(input, self.now))
    }

    fn waits(&mut self, milliseconds: u64) -> Vec<String> {
        self.now += ms(milliseconds);
        self.hears(PollInput::TimePassed)
    }
}

#[test]
fn without_a_cursor_there_is_a_snapshot_at_once() {
    let mut asked = ask(None, 25_000);
    assert_eq!(asked.first, ["read - 100"]);
    assert_eq!(asked.hears(PollInput::Read(Ok(news(1, 0)))), ["snapshot"]);
    let calls = vec![call(ONE, 1, "ringing", "invited")];
    assert_eq!(asked.hears(PollInput::Snapshot(Ok(state(calls)))), ["answer c0 - 1 events 0"]);
}

#[test]
fn what_is_there_is_told_at_once() {
    let mut asked = ask(Some("c4"), 25_000);
    assert_eq!(asked.first, ["read c4 100"]);
    assert_eq!(asked.hears(PollInput::Read(Ok(news(5, 6)))), ["answer c6 recovered - events 2"]);
    assert_eq!(asked.poll.next_deadline(), None);
    assert!(asked.hears(PollInput::Rung).is_empty());
}

#[test]
fn the_first_event_is_waited_for() {
    let mut asked = ask(Some("c4"), 25_000);
    assert!(asked.hears(PollInput::Read(Ok(news(5, 4)))).is_empty());
    assert_eq!(asked.poll.next_deadline(), Some(asked.now + ms(25_000)));
    assert_eq!(asked.hears(PollInput::Rung), ["read c4 100"]);
    assert!(asked.hears(PollInput::Read(Ok(news(5, 4)))).is_empty(), "it rang for somebody else");
    asked.hears(PollInput::Rung);
    assert_eq!(asked.hears(PollInput::Read(Ok(news(5, 5)))), ["answer c5 recovered - events 1"]);
}

#[test]
fn what_rings_while_it_reads_is_read_again() {
    let mut asked = ask(Some("c4"), 25_000);
    assert!(asked.hears(PollInput::Rung).is_empty());
    assert_eq!(asked.hears(PollInput::Read(Ok(news(5, 4)))), ["read c4 100"]);
}

#[test]
fn at_its_end_it_looks_once_more_and_answers() {
    for end in ["time", "displaced", "ending"] {
        let mut asked = ask(Some("c4"), 25_000);
        asked.hears(PollInput::Read(Ok(news(5, 4))));
        let next = match end {
            "time" => asked.waits(25_000),
            "displaced" => asked.hears(PollInput::Displaced),
            _ => asked.hears(PollInput::Ending),
        };
        assert_eq!(next, ["read c4 100"], "{end}");
        assert_eq!(asked.poll.next_deadline(), None);
        assert_eq!(asked.hears(PollInput::Read(Ok(news(5, 4)))), ["answer c4 recovered - events 0"]);
    }
}

#[test]
fn an_end_during_a_reading_waits_for_that_alone() {
    let mut asked = ask(Some("c4"), 25_000);
    assert!(asked.hears(PollInput::Ending).is_empty());
    assert_eq!(asked.hears(PollInput::Read(Ok(news(5, 4)))), ["answer c4 recovered - events 0"]);
}

#[test]
fn without_a_wait_the_first_reading_is_the_answer() {
    let mut asked = ask(Some("c4"), 0);
    assert_eq!(asked.hears(PollInput::Read(Ok(news(5, 4)))), ["answer c4 recovered - events 0"]);
}

#[test]
fn it_ends_with_its_token_but_not_at_once() {
    for (token_ms, ends_ms) in [(7_000, 7_000), (300, 1_000), (0, 1_000), (60_000, 25_000)] {
        let asked = ask_with_token(Some("c4"), 25_000, token_ms);
        assert_eq!(asked.poll.next_deadline(), Some(asked.now + ms(ends_ms)), "{token_ms}");
    }
}

#[test]
fn a_cursor_that_cannot_be_served_is_answered_with_how_things_stand() {
    let mut asked = ask(Some("c4"), 25_000);
    assert_eq!(asked.hears(PollInput::Read(Ok(lost(9)))), ["snapshot"]);
    assert_eq!(asked.hears(PollInput::Snapshot(Ok(state(Vec::new())))), ["answer c9 lost 0 events 0"]);
    let mut asked = ask(Some("c4"), 25_000);
    asked.hears(PollInput::Read(Ok(news(5, 4))));
    asked.hears(PollInput::Rung);
    assert_eq!(asked.hears(PollInput::Read(Ok(lost(9)))), ["snapshot"], "while it waits as well");
    assert!(asked.hears(PollInput::Ending).is_empty());
    assert_eq!(asked.hears(PollInput::Snapshot(Ok(state(Vec::new())))), ["answer c9 lost 0 events 0"]);
}

#[test]
fn what_cannot_be_read_is_said() {
    let mut asked = ask(Some("c4"), 25_000);
    let down = ErrorCode::StoreUnavailable;
    assert_eq!(asked.hears(PollInput::Read(Err(down))), ["fail store_unavailable"]);
    assert!(asked.hears(PollInput::Read(Ok(news(5, 6)))).is_empty());
    let mut asked = ask(None, 0);
    asked.hears(PollInput::Read(Ok(news(1, 0))));
    let down = ErrorCode::CallStateUnavailable;
    assert_eq!(asked.hears(PollInput::Snapshot(Err(down))), ["fail call_state_unavailable"]);
}

#[test]
fn the_signals_before_its_cursor_are_acknowledged_once() {
    let mut asked = ask(Some("c4"), 25_000);
    let read = News { unconsumed: true, ..news(5, 4) };
    assert_eq!(asked.hears(PollInput::Read(Ok(read.clone()))), ["acknowledge c4"]);
    asked.hears(PollInput::Rung);
    assert!(asked.hears(PollInput::Read(Ok(read))).is_empty());
}

#[test]
fn a_ring_that_is_handed_over_is_told_of() {
    let mut asked = ask(Some("c4"), 25_000);
    let ringing = call_event(5, "call.ringing", &call(ONE, 1, "ringing", "invited"));
    let read = News { events: vec![ringing], ..news(6, 5) };
    let next = asked.hears(PollInput::Read(Ok(read)));
    assert_eq!(next, [format!("notified {ONE}"), "answer c5 recovered - events 1".to_owned()]);
}

#[test]
fn a_login_that_is_ended_ends_its_poll_without_another_look() {
    let mut waiting = ask(Some("c4"), 25_000);
    waiting.hears(PollInput::Read(Ok(news(5, 4))));
    assert_eq!(waiting.hears(PollInput::Revoked), ["fail token_invalid"]);
    assert!(waiting.hears(PollInput::Revoked).is_empty());
    let mut reading = ask(Some("c4"), 25_000);
    assert_eq!(reading.hears(PollInput::Revoked), ["fail token_invalid"]);
    assert!(reading.hears(PollInput::Read(Ok(news(5, 6)))).is_empty());
}
