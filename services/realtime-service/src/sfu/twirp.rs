//! One try of one call: a protobuf message there, a protobuf message back, by Twirp's rules.
//!
//! Made here and not by livekit-api, so that it is bounded, traced and sent like every other request of ours, keeps the path
//! that the address has, and tells LiveKit's own errors from those of an ingress. See docs/decisions/0032.

use std::time::Duration;

use http_client::{Client, ClientSettings, Failure, HeaderValue, StatusCode, header};
use prost::Message;
use tokio::time::{Instant, timeout_at};
use url::Url;

use super::SfuFailure;
use super::failure::{Trouble, refusal};

const PROTOBUF: HeaderValue = HeaderValue::from_static("application/protobuf");

/// The largest answer that is read: the list of some 100,000 rooms.
const ANSWER_BYTES: usize = 32 * 1024 * 1024;

/// The largest message that is sent: the names of the rooms that a probe asks about.
const QUESTION_BYTES: usize = 1024 * 1024;

/// The longest that any try takes, whatever its caller allows.
const LONGEST: Duration = Duration::from_secs(10);

/// LiveKit's room service at one address.
pub(super) struct Twirp {
    http: Client,
    /// What the name of a method is appended to.
    base: String,
}

impl Twirp {
    /// `url` may have a path, as behind an ingress; `ws` and `wss` are taken as `http` and `https`.
    pub(super) fn new(url: &Url, connect: Duration) -> Result<Self, Failure> {
        let settings = ClientSettings {
            timeout_ms: millis(LONGEST),
            connect_timeout_ms: millis(connect),
            body_limit_bytes: ANSWER_BYTES,
            sent_body_limit_bytes: QUESTION_BYTES,
            // Tries are counted by the caller, who knows the budget.
            retries: 0,
            ..ClientSettings::default()
        };
        Ok(Self { http: Client::new("livekit", &settings)?, base: base(url) })
    }

    /// Calls `method` once. The answer is read whole by `deadline`, or there is none.
    pub(super) async fn call<A: Message + Default>(
        &self,
        method: &str,
        token: &str,
        question: &impl Message,
        deadline: Instant,
    ) -> Result<A, SfuFailure> {
        let url = Url::parse(&format!("{}{method}", self.base))
            .map_err(|_| Failure::Unsendable("LiveKit's address is not one"))?;
        let request = self.http.post(url).bearer(token).body(PROTOBUF, question.encode_to_vec());
        let answer = timeout_at(deadline, request.send()).await.map_err(|_| SfuFailure::TimedOut(None))??;
        if answer.status != StatusCode::OK {
            return Err(refusal(&answer));
        }
        // Some ingress answers 200 to everything.
        if answer.headers.get(header::CONTENT_TYPE) != Some(&PROTOBUF) {
            return Err(SfuFailure::Rejected(Trouble::Status(answer.status)));
        }
        A::decode(answer.body).map_err(|error| SfuFailure::Rejected(Trouble::Unreadable(error)))
    }
}

fn base(url: &Url) -> String {
    let mut url = url.clone();
    let http = match url.scheme() {
        "ws" => "http",
        "wss" => "https",
        _ => "",
    };
    if !http.is_empty() {
        // Between two special schemes a URL may always change.
        let _ = url.set_scheme(http);
    }
    url.set_query(None);
    url.set_fragment(None);
    format!("{}/twirp/livekit.RoomService/", url.as_str().trim_end_matches('/'))
}

fn millis(duration: Duration) -> u32 {
    u32::try_from(duration.as_millis()).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_path_of_the_address_stays_and_its_scheme_becomes_that_of_http() {
        let service = "twirp/livekit.RoomService/";
        for (url, expected) in [
            ("http://livekit:7880", "http://livekit:7880/"),
            ("http://livekit:7880/", "http://livekit:7880/"),
            ("ws://livekit:7880", "http://livekit:7880/"),
            ("wss://calls.example.com/sfu", "https://calls.example.com/sfu/"),
            ("https://calls.example.com/a/sfu/", "https://calls.example.com/a/sfu/"),
        ] {
            assert_eq!(base(&Url::parse(url).unwrap()), format!("{expected}{service}"), "{url}");
        }
    }
}
