//! An answer, read to its end.

use reqwest::StatusCode;
use reqwest::header::HeaderMap;
use serde_json::Value;

/// An answer, read to its end.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
}

impl Answer {
    /// Sends a request and reads its answer.
    pub(crate) async fn of(request: reqwest::RequestBuilder) -> Self {
        let response = request.send().await.unwrap();
        let (status, headers) = (response.status(), response.headers().clone());
        Self { status, headers, text: response.text().await.unwrap() }
    }

    /// The body as JSON.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|error| panic!("{error} in {:?}", self.text))
    }

    /// Checks what every problem has, and its status and code.
    #[track_caller]
    pub(crate) fn is_problem(&self, status: u16, code: &str) -> Value {
        assert_eq!(self.status.as_u16(), status, "{}", self.text);
        let body = self.json();
        assert_eq!((&body["code"], &body["status"]), (&code.into(), &status.into()), "{body}");
        assert_eq!(self.headers["content-type"], "application/problem+json");
        assert_eq!(self.headers.contains_key("retry-after"), matches!(status, 429 | 503), "{status} {code}");
        body
    }

    /// Checks that the fields at fault are these, in any order.
    #[track_caller]
    pub(crate) fn blames(&self, fields: &[&str]) {
        let body = self.is_problem(400, "invalid_field");
        let mut found: Vec<_> =
            body["fields"].as_array().unwrap().iter().map(|fault| fault["field"].as_str().unwrap()).collect();
        found.sort_unstable();
        found.dedup();
        let mut wanted = fields.to_vec();
        wanted.sort_unstable();
        assert_eq!(found, wanted, "{body}");
    }
}
