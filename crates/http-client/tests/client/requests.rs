//! What is sent, and what comes back.

use std::collections::BTreeMap;

use http_client::{Client, ClientSettings, Failure, HeaderName, HeaderValue, StatusCode};

use crate::server::{Act, Server, answer, text};

fn client() -> Client {
    Client::new("test", &ClientSettings { timeout_ms: 10_000, ..ClientSettings::default() }).unwrap()
}

#[tokio::test]
async fn an_answer_comes_back_whole() {
    let server = Server::start(vec![Act::Answer(text("200 OK", "x-one: 1\r\n", "{\"a\": 1}"))]).await;
    let answer = client().get(server.url.clone()).send().await.unwrap();
    assert_eq!(answer.status, StatusCode::OK);
    assert_eq!(answer.headers["x-one"], "1");
    assert_eq!(answer.json::<serde_json::Value>().unwrap(), serde_json::json!({ "a": 1 }));
    assert!(matches!(answer.json::<u8>(), Err(Failure::Malformed(_))));
}

#[tokio::test]
async fn a_token_and_headers_are_sent() {
    let server = Server::start(vec![answer("200 OK", "")]).await;
    let name = HeaderName::from_static("x-one");
    let client = client();
    let request = client.get(server.url.join("a/b?c=d").unwrap()).bearer("the-token");
    request.header(name, HeaderValue::from_static("1")).send().await.unwrap();
    let sent = server.requests().pop().unwrap().to_lowercase();
    assert!(sent.starts_with("get /a/b?c=d http/1.1\r\n"), "{sent}");
    assert!(sent.contains("\r\nauthorization: bearer the-token\r\n"), "{sent}");
    assert!(sent.contains("\r\nx-one: 1\r\n"), "{sent}");
}

#[tokio::test]
async fn every_method_is_sent_with_its_body_and_its_type() {
    let server = Server::start(vec![answer("200 OK", "")]).await;
    let (client, url) = (client(), || server.url.clone());
    let text = HeaderValue::from_static("text/plain");
    let requests = [
        (client.post(url()).json(&serde_json::json!({ "a": 1 })), "post", "application/json", "{\"a\":1}"),
        (client.put(url()).body(text, "words"), "put", "text/plain", "words"),
        (client.delete(url()).json(&()), "delete", "application/json", "null"),
    ];
    for (request, method, content_type, body) in requests {
        request.send().await.unwrap();
        let sent = server.requests().pop().unwrap().to_lowercase();
        assert!(sent.starts_with(&format!("{method} / http/1.1\r\n")), "{sent}");
        assert!(sent.contains(&format!("\r\ncontent-type: {content_type}\r\n")), "{sent}");
        assert!(sent.contains(&format!("\r\ncontent-length: {}\r\n", body.len())), "{sent}");
        assert!(sent.ends_with(&format!("\r\n\r\n{body}")), "{sent}");
    }
    client.post(url()).send().await.unwrap();
    let bare = server.requests().pop().unwrap().to_lowercase();
    assert!(!bare.contains("content-type") && bare.ends_with("\r\n\r\n"), "{bare}");
}

#[tokio::test]
async fn every_status_is_an_answer_and_a_redirect_is_not_followed() {
    for status in ["204 No Content", "302 Found", "404 Not Found", "500 Internal Server Error"] {
        let elsewhere = "location: /elsewhere\r\n";
        let server = Server::start(vec![Act::Answer(text(status, elsewhere, ""))]).await;
        let answer = client().get(server.url.clone()).send().await.unwrap();
        assert_eq!(answer.status.as_str(), &status[..3]);
        assert_eq!(server.requests().len(), 1, "{status}");
        assert!(matches!(answer.expect_ok(), Err(Failure::Status(_))), "{status}");
    }
}

#[tokio::test]
async fn what_cannot_be_sent_never_leaves() {
    let server = Server::start(vec![answer("200 OK", "")]).await;
    let client = client();
    let (octets, limit) = (HeaderValue::from_static("application/octet-stream"), 64 * 1024);
    client.post(server.url.clone()).body(octets.clone(), vec![b'x'; limit]).send().await.unwrap();
    assert_eq!(server.requests().len(), 1);
    let mut with_credentials = server.url.clone();
    with_credentials.set_password(Some("canary")).unwrap();
    let requests = [
        client.get(with_credentials),
        client.get("file:///etc/passwd".parse().unwrap()),
        client.get(server.url.clone()).bearer("canary\r\nx-more: 1"),
        client.post(server.url.clone()).body(octets, vec![b'x'; limit + 1]),
        client.post(server.url.clone()).json(&BTreeMap::from([(("no", "text"), "canary")])),
    ];
    for request in requests {
        let failure = request.send().await.unwrap_err();
        assert!(matches!(failure, Failure::Unsendable(_)), "{failure:?}");
        assert!(!format!("{failure:?} {failure}").contains("canary"), "{failure:?}");
    }
    assert_eq!(server.requests().len(), 1);
}
