//! A party of the call: a device that follows the protocol whatever becomes of its connections.

use std::collections::{HashSet, VecDeque};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rand::Rng as _;
use rand::rngs::StdRng;
use serde_json::{Value, json};
use tokio::time::{sleep, timeout};

use super::connection::{Cut, Doors, Life, Transport};
use crate::socket::{BOUND, Socket, handshake};
use crate::world::World;

/// Before a client tries again.
const PAUSE: Duration = Duration::from_millis(20);

/// Something to be said to the other side. What it is, is in its payload.
#[derive(Clone, Debug)]
pub(super) struct Signal {
    number: u64,
    request_id: String,
    kind: &'static str,
    generation: u32,
}

/// What became of a party's connections.
#[derive(Debug, Default)]
pub(super) struct Tally {
    pub(super) cuts: usize,
    sockets: usize,
    polls: usize,
    /// Connections that did not come about, or ended by themselves.
    failed: usize,
    put_off: usize,
    unrecovered: usize,
    doubles: usize,
}

/// A connection is over, by itself.
#[derive(Debug)]
pub(super) struct Over(String);

pub(super) struct Party<'world> {
    pub(super) user: &'static str,
    pub(super) tally: Tally,
    /// The numbers of the signals that the server has taken, in order.
    pub(super) sent: Vec<u64>,
    /// The numbers of those that came, in order.
    pub(super) received: Vec<u64>,
    world: &'world World,
    doors: &'world Doors,
    call: String,
    /// What the server has not taken yet, or not said so.
    unsent: VecDeque<Signal>,
    cursor: Option<String>,
    seen: HashSet<String>,
    forgotten: Vec<Socket>,
}

impl Signal {
    pub(super) fn new(number: u64, kind: &'static str, generation: u32) -> Self {
        Self { number, request_id: format!("signal-{number:08}"), kind, generation }
    }

    fn body(&self) -> Value {
        let sealed = URL_SAFE_NO_PAD.encode(format!("{:016}", self.number));
        json!({ "kind": self.kind, "generation": self.generation, "payload": { "sealed": sealed } })
    }
}

impl<'world> Party<'world> {
    pub(super) fn new(world: &'world World, doors: &'world Doors, user: &'static str) -> Self {
        Self {
            user,
            tally: Tally::default(),
            sent: Vec::new(),
            received: Vec::new(),
            world,
            doors,
            call: String::new(),
            unsent: VecDeque::new(),
            cursor: None,
            seen: HashSet::new(),
            forgotten: Vec::new(),
        }
    }

    /// From now on it is in this call.
    pub(super) fn is_in(&mut self, call: &str) {
        call.clone_into(&mut self.call);
    }

    pub(super) fn wants_to_say(&mut self, signal: Signal) {
        self.unsent.push_back(signal);
    }

    /// How much it will have said in all.
    pub(super) fn has_said(&self) -> usize {
        self.sent.len() + self.unsent.len()
    }

    /// Lives these lives, then others until everything is said and `wanted` signals in all have come.
    pub(super) async fn leg(&mut self, dice: &mut StdRng, lives: Vec<Life>, wanted: usize, at_once: usize) {
        let all = async {
            for life in lives {
                self.live(dice, life, wanted, at_once).await;
            }
            while !self.is_done(wanted) {
                sleep(PAUSE).await;
                let life = Life::long(dice);
                self.live(dice, life, wanted, at_once).await;
            }
        };
        let is_in_time = timeout(BOUND, all).await.is_ok();
        let Self { user, tally, unsent, .. } = self;
        let count = self.received.len();
        assert!(is_in_time, "{user} has not heard it all: {count} of {wanted}, {unsent:?} to say, {tally:?}");
    }

    fn is_done(&self, wanted: usize) -> bool {
        self.unsent.is_empty() && self.received.len() >= wanted
    }

    /// One connection from its beginning to its end.
    async fn live(&mut self, dice: &mut StdRng, life: Life, wanted: usize, at_once: usize) {
        let url = self.doors.any(dice).to_owned();
        let mut socket = None;
        let lasts = life.lasts.unwrap_or(BOUND);
        let outcome = match life.transport {
            Transport::Socket => {
                self.tally.sockets += 1;
                let waits = dice.random_bool(0.5);
                timeout(lasts, self.over_socket(&mut socket, &url, wanted, at_once, waits)).await
            }
            Transport::Polling => {
                self.tally.polls += 1;
                timeout(lasts, self.by_polling(&url, wanted, life.cut)).await
            }
        };
        if let Ok(Err(Over(why))) = outcome {
            self.tally.failed += 1;
            let is_expected = ["gone", "1013 ", "refused", "503"].iter().any(|word| why.starts_with(word));
            assert!(is_expected, "{} is thrown out: {why}", self.user);
        } else {
            self.tally.cuts += 1;
        }
        if let Some(socket) = socket {
            life.cut(socket, &mut self.forgotten).await;
        }
    }

