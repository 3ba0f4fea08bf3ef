//! A device in a call that goes on at another replica when its own one ends.

use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use tokio::time::{Interval, MissedTickBehavior, interval, timeout};
use uuid::Uuid;

use crate::socket::Socket;
use crate::world::{Answer, World};

/// How often each one says something.
const PACE: Duration = Duration::from_millis(150);
/// How much each one says once it is elsewhere.
const AFTERWARDS: usize = 4;
/// How long all of it may take before the test fails.
const BOUND: Duration = Duration::from_secs(90);
/// Before a client tries again.
const PAUSE: Duration = Duration::from_millis(50);

/// How a client follows its call.
#[derive(Clone, Copy, Debug)]
pub(super) enum Way {
    /// By a socket, and by another one as soon as it is asked to be elsewhere.
    MovesAtOnce,
    /// By a socket until that is closed.
    IsSentAway,
    /// By polls.
    Polls,
}

/// What goes on at all.
#[derive(Default)]
pub(super) struct Load {
    relayed: AtomicUsize,
    /// How many polls for which nothing happens are open.
    pub(super) idle: AtomicUsize,
    /// The replica was told to end.
    pub(super) is_told: AtomicBool,
}

impl Load {
    /// How many signals were taken.
    pub(super) fn relayed(&self) -> usize {
        self.relayed.load(Ordering::SeqCst)
    }
}

/// How much somebody has said in all, once that is known.
type Total = Arc<AtomicUsize>;
const UNKNOWN: usize = usize::MAX;

/// A device in a call.
pub(super) struct Client<'world> {
    /// The ids of what it has sent, in order.
    pub(super) sent: Vec<String>,
    /// The ids of what it was told, in order, each once.
    pub(super) received: Vec<String>,
    world: &'world World,
    doors: [&'world str; 2],
    /// Which of the doors it uses.
    door: usize,
    user: String,
    token: String,
    call: String,
    way: Way,
    cursor: String,
    seen: HashSet<String>,
    /// The request id of what was said and not answered.
    unanswered: Option<String>,
    still_to_say: Option<usize>,
    own_total: Total,
    total_of_peer: Total,
}

