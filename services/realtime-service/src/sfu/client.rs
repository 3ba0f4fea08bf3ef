//! Calls to one cluster's room service: signed, bounded, tried again where that does no harm, counted and timed.

use std::sync::Arc;
use std::time::Duration;

use clock::Clock;
use http_server::waiting_for;
use livekit_api::access_token::{AccessToken, VideoGrants};
use prost::Message;
use rand::Rng as _;
use signal_protocol::ErrorCode;
use tokio::time::Instant;
use tracing::Instrument;

use super::SfuFailure;
use super::breaker::Verdict;
use super::failure::Trouble;
use super::guard::Guard;
use super::twirp::Twirp;
use super::unreachable::Unreachable;
use crate::metrics::ServiceMetrics;
use crate::settings::ClusterSettings;

/// How often a call is tried at most.
const MOST_TRIES: u32 = 3;

/// The longest pause before the second try; it doubles for the third. The pause itself is random, so that those who failed
/// together do not come back together.
const PAUSE: Duration = Duration::from_millis(20);

/// A try that is given less than this share of the usual time says nothing about the cluster.
const FAIR_SHARE: u32 = 2;

/// For how long a call's own token admits: longer than the call and two clocks that differ.
const TOKEN_TTL: Duration = Duration::from_mins(1);

/// A method of the room service.
#[derive(Debug, Clone, Copy)]
pub(super) struct Method {
    pub(super) name: &'static str,
    /// Whether it does no harm to do it twice. What may not be done twice is tried again while no connection was made.
    pub(super) is_repeatable: bool,
    /// Whether LiveKit waits for the node that a participant is connected to, which may be gone while all else works.
    pub(super) waits_for_node: bool,
    /// Whether what it is about is gone afterwards, and the answer is empty: what a second try does not find, the first has
    /// taken away.
    pub(super) takes_away: bool,
}

impl Method {
    /// A method that changes nothing when it is called a second time, and that LiveKit answers by itself.
    pub(super) const fn asking(name: &'static str) -> Self {
        Self { name, is_repeatable: true, waits_for_node: false, takes_away: false }
    }

    /// The same by another name.
    pub(super) const fn named(self, name: &'static str) -> Self {
        Self { name, ..self }
    }
}

/// How long a call may take.
#[derive(Debug, Clone, Copy)]
pub(super) struct Bounds {
    pub(super) deadline: Instant,
    /// One try of it.
    pub(super) per_try: Duration,
    /// Whether to ask even a cluster that is left alone: to find out whether it is back.
    pub(super) regardless: bool,
}

/// The client of one cluster.
pub(super) struct SfuClient {
    cluster: Arc<str>,
    twirp: Twirp,
    api_key: String,
    api_secret: settings::Secret,
    guard: Guard,
    pub(super) unreachable: Unreachable,
    pub(super) clock: Clock,
    metrics: ServiceMetrics,
}

impl SfuClient {
    pub(super) fn new(
        settings: &ClusterSettings,
        connect: Duration,
        clock: Clock,
        metrics: ServiceMetrics,
    ) -> Result<Self, http_client::Failure> {
        let cluster: Arc<str> = settings.name.as_str().into();
        Ok(Self {
            twirp: Twirp::new(&settings.url, connect)?,
            api_key: settings.api_key.clone(),
            api_secret: settings.api_secret.clone(),
            guard: Guard::new(Arc::clone(&cluster), metrics.clone()),
            unreachable: Unreachable::new(metrics.clone()),
            clock,
            cluster,
            metrics,
        })
    }

    /// The cluster's name.
    pub(super) fn name(&self) -> &str {
        &self.cluster
    }

    /// Calls `method` with `question`, as often as that is sensible within `bounds`. The last failure counts.
    pub(super) async fn call<A: Message + Default>(
        &self,
        method: Method,
        grants: VideoGrants,
        question: &impl Message,
        bounds: Bounds,
    ) -> Result<A, SfuFailure> {
        let token = self.sign(grants)?;
        self.guard.called();
        let mut tries = 0;
        let mut last = None;
        loop {
            if let Err(left_alone) = self.guard.enter(Instant::now())
                && !bounds.regardless
            {
                return Err(last.unwrap_or_else(|| self.refuse(method, left_alone)));
            }
            let failure = match self.try_once(method, &token, question, bounds).await {
                Ok(answer) => return Ok(answer),
                Err(SfuFailure::NotFound) if method.takes_away && last.is_some() => return Ok(A::default()),
                Err(failure) => failure,
            };
            tries += 1;
            let pause = PAUSE * (1 << (tries - 1));
            let again = Instant::now() + rand::rng().random_range(Duration::ZERO..=pause);
            if tries == MOST_TRIES
                || !failure.may_pass(method.is_repeatable)
                || again >= bounds.deadline
                || !self.guard.may_retry()
            {
                return Err(failure);
            }
            last = Some(failure);
            tokio::time::sleep_until(again).await;
        }
    }

    async fn try_once<A: Message + Default>(
        &self,
        method: Method,
        token: &str,
        question: &impl Message,
        bounds: Bounds,
    ) -> Result<A, SfuFailure> {
        let span = tracing::info_span!(
            "livekit.request",
            otel.name = %format_args!("livekit.{}", method.name),
            otel.kind = "client",
            rpc.system = "twirp",
            rpc.service = "livekit.RoomService",
            rpc.method = method.name,
            sfu.cluster = &*self.cluster,
            otel.status_code = tracing::field::Empty,
        );
        let started = Instant::now();
        let deadline = bounds.deadline.min(started + bounds.per_try);
        let answer = self.twirp.call(method.name, token, question, deadline).instrument(span.clone());
        let outcome = waiting_for(ErrorCode::SfuTimeout, answer).await;
        if outcome.is_err() {
            span.record("otel.status_code", "ERROR");
        }
        let word = outcome.as_ref().err().map_or("ok", SfuFailure::outcome);
        self.metrics.sfu_answered(&self.cluster, method.name, word, started.elapsed());
        let verdict = match &outcome {
            Ok(_) => Verdict::Answered,
            // Who waited too short a time, or for somebody behind the API, has not found it silent.
            Err(SfuFailure::TimedOut(None))
                if method.waits_for_node || deadline - started < bounds.per_try / FAIR_SHARE =>
            {
                Verdict::Unclear
            }
            Err(failure) => failure.verdict(),
        };
        self.guard.conclude(verdict, Instant::now());
        outcome
    }

    fn refuse(&self, method: Method, left_alone: SfuFailure) -> SfuFailure {
        self.metrics.sfu_answered(&self.cluster, method.name, left_alone.outcome(), Duration::ZERO);
        left_alone
    }

    fn sign(&self, grants: VideoGrants) -> Result<String, SfuFailure> {
        let draft = AccessToken::with_api_key(&self.api_key, self.api_secret.expose());
        let signed = draft.with_ttl(TOKEN_TTL).with_grants(grants).to_jwt();
        signed.map_err(|error| SfuFailure::Rejected(Trouble::Unsigned(error)))
    }
}