    async fn over_socket(
        &mut self,
        place: &mut Option<Socket>,
        url: &str,
        wanted: usize,
        at_once: usize,
        waits: bool,
    ) -> Result<(), Over> {
        let opened = Socket::by(handshake(url, Some("realtime.v1"), None)).await;
        let socket = place.insert(opened.map_err(|error| Over(format!("refused: {error}")))?);
        socket.hello(&self.world.token(self.user, &[]), "phone", self.cursor.as_deref()).await;
        let (mut is_welcome, mut asked) = (false, 0);
        while !self.is_done(wanted) {
            while (is_welcome || !waits) && asked < at_once.min(self.unsent.len()) {
                let Signal { request_id, .. } = &self.unsent[asked];
                let command = json!({
                    "type": "command", "request_id": request_id, "name": "signal.send", "call_id": self.call,
                    "body": self.unsent[asked].body(),
                });
                socket.say(&command).await;
                asked += 1;
            }
            let message = socket.hear().await.map_err(|close| match close {
                Some(close) => Over(format!("{} {}", u16::from(close.code), close.reason)),
                None => Over("gone".to_owned()),
            })?;
            match message["type"].as_str().unwrap() {
                "welcome" => {
                    is_welcome = true;
                    self.cursor = Some(text(&message["cursor"]));
                    self.knows(&message);
                }
                "event" => {
                    self.hears(&message["event"]);
                    self.cursor = Some(text(&message["event"]["cursor"]));
                    if self.received.len().is_multiple_of(3) {
                        socket.say(&json!({ "type": "ack", "cursor": self.cursor })).await;
                    }
                }
                "answer" => {
                    asked -= 1;
                    let status = message["status"].as_u64().unwrap();
                    self.is_answered(&text(&message["request_id"]), status, &message, asked);
                }
                _ => {}
            }
        }
        Ok(())
    }

    async fn by_polling(&mut self, url: &str, wanted: usize, cut: Cut) -> Result<(), Over> {
        let token = self.world.token(self.user, &[]);
        if let (Cut::HalfOpen, Some(cursor)) = (cut, &self.cursor) {
            // One that is left behind: its answer goes to nobody.
            let url = format!("{url}/api/realtime/events?after={cursor}&wait=5");
            tokio::spawn(self.doors.http.get(url).bearer_auth(&token).header("x-device-id", "phone").send());
        }
        while !self.is_done(wanted) {
            if let Some(signal) = self.unsent.front().cloned() {
                let url = format!("{url}/api/realtime/calls/{}/signals", self.call);
                let request = self.doors.http.post(url).header("idempotency-key", &signal.request_id);
                let (status, answer) = ask(request.json(&signal.body()), &token).await?;
                self.is_answered(&signal.request_id, status, &answer, 0);
                if self.is_done(wanted) {
                    break;
                }
            }
            let wait = if self.unsent.is_empty() { 10 } else { 0 };
            let after = self.cursor.as_ref().map(|cursor| format!("?after={cursor}&wait={wait}"));
            let url = format!("{url}/api/realtime/events{}", after.unwrap_or_default());
            let (status, answer) = ask(self.doors.http.get(url), &token).await?;
            if status != 200 {
                return Err(Over(format!("{status} {answer}")));
            }
            self.knows(&answer);
            for event in answer["events"].as_array().unwrap() {
                self.hears(event);
            }
            self.cursor = Some(text(&answer["cursor"]));
        }
        Ok(())
    }

    /// Takes in the state of things, if there is one.
    fn knows(&mut self, answer: &Value) {
        if answer["recovered"] == false {
            self.tally.unrecovered += 1;
        }
        for signal in answer["signals"].as_array().into_iter().flatten() {
            self.takes_in(signal);
        }
    }

    fn hears(&mut self, event: &Value) {
        match event["type"].as_str().unwrap() {
            "signal" => self.takes_in(event),
            "call.ended" => assert_ne!(event["call"]["id"], self.call, "the call has ended: {event}"),
            _ => {}
        }
    }

    fn takes_in(&mut self, signal: &Value) {
        if signal["call_id"] != self.call {
            return;
        }
        if self.seen.insert(text(&signal["signal_id"])) {
            let payload = URL_SAFE_NO_PAD.decode(text(&signal["payload"]["sealed"])).unwrap();
            self.received.push(String::from_utf8(payload).unwrap().parse().unwrap());
        } else {
            self.tally.doubles += 1;
        }
    }

    /// The server has taken a signal, or has not. `under_way` more were sent already, and are before it then.
    fn is_answered(&mut self, request_id: &str, status: u64, answer: &Value, under_way: usize) {
        let place = self.unsent.iter().position(|signal| signal.request_id == request_id);
        let signal = self.unsent.remove(place.unwrap()).unwrap();
        match status {
            202 => self.sent.push(signal.number),
            503 | 504 => {
                self.tally.put_off += 1;
                self.unsent.insert(under_way, signal);
            }
            _ => panic!("{} is refused {signal:?}: {answer}", self.user),
        }
    }
}

/// An answer, with its status.
async fn ask(request: reqwest::RequestBuilder, token: &str) -> Result<(u64, Value), Over> {
    let gone = |error: reqwest::Error| Over(format!("gone: {error}"));
    let answer = request.bearer_auth(token).header("x-device-id", "phone").send().await.map_err(gone)?;
    let status = answer.status().as_u16().into();
    Ok((status, answer.json().await.map_err(gone)?))
}

fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}
