//! Whether a body is announced as something that is read here.

use actix_web::http::header::{CONTENT_ENCODING, CONTENT_TYPE, HeaderMap};
use signal_protocol::ErrorCode;

use crate::Problem;

/// Only this type (`application/json`), in UTF-8 if it says, and not compressed.
pub(super) fn check(essence: &str, headers: &HeaderMap) -> Result<(), Problem> {
    let is_right = |content_type: &str| is(essence, content_type);
    let right = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).is_some_and(is_right)
        && headers
            .get(CONTENT_ENCODING)
            .is_none_or(|value| value.as_bytes().eq_ignore_ascii_case(b"identity"));
    if right { Ok(()) } else { Err(Problem::new(ErrorCode::UnsupportedMediaType)) }
}

fn is(essence: &str, content_type: &str) -> bool {
    let mut parts = content_type.split(';').map(str::trim);
    parts.next().is_some_and(|found| found.eq_ignore_ascii_case(essence))
        && parts.all(|parameter| match parameter.split_once('=') {
            Some((name, value)) if name.eq_ignore_ascii_case("charset") => {
                value.trim_matches('"').eq_ignore_ascii_case("utf-8")
            }
            Some(_) | None => true,
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_json_in_utf_8_is_json() {
        for (content_type, right) in [
            ("application/json", true),
            ("Application/JSON; charset=UTF-8", true),
            ("application/json; charset=\"utf-8\"", true),
            ("application/json;", true),
            ("application/json; charset=latin1", false),
            ("application/jsonp", false),
            ("application/problem+json", false),
            ("text/plain", false),
            ("", false),
        ] {
            assert_eq!(is("application/json", content_type), right, "{content_type}");
        }
    }
}
