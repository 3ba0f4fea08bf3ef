//! Bodies: one JSON object, or a refusal that says where it is wrong.
//!
//! `malformed_json` is anything that is not one JSON object in UTF-8; `invalid_field` names the field. A key that
//! occurs twice is refused wherever it stands, also where the type ignores unknown fields: two readers of such a body
//! would see two different requests.

mod body;
mod content_type;
pub(crate) mod fault;
mod scan;

use std::rc::Rc;

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest};
use bytes::Bytes;
use futures_util::future::{Either, FutureExt as _, LocalBoxFuture, Ready, ready};
use serde::de::DeserializeOwned;
use signal_protocol::ErrorCode;

use crate::Problem;
use crate::address::edge;
use crate::connection::Progress;

/// A body that must be there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Json<T>(pub T);

/// A body that need not be there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OptionalJson<T>(pub Option<T>);

impl<T: DeserializeOwned + 'static> FromRequest for Json<T> {
    type Error = Problem;
    type Future = LocalBoxFuture<'static, Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let body = read(request, payload);
        async move { parse(&body.await?).map(Self) }.boxed_local()
    }
}

impl<T: DeserializeOwned + 'static> FromRequest for OptionalJson<T> {
    type Error = Problem;
    type Future = Either<Ready<Result<Self, Problem>>, LocalBoxFuture<'static, Result<Self, Problem>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        if matches!(payload, Payload::None) {
            return Either::Left(ready(Ok(Self(None))));
        }
        let body = read(request, payload);
        let parsed = async move {
            let body = body.await?;
            // A chunked body of no chunks is no body.
            if body.is_empty() { Ok(Self(None)) } else { parse(&body).map(|value| Self(Some(value))) }
        };
        Either::Right(parsed.boxed_local())
    }
}

/// Everything that can be refused before the first byte is, then the body.
fn read(
    request: &HttpRequest,
    payload: &mut Payload,
) -> impl Future<Output = Result<Bytes, Problem>> + 'static {
    read_as("application/json", request, payload)
}

/// The same for a body of another type.
pub(crate) fn read_as(
    essence: &str,
    request: &HttpRequest,
    payload: &mut Payload,
) -> impl Future<Output = Result<Bytes, Problem>> + 'static {
    let announced = content_type::check(essence, request.headers());
    let ready = announced.and_then(|()| edge(request)).and_then(|edge| {
        let limit = usize::try_from(edge.settings.body_limit_bytes).unwrap_or(usize::MAX);
        body::check_announced_length(request.headers(), limit)?;
        Ok((payload.take(), limit, edge.settings.body_timeout()))
    });
    let connection = request.conn_data::<Rc<Progress>>().cloned();
    async move {
        let (payload, limit, bound) = ready?;
        let body = body::read(payload, limit, bound).await?;
        if let Some(connection) = connection {
            connection.body_ended();
        }
        Ok(body)
    }
}

fn parse<T: DeserializeOwned>(body: &[u8]) -> Result<T, Problem> {
    scan::check(body)?;
    // Nearly every body is good; where a fault is, is looked for only if there is one.
    serde_json::from_slice(body).or_else(|_| explain(body))
}

