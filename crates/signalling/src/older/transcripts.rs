//! Plays the transcripts of docs/older-clients.md, and compares its tables with the code.

use std::collections::VecDeque;

use chrono::DateTime;
use serde_json::{Value, json};
use signal_protocol::socket::{AnswerMessage, ClientMessage, CommandMessage, ServerMessage, Welcome};
use signal_protocol::{ErrorCode, Event, EventBody, RoomId, Signal, UserId};
use uuid::Uuid;

use super::client::Said;
use super::server::{Fault, Saying};
use super::{NoPeer, Older, Step};

const PAGE: &str = include_str!("../../../../docs/older-clients.md");
const CALL: &str = "0198c5a0-7c3e-7d5a-8f00-0123456789ab";
const CLOCK: &str = "2026-01-31T09:30:00.000Z";

/// One transcript as it is played.
struct Play {
    older: Older,
    steps: VecDeque<Step>,
    asked: VecDeque<CommandMessage>,
    signals: u128,
}

impl Play {
    /// A client of alice's that said `hello`, and was welcomed unless its transcript says how.
    fn new(is_welcomed: bool) -> Self {
        let mut older = Older::new(Uuid::from_u128(7));
        let hello = older.incoming(r#"{"type":"hello","token":"t","device":"phone"}"#);
        assert!(matches!(&hello[..], [Step::Message(Ok(ClientMessage::Hello { .. }))]), "{hello:?}");
        older.identified(UserId::parse("alice").expect("a user"));
        let mut play = Self { older, steps: VecDeque::new(), asked: VecDeque::new(), signals: 0 };
        if is_welcomed {
            play.welcome(&json!({}));
        }
        play
    }

    fn line(&mut self, line: &str) {
        let (word, rest) = line.split_once(' ').expect("a word and what comes with it");
        let rest = rest.trim_start();
        if !matches!(word, "server" | "looks" | "command") {
            assert!(self.steps.is_empty(), "before {line}: {:?}", self.steps);
        }
        let steps = match word {
            "client" => self.older.incoming(rest),
            "finds" => self.finds(rest),
            "answer" => self.answer(rest),
            "event" => self.event(json(rest)),
            "welcome" => return self.welcome(&json(rest)),
            "server" | "looks" | "command" => return self.expect(word, rest),
            other => panic!("{other} is no word of a transcript"),
        };
        for step in steps {
            match step {
                // What it costs to say something that is no message of this release.
                Step::Message(Ok(ClientMessage::Ping)) => {
                    assert!(self.older.outgoing(&ServerMessage::Pong).is_empty(), "a pong for nobody");
                }
                step => self.steps.push_back(step),
            }
        }
    }

    fn expect(&mut self, word: &str, expected: &str) {
        let step = self.steps.pop_front().unwrap_or_else(|| panic!("no {word} {expected}"));
        let found = match (word, step) {
            ("server", Step::Say(text)) => return assert_eq!(json(&text), json(expected)),
            ("looks", Step::FindPeer { room }) => return assert_eq!(room.as_str(), expected),
            ("command", Step::Message(Ok(ClientMessage::Command(command)))) => command,
            (_, step) => panic!("{step:?} instead of {word} {expected}"),
        };
        let (name, body) = expected.split_once(' ').expect("a name and a body");
        let found_body = found.body.as_ref().map(|body| json(body.get()));
        assert_eq!((found.name.as_str(), found_body), (name, Some(json(body))));
        assert_eq!(found.call_id.as_deref(), (name != "call.invite").then_some(CALL), "{name}");
        assert!((8..=64).contains(&found.request_id.len()), "{}", found.request_id);
        self.asked.push_back(found);
    }

    fn finds(&mut self, who: &str) -> Vec<Step> {
        let peer =
            if who == "nobody" { Err(NoPeer::Denied) } else { Ok(UserId::parse(who).expect("a user")) };
        let room = if who == "nobody" { "all-hands" } else { "standup" };
        self.older.found(&RoomId::parse(room).expect("a room"), peer)
    }

    fn answer(&mut self, text: &str) -> Vec<Step> {
        let mut words = text.splitn(3, ' ');
        let [name, status, body] = [(); 3].map(|()| words.next().expect("a name, a status and a body"));
        let at = self.asked.iter().position(|asked| asked.name == name).expect("such a command");
        let asked = self.asked.remove(at).expect("it was just found");
        let status = status.parse().expect("a status");
        let raw = |value: &Value| serde_json::value::to_raw_value(value).ok();
        let (body, problem) = if status < 400 {
            (raw(&self.whole(json(body))), None)
        } else {
            (None, raw(&json!({ "code": body })))
        };
        let answer = AnswerMessage { request_id: asked.request_id, status, body, problem };
        self.older.outgoing(&ServerMessage::Answer(answer))
    }

    fn event(&mut self, short: Value) -> Vec<Step> {
        let body: EventBody = serde_json::from_value(self.whole(short)).expect("an event");
        let at = DateTime::parse_from_rfc3339(CLOCK).expect("a time").to_utc();
        self.older
            .outgoing(&ServerMessage::Event { event: Event { id: "e".into(), cursor: "c".into(), at, body } })
    }

    fn welcome(&mut self, short: &Value) {
        let whole = self.whole(short.clone());
        let now = DateTime::parse_from_rfc3339(CLOCK).expect("a time").to_utc();
        let welcome = Welcome {
            session: "s".to_owned(),
            cursor: "c".to_owned(),
            recovered: None,
            calls: Some(serde_json::from_value(whole["calls"].clone()).unwrap_or_default()),
            signals: Some(
                serde_json::from_value::<Vec<Signal>>(whole["signals"].clone()).unwrap_or_default(),
            ),
            server_now: now,
            ping_ms: 20_000,
            token_expires_at: now,
        };
        let mut steps = VecDeque::from(self.older.outgoing(&ServerMessage::Welcome(welcome)));
        let Some(Step::Say(said)) = steps.pop_front() else { panic!("a welcome") };
        let said = json(&said);
        assert_eq!((&said["type"], said.get("calls"), said.get("signals")), (&json!("welcome"), None, None));
        self.steps = steps;
    }

    /// `short` with whole calls for short ones, and with whatever each signal has.
    fn whole(&mut self, short: Value) -> Value {
        match short {
            Value::String(text) if text.contains(" by ") => call(&text),
            Value::Array(items) => items.into_iter().map(|item| self.whole(item)).collect(),
            Value::Object(mut fields) => {
                if fields.contains_key("kind") && fields.contains_key("payload") {
                    self.signals += 1;
                    for (name, value) in [
                        ("call_id", json!(CALL)),
                        ("generation", json!(0)),
                        ("signal_id", json!(Uuid::from_u128(self.signals))),
                    ] {
                        fields.entry(name).or_insert(value);
                    }
                }
                fields.into_iter().map(|(name, value)| (name, self.whole(value))).collect()
            }
            other => other,
        }
    }
}

fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{error} in {text}"))
}

