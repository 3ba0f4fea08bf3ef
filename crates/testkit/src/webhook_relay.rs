//! The way of LiveKit's webhooks to the replicas of a service, on which they are lost, doubled, late and out of order.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, StatusCode, header};
use rand::rngs::StdRng;
use rand::seq::{IndexedRandom as _, SliceRandom as _};
use rand::{Rng as _, SeedableRng as _};
use reqwest::Client;
use tokio::sync::mpsc;
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::sleep;

use crate::http_server::{self, Answer, Handler, Request, Server};
use crate::lock::held;
use crate::{Failure, http_client};

/// How many letters may wait for the carrier; more are lost.
const MOST_WAITING: usize = 50_000;

/// How long a replica may take to answer before another one is asked.
const PATIENCE: Duration = Duration::from_secs(2);

/// How often a delivery is tried. LiveKit itself goes on for half a minute.
const TRIES: u32 = 5;

/// The pause before the second try; it doubles each time.
const PAUSE: Duration = Duration::from_millis(50);

/// What happens to webhooks on their way.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Mishaps {
    /// Of a hundred, so many never arrive.
    pub lost_percent: u32,
    /// Of a hundred, so many arrive twice, at whichever replica.
    pub doubled_percent: u32,
    /// Each comes up to so much later: of two that were sent within that time, either may come first.
    pub late_up_to: Duration,
}

/// What has happened to webhooks so far.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Carried {
    /// That were sent by LiveKit.
    pub sent: u64,
    /// That were thrown away.
    pub lost: u64,
    /// That were delivered once more.
    pub doubled: u64,
    /// Deliveries that were answered with 200.
    pub delivered: u64,
    /// Deliveries for which every replica was away, or had an outage, each time.
    pub given_up: u64,
    /// Deliveries that were answered with a 4xx: something that is LiveKit's was not taken for that.
    pub refused: u64,
}

/// Takes webhooks as a service would, and takes them to one of its replicas each. LiveKit hears 200 at once.
#[derive(Debug)]
pub struct WebhookRelay {
    server: Server<Post>,
    carrier: JoinHandle<()>,
}

#[derive(Debug)]
struct Post {
    chance: Mutex<StdRng>,
    mishaps: Mutex<Mishaps>,
    /// What is kept back, while something is to be.
    kept_back: Mutex<Option<Vec<Letter>>>,
    letters: mpsc::Sender<(Letter, Duration)>,
    route: Arc<Route>,
}

/// One webhook.
#[derive(Debug, Clone)]
struct Letter {
    path: String,
    headers: HeaderMap,
    body: Bytes,
}

#[derive(Debug)]
struct Route {
    client: Client,
    replicas: Mutex<Vec<String>>,
    on_the_way: AtomicU64,
    carried: Mutex<Carried>,
}

impl WebhookRelay {
    /// Starts one that leads nowhere yet, and whose mishaps are decided by these dice.
    ///
    /// # Errors
    /// No port is free.
    pub async fn start(seed: u64) -> Result<Self, Failure> {
        let (letters, waiting) = mpsc::channel(MOST_WAITING);
        let route = Arc::new(Route {
            client: http_client::client(),
            replicas: Mutex::default(),
            on_the_way: AtomicU64::default(),
            carried: Mutex::default(),
        });
        let post = Post {
            chance: Mutex::new(StdRng::seed_from_u64(seed)),
            mishaps: Mutex::default(),
            kept_back: Mutex::default(),
            letters,
            route: Arc::clone(&route),
        };
        let carrier = tokio::spawn(carry(waiting, route));
        Ok(Self { server: Server::start(|_| post).await?, carrier })
    }

