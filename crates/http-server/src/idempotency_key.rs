//! By what a client tells a repeat from a new request.

use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest};
use signal_protocol::ErrorCode;

use crate::Problem;

const HEADER: &str = "Idempotency-Key";

/// The `Idempotency-Key` of a request, if it has one: 8 to 64 characters of `[A-Za-z0-9_-]`.
///
/// What it promises is the handler's business; this only takes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IdempotencyKey(pub Option<String>);

impl FromRequest for IdempotencyKey {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let mut values = request.headers().get_all("idempotency-key");
        ready(match (values.next(), values.next()) {
            (None, _) => Ok(Self(None)),
            (Some(value), None) => parse(value.to_str().unwrap_or_default()).map(|key| Self(Some(key))),
            (Some(_), Some(_)) => Err(wrong("is given twice")),
        })
    }
}

fn parse(text: &str) -> Result<String, Problem> {
    let is_word = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-');
    if (8..=64).contains(&text.len()) && text.bytes().all(is_word) {
        Ok(text.to_owned())
    } else {
        Err(wrong("must be 8 to 64 characters that match ^[A-Za-z0-9_-]{8,64}$"))
    }
}

fn wrong(problem: &str) -> Problem {
    Problem::new(ErrorCode::InvalidField).field(HEADER, problem)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_has_8_to_64_characters_of_a_name() {
        for good in ["12345678", "0198c5a0-7c3e-7d5a-8f00-0123456789ab", "a_b-C_d9", &"k".repeat(64)] {
            assert_eq!(parse(good).as_deref(), Ok(good));
        }
        for bad in ["", "1234567", "has a space", "dots.are.not", "umläut-12345", &"k".repeat(65)] {
            let problem = parse(bad).expect_err(bad);
            assert_eq!(
                (problem.code(), problem.fields()[0].field.as_str()),
                (ErrorCode::InvalidField, HEADER)
            );
        }
    }
}