/// The call that `ended by alice: completed` stands for.
fn call(short: &str) -> Value {
    let (phase, rest) = short.split_once(" by ").expect("a phase and a caller");
    let (caller, reason) =
        rest.split_once(": ").map_or((rest, None), |(caller, reason)| (caller, Some(reason)));
    let other = if caller == "alice" { "bob" } else { "alice" };
    let mut call = json!({
        "id": CALL, "version": 1, "phase": phase, "kind": "audio", "media": "p2p", "room_id": "standup",
        "caller": caller, "created_at": CLOCK, "server_now": CLOCK, "trace_id": "0",
        "parties": [
            { "user_id": caller, "role": "caller", "state": "accepted", "device": "phone" },
            { "user_id": other, "role": "callee", "state": "invited" },
        ],
    });
    if let Some(reason) = reason {
        call["reason"] = json!(reason);
    }
    call
}

#[test]
fn the_transcripts_of_the_page_are_what_happens() {
    let mut played = 0;
    for transcript in PAGE.split("```transcript\n").skip(1) {
        let (transcript, _) = transcript.split_once("```").expect("an end");
        println!("{transcript}");
        let mut play = Play::new(!transcript.starts_with("welcome"));
        transcript.lines().for_each(|line| play.line(line));
        assert!(play.steps.is_empty(), "at the end: {:?}", play.steps);
        played += 1;
    }
    assert!(played >= 7, "{played} transcripts");
}

/// The first column of the table under a heading.
fn column(heading: &str) -> Vec<&'static str> {
    let (_, section) = PAGE.split_once(heading).expect("such a heading");
    let rows =
        section.lines().skip_while(|line| !line.starts_with('|')).take_while(|line| line.starts_with('|'));
    rows.skip(2).map(|row| row.split('`').nth(1).expect("a word")).collect()
}

#[test]
fn the_tables_of_the_page_name_everything_that_can_be_said() {
    assert_eq!(column("## What a client says"), Said::EVENTS);
    assert_eq!(column("## What a client hears"), Saying::EVENTS);
    let mut messages = vec![Fault::OFFLINE.message];
    messages.extend(ErrorCode::ALL.iter().map(|code| Fault::of(*code).message));
    let listed = column("`message` is what these clients");
    assert!(messages.iter().all(|message| listed.contains(message)), "{messages:?}");
    assert!(listed.iter().all(|message| messages.contains(message)), "{listed:?}");
}

#[test]
fn before_hello_an_older_event_is_no_message_and_before_welcome_it_waits() {
    let end = r#"{"type":"call:initiate","chatId":"standup","offer":"v=0"}"#;
    let mut older = Older::new(Uuid::nil());
    assert!(matches!(older.incoming(end)[..], [Step::Message(Err(_))]));
    assert!(matches!(older.incoming(r#"{"type":"hello","token":"t"}"#)[..], [Step::Message(Ok(_))]));
    for _ in 0..super::MOST_EARLY {
        assert!(matches!(older.incoming(end)[..], [Step::Message(Ok(ClientMessage::Ping))]));
    }
    assert!(matches!(older.incoming(end)[..], [Step::Message(Err(_))]));
}

#[test]
fn what_is_said_costs_a_message_each_time_and_its_pong_reaches_nobody() {
    let mut play = Play::new(true);
    for (text, looks) in [
        (r#"{"type":"call:initiate","chatId":"standup","offer":"v=0"}"#, true),
        (r#"{"type":"call:initiate","chatId":"standup","offer":"v=0"}"#, false),
        (r#"{"type":"call:end","chatId":"nowhere"}"#, false),
        (r#"{"type":"call:answer"}"#, false),
    ] {
        let steps = play.older.incoming(text);
        assert!(matches!(steps[0], Step::Message(Ok(ClientMessage::Ping))), "{steps:?}");
        assert_eq!(steps.iter().any(|step| matches!(step, Step::FindPeer { .. })), looks, "{text}");
    }
    assert!((0..4).all(|_| play.older.outgoing(&ServerMessage::Pong).is_empty()));
    assert!(matches!(play.older.outgoing(&ServerMessage::Pong)[..], [Step::Say(_)]));
}
