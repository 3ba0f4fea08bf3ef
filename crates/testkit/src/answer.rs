//! What a service under test answers over HTTP, and what every problem among it must be like.

use reqwest::header::HeaderMap;
use reqwest::{RequestBuilder, StatusCode};
use serde_json::Value;

/// An answer, read to its end.
#[derive(Debug)]
pub struct Answer {
    /// Its status.
    pub status: StatusCode,
    /// Its headers.
    pub headers: HeaderMap,
    /// Its body.
    pub text: String,
}

impl Answer {
    /// Sends a request and reads its answer.
    ///
    /// # Panics
    /// There is none, or it breaks off.
    pub async fn of(request: RequestBuilder) -> Self {
        let response = request.send().await.unwrap_or_else(|error| panic!("no answer: {error:?}"));
        let (status, headers) = (response.status(), response.headers().clone());
        let text = response.text().await.unwrap_or_else(|error| panic!("half an answer: {error:?}"));
        Self { status, headers, text }
    }

    /// The body as JSON.
    ///
    /// # Panics
    /// It is none.
    #[must_use]
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|error| panic!("{error} in {:?}", self.text))
    }

    /// Checks everything that every problem has, and its status and code. Gives it.
    ///
    /// # Panics
    /// It is none, or another one.
    #[track_caller]
    #[expect(clippy::must_use_candidate, reason = "most tests want it checked and no more")]
    pub fn is_problem(&self, status: u16, code: &str) -> Value {
        assert_eq!(self.status.as_u16(), status, "{}", self.text);
        let body = self.json();
        assert_eq!((&body["code"], &body["status"]), (&code.into(), &status.into()), "{body}");
        assert_eq!(self.headers["content-type"], "application/problem+json");
        let trace = body["trace_id"].as_str().unwrap_or_else(|| panic!("no trace id in {body}"));
        assert_eq!(self.headers["x-trace-id"], trace, "{body}");
        assert_eq!(trace.len(), 32, "{body}");
        assert_eq!(self.headers.contains_key("retry-after"), matches!(status, 429 | 503), "{status} {code}");
        assert_eq!(self.headers.contains_key("www-authenticate"), status == 401, "{status} {code}");
        body
    }

    /// Checks that the fields at fault are these, in any order, each once.
    ///
    /// # Panics
    /// They are others, or something else is wrong.
    #[track_caller]
    pub fn blames(&self, fields: &[&str]) {
        let body = self.is_problem(400, "invalid_field");
        let faults = body["fields"].as_array().map_or(&[][..], Vec::as_slice);
        let mut found: Vec<_> = faults.iter().filter_map(|fault| fault["field"].as_str()).collect();
        found.sort_unstable();
        let mut wanted = fields.to_vec();
        wanted.sort_unstable();
        assert_eq!(found, wanted, "{body}");
    }
}