impl<'world> Client<'world> {
    /// The two of a call.
    pub(super) fn pair(
        world: &'world World,
        doors: [&'world str; 2],
        call: &str,
        people: [(String, Way); 2],
    ) -> [Self; 2] {
        let totals = [(); 2].map(|()| Arc::new(AtomicUsize::new(UNKNOWN)));
        let mut number = 0;
        people.map(|(user, way)| {
            let client = Self {
                sent: Vec::new(),
                received: Vec::new(),
                world,
                doors,
                door: 0,
                token: world.token(&user, &[]),
                user,
                call: call.to_owned(),
                way,
                cursor: String::new(),
                seen: HashSet::new(),
                unanswered: None,
                still_to_say: None,
                own_total: Arc::clone(&totals[number]),
                total_of_peer: Arc::clone(&totals[1 - number]),
            };
            number += 1;
            client
        })
    }

    /// Whose it is, and how it follows.
    pub(super) fn name(&self) -> String {
        format!("{} {:?}", self.user, self.way)
    }

    /// The phase of the call.
    pub(super) async fn phase(&self) -> String {
        let call = self.world.get(&format!("/calls/{}", self.call), &self.token).await.json();
        call["phase"].as_str().unwrap_or_default().to_owned()
    }

    /// Talks until it has done so at the other door, and has heard all that the other one has said.
    pub(super) async fn talks(&mut self, load: &Load) {
        let talk = async {
            match self.way {
                Way::MovesAtOnce | Way::IsSentAway => self.over_sockets(load).await,
                Way::Polls => self.by_polls(load).await,
            }
        };
        if timeout(BOUND, talk).await.is_err() {
            let (sent, received) = (self.sent.len(), self.received.len());
            panic!("{} has sent {sent} and heard {received}, and waits for more", self.name());
        }
    }

    async fn over_sockets(&mut self, load: &Load) {
        let (mut socket, welcome) = Socket::resumed(self.doors[0], &self.token, "phone", None).await;
        welcome["cursor"].as_str().unwrap().clone_into(&mut self.cursor);
        let mut pace = pace();
        while !self.has_heard_all() {
            tokio::select! {
                heard = socket.hear() => match heard {
                    Ok(message) => match message["type"].as_str().unwrap() {
                        "event" => self.takes_in(&message["event"]),
                        "answer" => self.was_taken(&message, &message["body"], load),
                        "drain" => if let Way::MovesAtOnce = self.way {
                            socket = self.moves().await;
                        },
                        other => panic!("{}: {other}", self.name()),
                    },
                    Err(close) => {
                        let close = close.map(|close| (u16::from(close.code), close.reason.to_string()));
                        assert_eq!(close, Some((1012, "restart".to_owned())), "{}", self.name());
                        socket = self.moves().await;
                    }
                },
                _ = pace.tick() => if self.unanswered.is_none() && self.has_more_to_say() {
                    let request_id = Uuid::new_v4().to_string();
                    socket.say(&self.command(&request_id)).await;
                    self.unanswered = Some(request_id);
                }
            }
        }
    }

    /// Goes on at the other door, and says once more what was not answered.
    async fn moves(&mut self) -> Socket {
        self.is_elsewhere();
        let after = Some(self.cursor.as_str());
        let (mut socket, welcome) = Socket::resumed(self.doors[1], &self.token, "phone", after).await;
        assert_eq!(welcome["recovered"], true, "{}: {welcome}", self.name());
        if let Some(request_id) = &self.unanswered {
            socket.say(&self.command(request_id)).await;
        }
        socket
    }

    async fn by_polls(&mut self, load: &Load) {
        let start = self.world.get("/events", &self.token).await.json();
        start["cursor"].as_str().unwrap().clone_into(&mut self.cursor);
        let mut pace = pace();
        let mut poll = Box::pin(self.poll());
        let mut was_told = load.is_told.load(Ordering::SeqCst);
        while !self.has_heard_all() {
            tokio::select! {
                answer = &mut poll => {
                    if let Some(answer) = answer {
                        self.takes_in_all(&answer);
                    } else {
                        assert!(was_told, "{}: a poll that was open is answered", self.name());
                        self.is_elsewhere();
                    }
                    was_told = load.is_told.load(Ordering::SeqCst);
                    poll = Box::pin(self.poll());
                }
                _ = pace.tick() => if self.has_more_to_say() {
                    self.says(load).await;
                }
            }
        }
    }

    /// One poll. None where there is nobody to ask.
    fn poll(&self) -> impl Future<Output = Option<Answer>> + use<> {
        let path = format!("/events?after={}&wait=20", self.cursor);
        let request = self.world.request_to(self.doors[self.door], Method::GET, &path, &self.token);
        let request = request.header("x-device-id", "phone");
        async move {
            let response = request.send().await.ok()?;
            let (status, headers) = (response.status(), response.headers().clone());
            Some(Answer { status, headers, text: response.text().await.unwrap() })
        }
    }

    fn takes_in_all(&mut self, answer: &Answer) {
        assert_eq!(answer.status, StatusCode::OK, "{}: {}", self.name(), answer.text);
        let answer = answer.json();
        assert_eq!(answer["recovered"], true, "{}: {answer}", self.name());
        for event in answer["events"].as_array().unwrap() {
            self.takes_in(event);
        }
        answer["cursor"].as_str().unwrap().clone_into(&mut self.cursor);
    }

    /// Says something by a request of its own, as often as it takes.
    async fn says(&mut self, load: &Load) {
        let request_id = Uuid::new_v4().to_string();
        loop {
            let path = format!("/calls/{}/signals", self.call);
            let request = self.world.request_to(self.doors[self.door], Method::POST, &path, &self.token);
            let request = request.header("x-device-id", "phone").header("idempotency-key", &request_id);
            if let Ok(response) = request.json(&body()).send().await {
                let answer = json!({ "status": response.status().as_u16() });
                let signal = response.json().await.unwrap();
                return self.was_taken(&answer, &signal, load);
            }
            assert!(load.is_told.load(Ordering::SeqCst), "{}: it is there until then", self.name());
            self.is_elsewhere();
            tokio::time::sleep(PAUSE).await;
        }
    }

    fn was_taken(&mut self, answer: &Value, signal: &Value, load: &Load) {
        assert_eq!(answer["status"], 202, "{}: {answer} {signal}", self.name());
        self.sent.push(signal["signal_id"].as_str().unwrap().to_owned());
        self.unanswered = None;
        load.relayed.fetch_add(1, Ordering::SeqCst);
        if let Some(still_to_say) = &mut self.still_to_say {
            *still_to_say = still_to_say.saturating_sub(1);
            if *still_to_say == 0 {
                self.own_total.store(self.sent.len(), Ordering::SeqCst);
            }
        }
    }

    fn takes_in(&mut self, event: &Value) {
        event["cursor"].as_str().unwrap().clone_into(&mut self.cursor);
        let is_new = self.seen.insert(event["id"].as_str().unwrap().to_owned());
        if is_new && event["type"] == "signal" {
            self.received.push(event["signal_id"].as_str().unwrap().to_owned());
        }
    }

    fn is_elsewhere(&mut self) {
        self.door = 1;
        self.still_to_say.get_or_insert(AFTERWARDS);
    }

    fn has_more_to_say(&self) -> bool {
        self.still_to_say != Some(0)
    }

    fn has_heard_all(&self) -> bool {
        !self.has_more_to_say() && self.received.len() >= self.total_of_peer.load(Ordering::SeqCst)
    }

    fn command(&self, request_id: &str) -> Value {
        json!({
            "type": "command",
            "request_id": request_id,
            "name": "signal.send",
            "call_id": self.call,
            "body": body(),
        })
    }
}

fn body() -> Value {
    let candidate = "candidate:1 1 udp 2122260223 192.0.2.7 50000 typ host";
    let payload = json!({ "candidates": [{ "candidate": candidate, "sdp_mid": "0" }] });
    json!({ "kind": "candidates", "generation": 0, "payload": payload })
}

fn pace() -> Interval {
    let mut pace = interval(PACE);
    pace.set_missed_tick_behavior(MissedTickBehavior::Delay);
    pace
}
