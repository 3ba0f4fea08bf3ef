//! The gateway's way to LiveKit: what is asked before, what LiveKit gets to see, and that nothing else gets there.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use testkit::{Caddy, eventually, ports};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

use super::{carries, head};

/// How long anything here may take on a busy machine.
const BOUND: Duration = Duration::from_secs(20);

/// Everything at which LiveKit opens a connection or says whether it would.
const PATHS: [&str; 4] = ["/rtc", "/rtc/validate", "/rtc/v1", "/rtc/v1/validate"];

const LET_IN: &str = "HTTP/1.1 204 No Content\r\n\r\n";
const REFUSED: &str = "HTTP/1.1 403 Forbidden\r\nContent-Type: application/problem+json\r\nContent-Length: 17\r\n\r\n{\"code\":\"banned\"}";
const LIVEKIT: &str = "HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\nsuccess";

/// A server that gives one answer to everything, and remembers what it was asked.
struct Upstream {
    address: SocketAddr,
    heads: Arc<Mutex<Vec<String>>>,
    serving: JoinHandle<()>,
}

impl Upstream {
    async fn answering(answer: &'static str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let heads = Arc::new(Mutex::new(Vec::new()));
        let remembered = Arc::clone(&heads);
        let serving = tokio::spawn(async move {
            loop {
                let (mut stream, _) = listener.accept().await.unwrap();
                let asked = head(&mut stream).await;
                remembered.lock().unwrap().push(asked.to_lowercase());
                stream.write_all(answer.as_bytes()).await.unwrap();
            }
        });
        Self { address, heads, serving }
    }

    /// What it was asked since the last time.
    fn asked(&self) -> Vec<String> {
        std::mem::take(&mut *self.heads.lock().unwrap())
    }
}