/// Parses once more, and keeps track of the path on the way.
fn explain<T: DeserializeOwned>(body: &[u8]) -> Result<T, Problem> {
    let mut deserializer = serde_json::Deserializer::from_slice(body);
    serde_path_to_error::deserialize(&mut deserializer).map_err(|error| {
        if !error.inner().is_data() {
            return Problem::new(ErrorCode::MalformedJson);
        }
        let (field, problem) = fault::describe(&error.path().to_string(), &error.inner().to_string());
        Problem::new(ErrorCode::InvalidField).field(field, problem)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::Deserialize;
    use signal_protocol::RoomId;

    #[derive(Debug, Deserialize, PartialEq)]
    #[serde(deny_unknown_fields)]
    struct Invite {
        room_id: RoomId,
        #[serde(default)]
        seconds: u32,
        #[serde(default)]
        offer: Option<Offer>,
        #[serde(default)]
        kind: Option<Kind>,
    }

    #[derive(Debug, Deserialize, PartialEq)]
    #[serde(deny_unknown_fields)]
    struct Offer {
        sdp: String,
    }

    #[derive(Debug, Deserialize, PartialEq)]
    #[serde(rename_all = "lowercase")]
    enum Kind {
        Audio,
    }

    #[derive(Debug, Deserialize, PartialEq)]
    struct Lenient {
        #[serde(default)]
        name: Option<String>,
    }

    #[test]
    fn a_good_body_is_taken() {
        let body = br#"{"room_id":"standup","seconds":30,"offer":{"sdp":"v=0"},"kind":"audio"}"#;
        assert!(parse::<Invite>(body).is_ok());
        assert_eq!(parse::<Lenient>(br#"{"future":{"a":1}}"#), Ok(Lenient { name: None }));
    }

    #[test]
    fn what_is_not_one_json_object_is_malformed() {
        let deep = format!("{{\"a\":{}{}}}", "[".repeat(10_000), "]".repeat(10_000));
        let cases: [&[u8]; 12] = [
            b"",
            b" ",
            b"{",
            b"[]",
            b"null",
            b"\"text\"",
            b"{\"name\":\"x\"} {}",
            b"{\"name\":\"x\"}x",
            b"{\"name\":\"\xff\"}",
            b"{\"name\":\"a\nb\"}",
            b"{'name':1}",
            deep.as_bytes(),
        ];
        for body in cases {
            let problem = parse::<Lenient>(body).expect_err("a refusal");
            assert_eq!(problem.code(), ErrorCode::MalformedJson, "{}", String::from_utf8_lossy(body));
        }
    }

    #[test]
    fn a_wrong_field_is_named_by_its_path_and_its_value_is_not_repeated() {
        for (body, field, problem) in [
            (r#"{"room_id":"a","colour":"SECRET"}"#, "colour", "is not known here"),
            (r#"{"room_id":"a","offer":{"sdp":"","colour":1}}"#, "offer.colour", "is not known here"),
            (r#"{"seconds":1}"#, "room_id", "is missing"),
            (r#"{"room_id":"a","offer":{}}"#, "offer.sdp", "is missing"),
            (r#"{"room_id":"a","seconds":"SECRET"}"#, "seconds", "must be a whole number within its bounds"),
            (r#"{"room_id":"a","seconds":-1}"#, "seconds", "must be a whole number within its bounds"),
            (r#"{"room_id":"a","seconds":1.5}"#, "seconds", "must be a whole number within its bounds"),
            (r#"{"room_id":"a","offer":"SECRET"}"#, "offer", "must be an object"),
            (r#"{"room_id":"a","offer":{"sdp":7}}"#, "offer.sdp", "must be a string"),
            (r#"{"room_id":"a","kind":"SECRET"}"#, "kind", "must be `audio`"),
            (r#"{"room_id":"a","room_id":"b"}"#, "room_id", "occurs twice"),
            (r#"{"room_id":"a","offer":{"sdp":"","sdp":""}}"#, "offer.sdp", "occurs twice"),
        ] {
            let refused = parse::<Invite>(body.as_bytes()).expect_err(body);
            assert_eq!(refused.code(), ErrorCode::InvalidField, "{body}");
            let found = &refused.fields()[0];
            assert_eq!((found.field.as_str(), found.problem.as_str()), (field, problem), "{body}");
        }
        let refused = parse::<Invite>(br#"{"room_id":"a/SECRET"}"#).expect_err("a slash");
        assert!(refused.fields()[0].problem.starts_with("must be 1 to 128 characters"), "{refused:?}");
        assert!(!refused.fields()[0].problem.contains("SECRET"), "{refused:?}");
    }

    #[test]
    fn a_key_that_occurs_twice_is_refused_where_unknown_fields_are_ignored_too() {
        for (body, field) in [
            (r#"{"x":1,"x":2}"#, "x"),
            (r#"{"x":{"y":[{"z":1},{"z":1,"z":2}]}}"#, "x.y[1].z"),
            (r#"{"name":"a","n\u0061me":"b"}"#, "name"),
        ] {
            let refused = parse::<Lenient>(body.as_bytes()).expect_err(body);
            assert_eq!(refused.code(), ErrorCode::InvalidField, "{body}");
            assert_eq!(refused.fields()[0].field, field, "{body}");
        }
    }
}
