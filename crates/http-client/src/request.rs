//! One request: what is asked, and how often.

use std::time::Duration;

use bytes::Bytes;
use http::header::{AUTHORIZATION, CONTENT_TYPE};
use http::{HeaderMap, HeaderName, HeaderValue, Method};
use serde::Serialize;
use tokio::time::Instant;
use url::Url;

use crate::{Client, ClientSettings, Failure, Response, attempt};

/// A request that was not sent yet. Without `Debug`, because its URL and headers are not for logs.
#[must_use = "a request does nothing until it is sent"]
pub struct Request<'client> {
    pub(crate) client: &'client Client,
    pub(crate) method: Method,
    pub(crate) url: Url,
    pub(crate) headers: HeaderMap,
    /// None at all differs from an empty one, which announces its length.
    pub(crate) body: Option<Bytes>,
    is_repeatable: bool,
    fault: Option<&'static str>,
}

impl<'client> Request<'client> {
    pub(crate) fn new(client: &'client Client, method: Method, url: Url) -> Self {
        let fault = url_fault(&url);
        Self { client, method, url, headers: HeaderMap::new(), body: None, is_repeatable: false, fault }
    }

    /// Sends `token` as bearer token.
    pub fn bearer(mut self, token: &str) -> Self {
        match HeaderValue::try_from(format!("Bearer {token}")) {
            Ok(mut value) => {
                value.set_sensitive(true);
                self.headers.insert(AUTHORIZATION, value);
            }
            Err(_) => self.fault = Some("the bearer token holds characters that no header can"),
        }
        self
    }

    /// Sends a header; a second one of the same name replaces the first.
    pub fn header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.insert(name, value);
        self
    }

    /// Sends `value` as JSON.
    pub fn json<T: Serialize + ?Sized>(mut self, value: &T) -> Self {
        let Ok(body) = serde_json::to_vec(value) else {
            self.fault = Some("its body cannot be written as JSON");
            return self;
        };
        self.body(HeaderValue::from_static("application/json"), body)
    }

    /// Sends `body`, which is of this type. One that is larger than the client's limit is never sent.
    pub fn body(mut self, content_type: HeaderValue, body: impl Into<Bytes>) -> Self {
        let body = body.into();
        if body.len() > self.client.settings.sent_body_limit_bytes {
            self.fault = Some("its body is larger than what may be sent");
        }
        self.headers.insert(CONTENT_TYPE, content_type);
        self.body = Some(body);
        self
    }

    /// Says that it does no harm if the other side carries the request out twice: because nothing happens the second
    /// time, or because the request has an id by which the other side knows it again.
    ///
    /// Then it is tried again when the connection broke before the answer was complete, as a `GET` always is. Without
    /// it, only when no connection could be made, for then nothing was sent.
    pub fn repeatable(mut self) -> Self {
        self.is_repeatable = true;
        self
    }

    /// Sends the request and reads the whole answer, whatever its status; a redirect is an answer like any other.
    ///
    /// # Errors
    /// See [`Failure`]. Never [`Failure::Status`] or [`Failure::Malformed`].
    pub async fn send(self) -> Result<Response, Failure> {
        if let Some(fault) = self.fault {
            return Err(Failure::Unsendable(fault));
        }
        let settings = &*self.client.settings;
        let deadline = Instant::now() + Duration::from_millis(settings.timeout_ms.into());
        let mut tries = 0;
        loop {
            let outcome = attempt::send(&self, tries, deadline).await;
            // An answer is an answer, whatever its status: a server in trouble is not asked more often for it.
            let may_pass = outcome
                .as_ref()
                .is_err_and(|failure| failure.is_passing() && (self.is_repeatable || failure.never_left()));
            if tries == settings.retries || !may_pass {
                return outcome;
            }
            let again = Instant::now() + pause(settings, tries);
            if again >= deadline {
                return outcome;
            }
            tokio::time::sleep_until(again).await;
            tries += 1;
        }
    }
}

/// A random pause up to a bound that doubles, so that clients that failed together do not come back together.
fn pause(settings: &ClientSettings, tries: u8) -> Duration {
    let longest = u64::from(settings.retry_pause_ms) << tries.min(10);
    Duration::from_millis(rand::random_range(0..=longest))
}

/// Credentials of a URL would end up in logs of others, and reqwest would turn them into a header unasked.
fn url_fault(url: &Url) -> Option<&'static str> {
    if !matches!(url.scheme(), "http" | "https") {
        Some("its URL is neither http nor https")
    } else if !url.username().is_empty() || url.password().is_some() {
        Some("its URL carries credentials")
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_and_stay_within_their_bound() {
        let settings = ClientSettings { retry_pause_ms: 8, ..ClientSettings::default() };
        for tries in 0..5 {
            for _ in 0..100 {
                assert!(pause(&settings, tries) <= Duration::from_millis(8 << tries));
            }
        }
    }
}
