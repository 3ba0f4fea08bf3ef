//! Pages of other origins.

use crate::fixture::Fixture;
use crate::raw::request;

const OURS: &str = "https://app.example.org";

fn server() -> Fixture {
    Fixture::with(|setup| setup.cors.origins = vec![OURS.to_owned()])
}

fn preflight(origin: &str, method: &str, headers: &str) -> String {
    request(
        "OPTIONS",
        "/rooms/standup",
        &[
            ("Origin", origin),
            ("Access-Control-Request-Method", method),
            ("Access-Control-Request-Headers", headers),
        ],
    )
}

#[tokio::test]
async fn a_page_of_a_configured_origin_may_call_and_read() {
    let server = server();
    let answer = server.exchange(preflight(OURS, "POST", "authorization,content-type,x-device-id")).await;
    assert_eq!(answer.status, 200);
    answer.check_common_headers();
    assert_eq!(answer.header("access-control-allow-origin"), Some(OURS));

    for (target, status) in [("/rooms/standup", 200), ("/nowhere", 404), ("/panic", 500)] {
        let answer = server.exchange(request("GET", target, &[("Origin", OURS)])).await;
        assert_eq!(answer.status, status);
        assert_eq!(answer.header("access-control-allow-origin"), Some(OURS), "{target}");
        let exposed = answer.header("access-control-expose-headers").unwrap_or_default().to_ascii_lowercase();
        assert!(exposed.contains("x-trace-id") && exposed.contains("retry-after"), "{exposed}");
        assert!(answer.header("vary").is_some_and(|vary| vary.contains("Origin")), "{target}");
    }
}

#[tokio::test]
async fn a_page_of_any_other_origin_may_not() {
    let server = server();
    for origin in
        ["https://evil.example.org", "http://app.example.org", "https://app.example.org.evil", "null"]
    {
        let refused = server.exchange(preflight(origin, "POST", "authorization")).await;
        assert_eq!(refused.refusal(), (400, "invalid_field".to_owned()), "{origin}");
        assert_eq!(refused.header("access-control-allow-origin"), None, "{origin}");
        let answer = server.exchange(request("GET", "/rooms/standup", &[("Origin", origin)])).await;
        assert_eq!(answer.header("access-control-allow-origin"), None, "{origin}");
    }
    let closed = Fixture::start();
    let answer = closed.exchange(request("GET", "/rooms/standup", &[("Origin", OURS)])).await;
    assert_eq!((answer.status, answer.header("access-control-allow-origin")), (200, None));
}

#[tokio::test]
async fn a_page_may_read_why_its_head_was_refused() {
    let server = server();
    let token = format!("Bearer {}", "x".repeat(20 * 1024));
    let path = format!("/{}", "x".repeat(10_000));
    for (target, authorization, refusal) in [
        ("/rooms/standup", token.as_str(), (431, "headers_too_large".to_owned())),
        (path.as_str(), "Bearer x", (400, "invalid_field".to_owned())),
    ] {
        let headers = [("Origin", OURS), ("Authorization", authorization)];
        let answer = server.exchange(request("GET", target, &headers)).await;
        assert_eq!(answer.refusal(), refusal);
        assert_eq!(answer.header("access-control-allow-origin"), Some(OURS), "{refusal:?}");
    }
}

#[tokio::test]
async fn a_refused_preflight_names_the_header_that_it_is_refused_for() {
    let server = server();
    for (preflight, field) in [
        (preflight("https://evil.example.org", "POST", "authorization"), "Origin"),
        (preflight(OURS, "BREW", "authorization"), "Access-Control-Request-Method"),
        (preflight(OURS, "POST", "x-unheard-of"), "Access-Control-Request-Headers"),
    ] {
        let refused = server.exchange(preflight).await;
        assert_eq!(refused.refusal(), (400, "invalid_field".to_owned()), "{field}");
        assert_eq!(refused.field(), field);
    }
}
