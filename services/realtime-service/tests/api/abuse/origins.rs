//! Pages that would like to pass for another one.

use std::net::Ipv4Addr;

use super::raw::Raw;
use crate::world::World;

/// The one origin whose pages may open sockets.
pub(super) const ORIGIN: &str = "https://app.example.org";

/// Whatever an origin looks like, either it is the one or it is refused.
pub(super) async fn no_origin_passes_for_another(world: &World) {
    let shakes_hands = async |headers: &[(&str, &str)]| {
        let (status, body, _) = Raw::shakes_hands(&world.url, Ipv4Addr::LOCALHOST, headers).await;
        (status, body)
    };
    for origin in [
        "",
        "null",
        "NULL",
        "*",
        "https://APP.example.org",
        "HTTPS://app.example.org",
        "http://app.example.org",
        "https://app.example.org/",
        "https://app.example.org:443",
        "https://app.example.org:8443",
        "https://app.example.org.",
        "https://app.example.org.evil.example",
        "https://app.example.org@evil.example",
        "https://evil.example#https://app.example.org",
        "https://evil.example?https://app.example.org",
        "https://evil-app.example.org",
        "https://appxexample.org",
        "https://app.example.org https://evil.example",
        "https://evil.example https://app.example.org",
        "https://app.example.org, https://evil.example",
        "https://app.example.org\t;",
        "https://app.example.org%00.evil.example",
        "https://\u{430}pp.example.org",
        "file://",
        "app.example.org",
        "wss://app.example.org",
    ] {
        let (status, body) = shakes_hands(&[("Origin", origin)]).await;
        assert_eq!((status, body.contains("origin_denied")), (403, true), "{origin:?}: {body}");
    }
    for pair in [[ORIGIN, "https://evil.example"], ["https://evil.example", ORIGIN], [ORIGIN, ORIGIN]] {
        let (status, body) = shakes_hands(&pair.map(|origin| ("Origin", origin))).await;
        assert_eq!(status, 403, "{pair:?}: {body}");
    }
    // Another header is no origin.
    let evil = ("Origin", "https://evil.example");
    for (name, value) in
        [("Referer", ORIGIN), ("X-Forwarded-Host", "app.example.org"), ("Host", "evil.example")]
    {
        let (status, body) = shakes_hands(&[evil, (name, value)]).await;
        assert!((400..=403).contains(&status), "{name}: {status} {body}");
    }
    assert_eq!(shakes_hands(&[("Origin", ORIGIN)]).await.0, 101);
    assert_eq!(shakes_hands(&[("oRiGiN", ORIGIN)]).await.0, 101, "names have no case");
    assert_eq!(shakes_hands(&[]).await.0, 101, "no browser");
}
