//! One question: how it is put, to whom, and how often.

use std::time::Duration;

use http_client::{Failure, HeaderName, HeaderValue, Request, Response, StatusCode, header};
use serde::Serialize;
use serde::de::DeserializeOwned;
use signal_protocol::ProblemDocument;
use tokio::time::{Instant, sleep, timeout_at};
use url::Url;

use super::CallStateClient;
use crate::{CallStateFailure, Relay};

const DEVICE: HeaderName = HeaderName::from_static("x-device-id");
const REQUEST_ID: HeaderName = HeaderName::from_static("idempotency-key");
/// How long to wait before a replica is asked that was asked already.
const PAUSE: Duration = Duration::from_millis(25);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Verb {
    Get,
    Post,
    Put,
    Delete,
}

/// What is asked.
#[derive(Debug, Clone)]
pub(super) struct Question {
    verb: Verb,
    /// After `/internal/`. Of ids and constants alone, so it needs no escaping.
    path: String,
    query: Vec<(&'static str, String)>,
    body: Option<serde_json::Value>,
    /// Whether asking twice does no harm even without a request id.
    is_harmless: bool,
}

impl Question {
    fn new(verb: Verb, path: &str, is_harmless: bool) -> Self {
        Self { verb, path: path.to_owned(), query: Vec::new(), body: None, is_harmless }
    }

    /// A read: harmless.
    pub(super) fn read(path: &str) -> Self {
        Self::new(Verb::Get, path, true)
    }

    /// A command: harmless only with a request id.
    pub(super) fn command(path: &str) -> Self {
        Self::new(Verb::Post, path, false)
    }

    /// Something that is as true the second time.
    pub(super) fn notice(path: &str) -> Self {
        Self::new(Verb::Post, path, true)
    }

    /// Something that is so from now on.
    pub(super) fn put(path: &str) -> Self {
        Self::new(Verb::Put, path, true)
    }

    /// Something that is no more.
    pub(super) fn delete(path: &str) -> Self {
        Self::new(Verb::Delete, path, true)
    }

    pub(super) fn with<T: Serialize>(mut self, body: &T) -> Self {
        // The bodies of this API are structs of texts and numbers, which are always JSON.
        self.body = serde_json::to_value(body).ok();
        self
    }

    pub(super) fn page(mut self, limit: Option<u32>, cursor: Option<&str>) -> Self {
        self.query.extend(limit.map(|limit| ("limit", limit.to_string())));
        self.query.extend(cursor.map(|cursor| ("cursor", cursor.to_owned())));
        self
    }

    fn url(&self, base: &Url) -> Url {
        let mut url = base.clone();
        url.set_path(&format!("{}/internal/{}", base.path().trim_end_matches('/'), self.path));
        if !self.query.is_empty() {
            url.query_pairs_mut().extend_pairs(&self.query);
        }
        url
    }
}

impl CallStateClient {
    /// Asks, and reads the answer's body.
    pub(super) async fn ask<T: DeserializeOwned>(
        &self,
        relay: &Relay<'_>,
        question: Question,
    ) -> Result<T, CallStateFailure> {
        let answer = self.answer(relay, &question).await?;
        answer.json().map_err(|_| CallStateFailure::Malformed { status: answer.status.as_u16() })
    }

    /// Asks, and reads the answer's body if there is one.
    pub(super) async fn ask_or_nothing<T: DeserializeOwned>(
        &self,
        relay: &Relay<'_>,
        question: Question,
    ) -> Result<Option<T>, CallStateFailure> {
        let answer = self.answer(relay, &question).await?;
        if answer.status == StatusCode::NO_CONTENT {
            return Ok(None);
        }
        answer.json().map(Some).map_err(|_| CallStateFailure::Malformed { status: answer.status.as_u16() })
    }

    /// Asks what has no more of an answer than that it was taken.
    pub(super) async fn tell(&self, relay: &Relay<'_>, question: Question) -> Result<(), CallStateFailure> {
        self.answer(relay, &question).await.map(|_| ())
    }

