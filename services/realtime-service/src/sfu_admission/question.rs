//! What the gateway asks: which connection to LiveKit somebody wants to open, and with which token.
//!
//! There are two ways to ask. A gateway that rewrites the question, such as Caddy's `forward_auth`, names the original request in
//! `X-Forwarded-Method` and `X-Forwarded-Uri`. One that only puts a prefix before the path, such as Envoy, has it in the request
//! itself. A header of the first way counts for nothing in the second, where a client could have written it.
//!
//! The token is read where LiveKit reads it, and nothing is guessed that LiveKit might guess otherwise: otherwise one token
//! would be judged here and another one used there.

use std::borrow::Cow;

use actix_web::HttpRequest;
use actix_web::http::Method;
use actix_web::http::header::{AUTHORIZATION, HeaderMap};
use url::form_urlencoded;

/// Everything at which LiveKit 1.13 opens a signal connection, or says whether it would. It matches them letter by letter.
const PATHS: [&str; 4] = ["/rtc", "/rtc/validate", "/rtc/v1", "/rtc/v1/validate"];

/// The scheme as LiveKit wants it: this case, one space.
const BEARER: &str = "Bearer ";

/// The parameter in which browsers send the token, because they cannot set a header on a WebSocket.
const PARAMETER: &str = "access_token";

const FORWARDED_METHOD: &str = "x-forwarded-method";
const FORWARDED_URI: &str = "x-forwarded-uri";

/// Why there is nothing to decide about. Never holds any of the token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum QuestionRefused {
    /// The gateway is set up wrongly.
    #[error("the gateway does not name the request once with `{0}`")]
    Unnamed(&'static str),
    /// LiveKit opens nothing there.
    #[error("this is no address at which LiveKit opens a connection")]
    ElsewhereInLiveKit,
    /// LiveKit reads the body of some other methods, and a token from there.
    #[error("a connection is opened with GET")]
    Method,
    /// There is no token.
    #[error("there is no LiveKit token")]
    NoToken,
    /// There are several, and which of them LiveKit would take is a matter of taste.
    #[error("there is more than one LiveKit token")]
    SeveralTokens,
}

/// The token of the connection that `request` asks about, where `tail` is what follows the endpoint's own path.
pub(super) fn token<'a>(request: &'a HttpRequest, tail: &str) -> Result<Cow<'a, str>, QuestionRefused> {
    let headers = request.headers();
    let (method, path, query) = if tail.is_empty() {
        let method = named(headers, FORWARDED_METHOD)?;
        let uri = named(headers, FORWARDED_URI)?;
        let (path, query) = uri.split_once('?').unwrap_or((uri, ""));
        (method, path, query)
    } else {
        (request.method().as_str(), tail, request.query_string())
    };
    if !PATHS.contains(&path) {
        return Err(QuestionRefused::ElsewhereInLiveKit);
    }
    if method != Method::GET.as_str() {
        return Err(QuestionRefused::Method);
    }
    match authorization(headers)? {
        Some(token) => Ok(Cow::Borrowed(token)),
        None => parameter(query),
    }
}

/// The value of a header that the gateway always sets, and sets once.
fn named<'a>(headers: &'a HeaderMap, name: &'static str) -> Result<&'a str, QuestionRefused> {
    let mut values = headers.get_all(name);
    match (values.next(), values.next()) {
        (Some(value), None) => value.to_str().map_err(|_| QuestionRefused::Unnamed(name)),
        (None | Some(_), _) => Err(QuestionRefused::Unnamed(name)),
    }
}

/// The token of the header, which LiveKit prefers. An empty header is none for it.
fn authorization(headers: &HeaderMap) -> Result<Option<&str>, QuestionRefused> {
    let mut values = headers.get_all(AUTHORIZATION);
    let Some(value) = values.next() else { return Ok(None) };
    if values.next().is_some() {
        return Err(QuestionRefused::SeveralTokens);
    }
    if value.is_empty() {
        return Ok(None);
    }
    let token = value.to_str().ok().and_then(|value| value.strip_prefix(BEARER));
    token.filter(|token| !token.is_empty()).map(Some).ok_or(QuestionRefused::NoToken)
}

