//! Paths, methods, parameters and headers.

use crate::fixture::Fixture;
use crate::raw::request;

#[tokio::test]
async fn an_id_in_the_path_is_decoded_once_and_must_follow_its_grammar() {
    let server = Fixture::start();
    for (target, room) in [
        ("/rooms/standup", "standup"),
        ("/rooms/team%3Adaily", "team:daily"),
        ("/rooms/%73tandup", "standup"),
        ("/rooms/a.b?x=%zz", "a.b"),
    ] {
        assert_eq!(server.get(target).await.json()["room_id"], room, "{target}");
    }
    for (target, status, code) in [
        ("/rooms/a%2fb", 400, "invalid_field"),
        ("/rooms/a%2Fb", 400, "invalid_field"),
        ("/rooms/..%2fadmin", 400, "invalid_field"),
        ("/rooms/..", 400, "invalid_field"),
        ("/rooms/%2e%2e", 400, "invalid_field"),
        ("/rooms/a%00b", 400, "invalid_field"),
        ("/rooms/%00", 400, "invalid_field"),
        ("/rooms/a%0d%0ab", 400, "invalid_field"),
        ("/rooms/%ff", 400, "invalid_field"),
        ("/rooms/%25", 400, "invalid_field"),
        ("/rooms/a%2bb", 400, "invalid_field"),
        ("/rooms/%c3%bc", 400, "invalid_field"),
        ("/rooms/%", 400, "invalid_field"),
        ("/rooms/../admin", 404, "not_found"),
        ("/rooms//", 404, "not_found"),
        ("//rooms/standup", 404, "not_found"),
        ("/", 404, "not_found"),
        ("/%00", 404, "not_found"),
        ("http://elsewhere/rooms", 404, "not_found"),
    ] {
        let answer = server.get(target).await;
        assert_eq!(answer.refusal(), (status, code.to_owned()), "{target}");
        assert_eq!(answer.field(), if status == 400 { "room_id" } else { "" }, "{target}");
    }
}

#[tokio::test]
async fn another_method_is_told_which_ones_there_are() {
    let server = Fixture::start();
    for (method, target, allow) in [
        ("DELETE", "/rooms/standup", "GET, POST"),
        ("OPTIONS", "/rooms/standup", "GET, POST"),
        ("BREW", "/device", "GET"),
        ("TRACE", "/device", "GET"),
    ] {
        let answer = server.exchange(request(method, target, &[])).await;
        assert_eq!(answer.refusal(), (405, "method_not_allowed".to_owned()), "{method}");
        assert_eq!(answer.header("allow"), Some(allow), "{method}");
    }
}

#[tokio::test]
async fn a_query_is_read_by_name_and_what_it_does_not_know_is_ignored() {
    let server = Fixture::start();
    assert_eq!(server.get("/page?limit=7&utm=x").await.json()["limit"], 7);
    assert_eq!(server.get("/page").await.json()["limit"], serde_json::Value::Null);
    for target in ["/page?limit=x", "/page?limit=1&limit=2", "/page?limit=%ff", "/page?limit=-1"] {
        let answer = server.get(target).await;
        assert_eq!(answer.refusal(), (400, "invalid_field".to_owned()), "{target}");
        assert_eq!(answer.field(), "limit", "{target}");
    }
}

#[tokio::test]
async fn a_device_is_named_once_and_well_or_is_the_default_one() {
    let server = Fixture::start();
    assert_eq!(server.get("/device").await.json()["device"], "default");
    let named = server.exchange(request("GET", "/device", &[("X-Device-Id", "phone-2")])).await;
    assert_eq!(named.json()["device"], "phone-2");
    for headers in [
        vec![("X-Device-Id", "a:b")],
        vec![("X-Device-Id", "")],
        vec![("X-Device-Id", "a"), ("x-device-id", "a")],
    ] {
        let answer = server.exchange(request("GET", "/device", &headers)).await;
        assert_eq!(answer.refusal(), (400, "invalid_field".to_owned()), "{headers:?}");
        assert_eq!(answer.field(), "X-Device-Id", "{headers:?}");
    }
}

#[tokio::test]
async fn the_client_is_whom_a_trusted_proxy_names_and_else_the_peer() {
    let forwarded = request("GET", "/address", &[("X-Forwarded-For", "192.0.2.1, 198.51.100.7")]);
    let open = Fixture::start();
    assert_eq!(open.exchange(&forwarded).await.json()["address"], "127.0.0.1");
    let behind = Fixture::with(|setup| {
        setup.settings.trusted_proxies = vec!["127.0.0.0/8".parse().expect("a block")];
    });
    assert_eq!(behind.exchange(&forwarded).await.json()["address"], "198.51.100.7");
}
