//! An answer, read to its end within a limit.

use bytes::{Bytes, BytesMut};
use http::{HeaderMap, StatusCode};
use serde::de::DeserializeOwned;

use crate::Failure;

/// A whole answer.
#[derive(Debug, Clone)]
pub struct Response {
    /// Its status.
    pub status: StatusCode,
    /// Its headers.
    pub headers: HeaderMap,
    /// Its body; empty if it had none.
    pub body: Bytes,
}

impl Response {
    /// The answer, if its status is 200.
    ///
    /// # Errors
    /// [`Failure::Status`] for every other status, redirects included.
    pub fn expect_ok(self) -> Result<Self, Failure> {
        if self.status == StatusCode::OK { Ok(self) } else { Err(Failure::Status(self.status)) }
    }

    /// The body as JSON.
    ///
    /// # Errors
    /// [`Failure::Malformed`] when it is not JSON of this shape.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T, Failure> {
        serde_json::from_slice(&self.body).map_err(Failure::Malformed)
    }
}

/// Reads the body piece by piece and stops at the limit: a length that was announced may be a lie, or missing.
pub(crate) async fn read(mut answer: reqwest::Response, limit_bytes: usize) -> Result<Response, Failure> {
    let announced = answer.content_length().unwrap_or(0);
    if announced > limit_bytes as u64 {
        return Err(Failure::TooLarge { limit_bytes });
    }
    let mut body = BytesMut::with_capacity(usize::try_from(announced).unwrap_or(0));
    while let Some(piece) = answer.chunk().await.map_err(Failure::of)? {
        if body.len() + piece.len() > limit_bytes {
            return Err(Failure::TooLarge { limit_bytes });
        }
        body.extend_from_slice(&piece);
    }
    let status = answer.status();
    let headers = std::mem::take(answer.headers_mut());
    Ok(Response { status, headers, body: body.freeze() })
}