fn parameter(query: &str) -> Result<Cow<'_, str>, QuestionRefused> {
    let mut values = form_urlencoded::parse(query.as_bytes()).filter(|(name, _)| name == PARAMETER);
    match (values.next(), values.next()) {
        (Some((_, token)), None) if !token.is_empty() => Ok(token),
        (Some(_), Some(_)) => Err(QuestionRefused::SeveralTokens),
        (None | Some(_), _) => Err(QuestionRefused::NoToken),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::test::TestRequest;

    fn ask(request: TestRequest, tail: &str) -> Result<String, QuestionRefused> {
        token(&request.to_http_request(), tail).map(Cow::into_owned)
    }

    /// As Caddy asks.
    fn forwarded(method: &str, uri: &str, authorization: &[&str]) -> Result<String, QuestionRefused> {
        let request =
            TestRequest::get().insert_header((FORWARDED_METHOD, method)).insert_header((FORWARDED_URI, uri));
        let add = |request: TestRequest, value: &&str| request.append_header((AUTHORIZATION, *value));
        ask(authorization.iter().fold(request, add), "")
    }

    #[test]
    fn a_token_is_read_where_livekit_reads_it() {
        for path in PATHS {
            assert_eq!(forwarded("GET", path, &["Bearer abc"]), Ok("abc".to_owned()));
            let uri = format!("{path}?join_request=x&access_token=a%62c&auto_subscribe=1");
            assert_eq!(forwarded("GET", &uri, &[]), Ok("abc".to_owned()));
            assert_eq!(forwarded("GET", &uri, &["Bearer def"]), Ok("def".to_owned()), "the header first");
            assert_eq!(forwarded("GET", &uri, &[""]), Ok("abc".to_owned()), "an empty one is none");
        }
    }

    #[test]
    fn what_might_be_read_in_two_ways_is_refused() {
        use QuestionRefused::{NoToken, SeveralTokens};
        for (uri, authorization, refused) in [
            ("/rtc", &[][..], NoToken),
            ("/rtc?access_token=", &[], NoToken),
            ("/rtc?Access_Token=abc", &[], NoToken),
            ("/rtc?a=b;access_token=abc", &[], NoToken),
            ("/rtc#?access_token=abc", &[], QuestionRefused::ElsewhereInLiveKit),
            ("/rtc?access_token=abc&access_token=abc", &[], SeveralTokens),
            ("/rtc?access_token=abc&access%5ftoken=def", &[], SeveralTokens),
            ("/rtc?access_token=&access_token=abc", &[], SeveralTokens),
            ("/rtc", &["Bearer abc", "Bearer abc"], SeveralTokens),
            ("/rtc?access_token=abc", &["", "Bearer def"], SeveralTokens),
            ("/rtc?access_token=abc", &["bearer abc"], NoToken),
            ("/rtc?access_token=abc", &["Basic YTpi"], NoToken),
            ("/rtc?access_token=abc", &["Bearer "], NoToken),
        ] {
            assert_eq!(forwarded("GET", uri, authorization), Err(refused), "{uri} {authorization:?}");
        }
    }

    #[test]
    fn only_what_livekit_opens_is_asked_about() {
        for path in [
            "",
            "/",
            "rtc",
            "/RTC",
            "/Rtc/v1",
            "//rtc",
            "/rtc/",
            "/rtc//v1",
            "/rtc%2Fv1",
            "/rt%63",
            "/rtc/v1/",
            "/rtc/v2",
            "/rtc/../rtc",
            "/rtc/./v1",
            "/x/../rtc",
            "/rtc;x",
            "/rtcx",
            "/rtc/validate/x",
            "/whip/v1",
            "/agent",
            "/twirp/livekit.RoomService/DeleteRoom",
            "http://elsewhere.example/rtc",
        ] {
            let refused = Err(QuestionRefused::ElsewhereInLiveKit);
            assert_eq!(forwarded("GET", path, &["Bearer abc"]), refused, "{path}");
        }
        for method in ["POST", "PUT", "HEAD", "OPTIONS", "get", ""] {
            assert_eq!(forwarded(method, "/rtc", &["Bearer abc"]), Err(QuestionRefused::Method), "{method}");
        }
    }

    #[test]
    fn a_gateway_that_does_not_say_what_it_asks_about_is_told() {
        let bare = || TestRequest::get().insert_header((AUTHORIZATION, "Bearer abc"));
        assert_eq!(ask(bare(), ""), Err(QuestionRefused::Unnamed(FORWARDED_METHOD)));
        let method = bare().insert_header((FORWARDED_METHOD, "GET"));
        assert_eq!(ask(method, ""), Err(QuestionRefused::Unnamed(FORWARDED_URI)));
        let twice = bare()
            .insert_header((FORWARDED_METHOD, "GET"))
            .append_header((FORWARDED_URI, "/rtc"))
            .append_header((FORWARDED_URI, "/rtc"));
        assert_eq!(ask(twice, ""), Err(QuestionRefused::Unnamed(FORWARDED_URI)));
    }

    #[test]
    fn a_gateway_that_prefixes_the_path_is_not_fooled_by_headers() {
        let prefixed = |uri: &str| TestRequest::get().uri(uri).insert_header((FORWARDED_METHOD, "GET"));
        let good = prefixed("/api/realtime/internal/sfu-admission/rtc/v1?access_token=abc");
        assert_eq!(ask(good, "/rtc/v1"), Ok("abc".to_owned()));
        let lying = prefixed("/api/realtime/internal/sfu-admission/twirp/x?access_token=abc")
            .insert_header((FORWARDED_URI, "/rtc?access_token=def"));
        assert_eq!(ask(lying, "/twirp/x"), Err(QuestionRefused::ElsewhereInLiveKit));
        let lying = prefixed("/api/realtime/internal/sfu-admission/rtc")
            .insert_header((FORWARDED_URI, "/rtc?access_token=def"));
        assert_eq!(ask(lying, "/rtc"), Err(QuestionRefused::NoToken));
    }
}