impl Drop for Upstream {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

async fn gateway(service: SocketAddr, livekit: SocketAddr) -> (Caddy, SocketAddr) {
    let address = SocketAddr::from(([127, 0, 0, 1], ports::free().unwrap()));
    let variables = [
        ("GATEWAY_LISTEN", format!(":{}", address.port())),
        ("GATEWAY_BIND", "127.0.0.1".to_owned()),
        ("REALTIME_SERVICE", service.to_string()),
        ("LIVEKIT", livekit.to_string()),
        ("OTEL_TRACES_EXPORTER", "none".to_owned()),
    ];
    (Caddy::start(address, variables).await.unwrap(), address)
}

/// One request, byte for byte as given, and all that comes back, in lower case.
async fn send(to: SocketAddr, method: &str, target: &str, headers: &str) -> String {
    let mut stream = TcpStream::connect(to).await.unwrap();
    let request =
        format!("{method} {target} HTTP/1.1\r\nHost: calls.test\r\nConnection: close\r\n{headers}\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.unwrap();
    String::from_utf8_lossy(&answer).to_lowercase()
}

#[tokio::test]
async fn whoever_is_let_in_reaches_livekit_with_the_token_that_was_asked_about() {
    let (service, livekit) = (Upstream::answering(LET_IN).await, Upstream::answering(LIVEKIT).await);
    let (caddy, address) = gateway(service.address, livekit.address).await;
    for path in PATHS {
        for (query, headers, token) in [
            ("?access_token=first-token&join_request=x-y_z%3D&auto_subscribe=1", "", "first-token"),
            (
                "?join_request=x-y_z%3D&auto_subscribe=1",
                "Authorization: Bearer second-token\r\n",
                "second-token",
            ),
            // LiveKit prefers the header.
            (
                "?auto_subscribe=1&join_request=x-y_z%3D&access_token=first-token",
                "Authorization: Bearer second-token\r\n",
                "second-token",
            ),
            // Of several LiveKit would take the first; this is none that anybody takes.
            (
                "?access_token=first-token&access_token=third-token&auto_subscribe=1&join_request=x-y_z%3D",
                "",
                "first-token,third-token",
            ),
        ] {
            let headers = format!(
                "{headers}Origin: https://app.example\r\nCookie: session=1\r\nX-Forwarded-Uri: /other\r\n"
            );
            let answer = send(address, "GET", &format!("{path}{query}"), &headers).await;
            assert!(answer.starts_with("http/1.1 200 ") && answer.ends_with("success"), "{answer}");
            let [question] = service.asked().try_into().unwrap();
            let lines: Vec<&str> = question.lines().collect();
            assert_eq!(lines[0], "get /api/realtime/internal/sfu-admission http/1.1");
            for line in [
                format!("x-forwarded-uri: {path}"),
                "x-forwarded-method: get".to_owned(),
                format!("authorization: bearer {token}"),
            ] {
                assert_eq!(lines.iter().filter(|&&found| found == line).count(), 1, "{line}: {question}");
            }
            for absent in ["origin:", "cookie:", "upgrade:", "sec-websocket-key:", "/other", "join_request"] {
                assert!(!question.contains(absent), "{absent}: {question}");
            }
            let [request] = livekit.asked().try_into().unwrap();
            let wanted = format!("get {path}?auto_subscribe=1&join_request=x-y_z%3d http/1.1");
            assert_eq!(request.lines().next(), Some(wanted.as_str()));
            assert!(request.contains(&format!("authorization: bearer {token}\r\n")), "{request}");
            assert!(!request.contains("access_token"), "{request}");
        }
    }
    let written = caddy.process().unwrap().output();
    for secret in ["first-token", "second-token", "third-token", "join_request", "session=1"] {
        assert!(!written.contains(secret), "{secret}: {written}");
    }
}

#[tokio::test]
async fn nothing_else_of_livekit_is_reached_however_it_is_spelt() {
    let (service, livekit) = (Upstream::answering(LET_IN).await, Upstream::answering(LIVEKIT).await);
    let (_caddy, address) = gateway(service.address, livekit.address).await;
    for target in [
        "/RTC",
        "/Rtc/V1",
        "/rtc/",
        "//rtc",
        "///rtc",
        "/rtc//v1",
        "/rtc/v1/",
        "/rtc%2Fv1",
        "/rtc%2fvalidate",
        "/%72tc",
        "/rt%63",
        "/rtc%00",
        "/rtc%3faccess_token=abc",
        "/rtc;x=1",
        "/rtc/v2",
        "/rtcx",
        "/rtc/x",
        "/rtc/validate/x",
        "/rtc/./v1",
        "/./rtc",
        "/x/../rtc",
        "/rtc/../rtc",
        "/rtc/../twirp/livekit.RoomService/DeleteRoom",
        "/rtc/..%2ftwirp/livekit.RoomService/ListRooms",
        "/rtc/v1/../../twirp/livekit.RoomService/ListRooms",
        "/twirp/livekit.RoomService/ListRooms",
        "/rtc\\v1",
        "/rtc#",
        "/rtc%23",
        "/agent",
        "/whip/v1",
        "/debug/pprof/",
        "/debug/rooms",
        "/metrics",
        "/",
        "*",
    ] {
        let target = format!("{target}?access_token=abc");
        let answer =
            send(address, "GET", &target, "Upgrade: websocket\r\nAuthorization: Bearer abc\r\n").await;
        assert!(
            answer.starts_with("http/1.1 404 ") || answer.starts_with("http/1.1 400 "),
            "{target}: {answer}"
        );
    }
    for method in ["POST", "PUT", "PATCH", "DELETE", "HEAD", "CONNECT", "TRACE", "get"] {
        let headers =
            "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 16\r\n\r\naccess_token=abc";
        let answer = send(address, method, "/rtc?access_token=abc", headers).await;
        assert!(
            answer.starts_with("http/1.1 405 ") && answer.contains("allow: get\r\n"),
            "{method}: {answer}"
        );
    }
    assert_eq!((service.asked(), livekit.asked()), (vec![], vec![]));
}

#[tokio::test]
async fn what_a_client_calls_a_matter_of_its_connection_is_the_same_to_both() {
    let (service, livekit) = (Upstream::answering(LET_IN).await, Upstream::answering(LIVEKIT).await);
    let (_caddy, address) = gateway(service.address, livekit.address).await;
    let listed =
        "Connection: Authorization, X-Forwarded-Uri, X-Forwarded-Method, Upgrade\r\nUpgrade: websocket\r\n";
    for (target, headers) in
        [("/rtc?access_token=abc", ""), ("/rtc", "Authorization: Bearer abc\r\nX-Forwarded-Uri: /other\r\n")]
    {
        send(address, "GET", target, &format!("{listed}{headers}")).await;
        let [question] = service.asked().try_into().unwrap();
        let [request] = livekit.asked().try_into().unwrap();
        for line in ["x-forwarded-uri: /rtc", "x-forwarded-method: get"] {
            assert_eq!(question.lines().filter(|found| *found == line).count(), 1, "{line}: {question}");
        }
        // Without a token nobody is let in: never may LiveKit see one that was not asked about.
        let tokens = [&question, &request].map(|head| head.matches("authorization: ").count());
        assert_eq!(tokens[0], tokens[1], "{question} {request}");
        assert!(!question.contains("/other"), "{question}");
    }
}

#[tokio::test]
async fn whoever_is_refused_is_told_why_and_livekit_hears_nothing_of_it() {
    let (service, livekit) = (Upstream::answering(REFUSED).await, Upstream::answering(LIVEKIT).await);
    let (_caddy, address) = gateway(service.address, livekit.address).await;
    for path in PATHS {
        let headers = "Origin: https://app.example\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n";
        let answer = send(address, "GET", &format!("{path}?access_token=abc"), headers).await;
        assert!(answer.starts_with("http/1.1 403 ") && answer.ends_with(r#"{"code":"banned"}"#), "{answer}");
        // The page has to be able to read it.
        assert_eq!(answer.matches("access-control-allow-origin: *\r\n").count(), 1, "{answer}");
        assert_eq!(service.asked().len(), 1);
    }
    let headers = "Origin: https://app.example\r\nAccess-Control-Request-Method: GET\r\n";
    let answer = send(address, "OPTIONS", "/rtc/validate", headers).await;
    assert!(
        answer.starts_with("http/1.1 204 ")
            && answer.contains("access-control-allow-headers: authorization, *\r\n"),
        "{answer}"
    );
    assert_eq!((service.asked(), livekit.asked()), (vec![], vec![]));
}

#[tokio::test]
async fn a_gateway_that_cannot_ask_lets_nobody_through() {
    let livekit = Upstream::answering(LIVEKIT).await;
    let nobody = SocketAddr::from(([127, 0, 0, 1], ports::free().unwrap()));
    let mute = TcpListener::bind("127.0.0.1:0").await.unwrap();
    for service in [nobody, mute.local_addr().unwrap()] {
        let (_caddy, address) = gateway(service, livekit.address).await;
        let answer = send(address, "GET", "/rtc?access_token=abc", "").await;
        assert!(
            answer.starts_with("http/1.1 503 ") && answer.contains(r#""code":"shutting_down""#),
            "{answer}"
        );
        assert!(
            answer.contains("retry-after: ") && answer.contains("access-control-allow-origin: *"),
            "{answer}"
        );
    }
    for broken in [
        "HTTP/1.1 500 Oh\r\nContent-Length: 0\r\n\r\n",
        "HTTP/1.1 302 Found\r\nLocation: /rtc\r\nContent-Length: 0\r\n\r\n",
        "nonsense\r\n\r\n",
    ] {
        let service = Upstream::answering(broken).await;
        let (_caddy, address) = gateway(service.address, livekit.address).await;
        let answer = send(address, "GET", "/rtc?access_token=abc", "").await;
        assert!(!answer.starts_with("http/1.1 2"), "{answer}");
    }
    assert_eq!(livekit.asked(), Vec::<String>::new());
}

#[tokio::test]
async fn a_livekit_that_is_not_there_is_told_apart_from_a_service_that_is_not() {
    let service = Upstream::answering(LET_IN).await;
    let nobody = SocketAddr::from(([127, 0, 0, 1], ports::free().unwrap()));
    let (_caddy, address) = gateway(service.address, nobody).await;
    let answer = send(address, "GET", "/rtc?access_token=abc", "").await;
    assert!(
        answer.starts_with("http/1.1 503 ") && answer.contains(r#""code":"sfu_unavailable""#),
        "{answer}"
    );
    assert!(answer.contains("retry-after: 1\r\n"), "{answer}");
}

#[tokio::test]
async fn an_answer_that_breaks_off_is_told_without_what_was_asked() {
    let service = Upstream::answering(LET_IN).await;
    let livekit = Upstream::answering("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nand then").await;
    let (mut caddy, address) = gateway(service.address, livekit.address).await;
    let headers = "User-Agent: marked-agent\r\n";
    send(address, "GET", "/rtc/validate?access_token=marked-token&join_request=marked-request", headers)
        .await;
    let written = eventually("it is logged", BOUND, async || {
        let written = caddy.process().unwrap().output();
        if written.contains("aborting with incomplete response") { Ok(written) } else { Err(written) }
    })
    .await;
    caddy.stop().await;
    assert!(!written.contains("marked"), "{written}");
}

#[tokio::test]
async fn a_socket_to_livekit_carries_both_ways() {
    let service = Upstream::answering(LET_IN).await;
    let livekit = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let (_caddy, address) = gateway(service.address, livekit.local_addr().unwrap()).await;
    let mut client = TcpStream::connect(address).await.unwrap();
    let asked = "GET /rtc/v1?access_token=abc HTTP/1.1\r\nHost: calls.test\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
                 Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
    client.write_all(asked.as_bytes()).await.unwrap();
    let (mut server, _) = livekit.accept().await.unwrap();
    let handshake = head(&mut server).await.to_lowercase();
    assert!(
        handshake.contains("upgrade: websocket") && handshake.contains("authorization: bearer abc"),
        "{handshake}"
    );
    let answered = "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
                    Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n";
    server.write_all(answered.as_bytes()).await.unwrap();
    assert!(head(&mut client).await.starts_with("HTTP/1.1 101 "));
    carries(&mut client, &mut server).await;
    carries(&mut server, &mut client).await;
    let [question] = service.asked().try_into().unwrap();
    assert!(!question.contains("websocket"), "{question}");
}