    async fn answer(&self, relay: &Relay<'_>, question: &Question) -> Result<Response, CallStateFailure> {
        let answer = self.exchange(relay, question).await.map_err(CallStateFailure::Unavailable)?;
        if answer.status.is_success() {
            return Ok(answer);
        }
        let problem: ProblemDocument =
            answer.json().map_err(|_| CallStateFailure::Malformed { status: answer.status.as_u16() })?;
        // A proxy's own page is no problem document; one whose status is not its code's is not ours either.
        if problem.code.status() != answer.status.as_u16() {
            return Err(CallStateFailure::Malformed { status: answer.status.as_u16() });
        }
        let retry_after = answer.headers.get(header::RETRY_AFTER);
        let retry_after = retry_after.and_then(|value| value.to_str().ok()?.parse().ok());
        Err(CallStateFailure::Refused { problem: Box::new(problem), retry_after })
    }

    /// The answer of the first replica that gives one, all within the whole timeout.
    async fn exchange(&self, relay: &Relay<'_>, question: &Question) -> Result<Response, Failure> {
        let deadline = Instant::now() + self.timeout;
        let first = self.replicas.first();
        // Each replica once, and one of them once more: a single address may stand for many, too.
        let most_tries = self.replicas.count() + 1;
        let mut may_resend = question.is_harmless || relay.request_id.is_some();
        let mut tried = 0;
        loop {
            let place = first + tried;
            let request = self.request(self.replicas.at(place), relay, question)?;
            let too_late = || Failure::Timeout { timeout_ms: duration_ms(self.timeout) };
            let outcome = timeout_at(deadline, request.send()).await.unwrap_or_else(|_| Err(too_late()));
            let failure = match outcome {
                Ok(answer) => {
                    // The answer stands, but a replica that is cut off from its store, or about to end, is not asked first
                    // again.
                    if answer.status == StatusCode::SERVICE_UNAVAILABLE {
                        self.replicas.failed(place);
                    }
                    return Ok(answer);
                }
                Err(failure) => failure,
            };
            self.replicas.failed(place);
            tried += 1;
            let goes_on = match failure {
                Failure::Connect(_) => true,
                // The command may have been carried out. Asked again, its id brings back the answer that was lost.
                Failure::Interrupted(_) => std::mem::take(&mut may_resend),
                _ => false,
            };
            let is_last = tried >= most_tries || Instant::now() + PAUSE >= deadline;
            if is_last || !goes_on {
                return Err(failure);
            }
            if tried >= self.replicas.count() {
                sleep(PAUSE).await;
            }
        }
    }

    fn request(&self, base: &Url, relay: &Relay<'_>, question: &Question) -> Result<Request<'_>, Failure> {
        let url = question.url(base);
        let request = match question.verb {
            Verb::Get => self.http.get(url),
            Verb::Post => self.http.post(url),
            Verb::Put => self.http.put(url),
            Verb::Delete => self.http.delete(url),
        };
        let mut request = request.bearer(relay.token).header(DEVICE, value(relay.device.as_str())?);
        if let Some(id) = relay.request_id {
            request = request.header(REQUEST_ID, value(id)?);
        }
        Ok(match &question.body {
            Some(body) => request.json(body),
            None => request,
        })
    }
}

fn value(text: &str) -> Result<HeaderValue, Failure> {
    HeaderValue::from_str(text).map_err(|_| Failure::Unsendable("a header holds what no header can"))
}

fn duration_ms(duration: Duration) -> u32 {
    u32::try_from(duration.as_millis()).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_address_may_have_a_path_of_its_own() {
        let question = Question::read("calls/history").page(Some(7), Some("a b"));
        for (base, expected) in [
            ("http://calls:8082", "http://calls:8082/internal/calls/history?limit=7&cursor=a+b"),
            ("http://mesh/calls/", "http://mesh/calls/internal/calls/history?limit=7&cursor=a+b"),
        ] {
            assert_eq!(question.url(&Url::parse(base).expect("a URL")).as_str(), expected);
        }
    }
}