    /// Where LiveKit is to send to, for a service that takes webhooks at `path`.
    #[must_use]
    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.server.url())
    }

    /// From now on these replicas are delivered to.
    pub fn lead_to(&self, replicas: impl IntoIterator<Item = String>) {
        *held(&self.post().route.replicas) = replicas.into_iter().collect();
    }

    /// From now on this happens on the way.
    pub fn suffer(&self, mishaps: Mishaps) {
        *held(&self.post().mishaps) = mishaps;
    }

    /// From now on everything is kept back.
    pub fn keep_back(&self) {
        held(&self.post().kept_back).get_or_insert_default();
    }

    /// Everything that was kept back is delivered, all at once and in any order, and nothing is kept back any more.
    pub fn let_go(&self) {
        let post = self.post();
        let mut letters = held(&post.kept_back).take().unwrap_or_default();
        letters.shuffle(&mut *held(&post.chance));
        for letter in &letters {
            post.send(letter);
        }
    }

    /// Whether nothing is on its way; what is kept back is not.
    #[must_use]
    pub fn is_idle(&self) -> bool {
        self.post().route.on_the_way.load(Ordering::Acquire) == 0
    }

    /// What has happened so far.
    #[must_use]
    pub fn carried(&self) -> Carried {
        *held(&self.post().route.carried)
    }

    fn post(&self) -> &Post {
        self.server.handler()
    }
}

impl Drop for WebhookRelay {
    fn drop(&mut self) {
        self.carrier.abort();
    }
}

impl Handler for Post {
    async fn answer(&self, request: Request) -> Answer {
        self.route.count(|carried| carried.sent += 1);
        let Request { path, headers, body, .. } = request;
        let letter = Letter { path, headers, body };
        if let Some(kept_back) = &mut *held(&self.kept_back) {
            kept_back.push(letter);
        } else {
            self.send(&letter);
        }
        http_server::status(StatusCode::OK)
    }
}

impl Post {
    fn send(&self, letter: &Letter) {
        let Mishaps { lost_percent, doubled_percent, late_up_to } = *held(&self.mishaps);
        let mut chance = held(&self.chance);
        if chance.random_range(0..100) < lost_percent {
            return self.route.count(|carried| carried.lost += 1);
        }
        let copies = if chance.random_range(0..100) < doubled_percent { 2 } else { 1 };
        for copy in 0..copies {
            let late = chance.random_range(Duration::ZERO..=late_up_to);
            self.route.on_the_way.fetch_add(1, Ordering::AcqRel);
            if self.letters.try_send((letter.clone(), late)).is_err() {
                self.route.on_the_way.fetch_sub(1, Ordering::AcqRel);
                self.route.count(|carried| carried.lost += 1);
            } else if copy > 0 {
                self.route.count(|carried| carried.doubled += 1);
            }
        }
    }
}

/// Ends with all that is on its way when its task does.
async fn carry(mut letters: mpsc::Receiver<(Letter, Duration)>, route: Arc<Route>) {
    let mut deliveries = JoinSet::new();
    loop {
        tokio::select! {
            letter = letters.recv() => match letter {
                Some((letter, late)) => {
                    let route = Arc::clone(&route);
                    deliveries.spawn(async move {
                        sleep(late).await;
                        route.deliver(&letter).await;
                        route.on_the_way.fetch_sub(1, Ordering::AcqRel);
                    });
                }
                None => return,
            },
            Some(_) = deliveries.join_next() => {}
        }
    }
}

impl Route {
    fn count(&self, count: impl FnOnce(&mut Carried)) {
        count(&mut held(&self.carried));
    }

    /// Tries one replica after the other, as LiveKit tries again after an outage.
    async fn deliver(&self, letter: &Letter) {
        for attempt in 0..TRIES {
            let replica = held(&self.replicas).choose(&mut rand::rng()).cloned();
            let Some(replica) = replica else { break };
            let status = self.post(&replica, letter).await;
            match status {
                Some(status) if status.is_success() => {
                    return self.count(|carried| carried.delivered += 1);
                }
                Some(status) if status.is_client_error() => {
                    return self.count(|carried| carried.refused += 1);
                }
                Some(_) | None => sleep(PAUSE * (1 << attempt)).await,
            }
        }
        self.count(|carried| carried.given_up += 1);
    }

    async fn post(&self, replica: &str, letter: &Letter) -> Option<StatusCode> {
        let mut request = self.client.post(format!("{replica}{}", letter.path)).timeout(PATIENCE);
        for name in [header::AUTHORIZATION, header::CONTENT_TYPE] {
            if let Some(value) = letter.headers.get(&name) {
                request = request.header(name, value);
            }
        }
        Some(request.body(letter.body.clone()).send().await.ok()?.status())
    }
}
