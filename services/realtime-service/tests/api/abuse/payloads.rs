//! Messages, signals and descriptions of hostile sizes and depths.

use serde_json::{Value, json};

use crate::device::Device;
use crate::socket::Socket;
use crate::world::World;

/// What stands in each description below, to look for it in logs.
pub(super) const SECRET: &str = "hunter2hunter2";

/// How many messages may come over one socket at once, with some to spare.
const BEFORE_THE_LIMIT: usize = 30;

/// What a session description may look like.
fn descriptions() -> Vec<String> {
    let start = format!("v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\ns={SECRET}\r\nt=0 0\r\n");
    let long = |lines: &str| format!("{start}{}", lines.repeat(30_000 / lines.len()));
    vec![
        String::new(),
        SECRET.to_owned(),
        "\u{0}".repeat(1_000),
        "v=0\r\n".repeat(6_000),
        "\r\n".repeat(15_000),
        "=".repeat(30_000),
        "v=".to_owned() + &"9".repeat(30_000),
        start.replace("IP4", "IP9"),
        start.replace("t=0 0", "t=99999999999999999999999999 -1"),
        start.replace("\r\n", "\n\r\r\n"),
        long("m=\r\n"),
        long("m=audio 99999999999 UDP/TLS/RTP/SAVPF 111\r\n"),
        long("m=audio 9 UDP/TLS/RTP/SAVPF -1\r\n"),
        long("a=ssrc-group:\r\na=rtpmap:\r\na=fmtp:\r\na=\r\n"),
        long("a=candidate:\r\n"),
        long("a=simulcast:send ;,~;,~ recv (((((\r\n"),
        long("a=rid:\u{202e}\u{0}\r\n"),
        long("c=IN IP4 \r\n"),
        format!("{start}m=audio 9 UDP/TLS/RTP/SAVPF {}\r\n", "111 ".repeat(7_500)),
        long("\u{1F600}=\u{1F600}\r\n"),
        "x".repeat(33_000),
    ]
}

/// Bodies that no client of ours would send.
fn bodies() -> Vec<String> {
    let nested = |depth: usize| format!("{}1{}", "[".repeat(depth), "]".repeat(depth));
    let keyed = |depth: usize| format!("{}1{}", r#"{"a":"#.repeat(depth), "}".repeat(depth));
    let offer = |payload: &str| format!(r#"{{"kind":"offer","generation":0,"payload":{payload}}}"#);
    let candidates = |candidates: Vec<Value>| {
        json!({ "kind": "candidates", "generation": 0, "payload": { "candidates": candidates } }).to_string()
    };
    let mut bodies: Vec<_> = [
        "null",
        "[]",
        "{}",
        "1e999",
        r#""text""#,
        r#"{"kind":"offer","kind":"answer","generation":0,"payload":{"sealed":"AAAA"}}"#,
        r#"{"kind":"explode","generation":0,"payload":{}}"#,
        r#"{"kind":"candidates","generation":-1,"payload":{"sealed":"AAAA"}}"#,
        r#"{"kind":"candidates","generation":4294967296,"payload":{"sealed":"AAAA"}}"#,
        r#"{"kind":"candidates","generation":1e300,"payload":{"sealed":"AAAA"}}"#,
        r#"{"kind":"candidates","generation":4294967295,"payload":{"sealed":"AAAA"}}"#,
        r#"{"kind":"candidates","generation":7,"payload":{"sealed":"AAAA"}}"#,
        r#"{"kind":"candidates","generation":0,"payload":{"sealed":"AA/+"}}"#,
        r#"{"kind":"answer","generation":0,"payload":{"sealed":"AAAA"},"accept":"yes"}"#,
        r#"{"kind":"candidates","generation":0,"payload":{"sealed":"AAAA"},"accept":true}"#,
    ]
    .map(str::to_owned)
    .into();
    bodies.extend([nested(100), nested(10_000), nested(29_000), keyed(100), keyed(9_000)]);
    bodies.extend([nested(100), nested(29_000), keyed(9_000)].map(|payload| offer(&payload)));
    bodies.push(offer(&format!(r#"{{"sdp":{}}}"#, nested(10_000))));
    bodies.push(offer(&json!({ "sealed": "A".repeat(60_000) }).to_string()));
    bodies.push(offer(&format!("{{{}\"b\":1}}", r#""a":1,"#.repeat(8_000))));
    bodies.push(candidates(vec![json!({}); 5_000]));
    bodies.push(candidates(vec![json!({ "candidate": "candidate:1 1 udp 1 192.0.2.1 1 typ host" }); 51]));
    bodies.push(candidates(vec![json!({ "candidate": format!("candidate:{}", "9".repeat(1_000)) })]));
    bodies.push(candidates(vec![json!({ "candidate": "x".repeat(50_000) })]));
    bodies.push(candidates(vec![json!({ "candidate": "candidate:1 1 udp -1 ::::::::: 99999 typ typ typ" })]));
    bodies.extend(descriptions().into_iter().map(|sdp| offer(&json!({ "sdp": sdp }).to_string())));
    bodies
}

/// Messages that are none.
fn messages() -> Vec<String> {
    let deep = "[".repeat(60_000);
    vec![
        deep.clone(),
        format!(r#"{{"type":"command","body":{deep}"#),
        format!(r#"{{"type":{}"x"{}}}"#, "[".repeat(30_000), "]".repeat(30_000)),
        r#"{"type":"hello"}"#.to_owned(),
        r#"{"type":"command"}"#.to_owned(),
        r#"{"type":"ack","cursor":{}}"#.to_owned(),
        format!(r#"{{"type":"ack","cursor":"{}"}}"#, "A".repeat(60_000)),
        "\u{0}".to_owned(),
    ]
}

/// Each of these is refused, and the other side of the call hears of none of it. Gives how many there were.
pub(super) async fn nothing_hostile_is_relayed(world: &World) -> usize {
    let (ann, bob) = (Device::of(world, "ann"), Device::of(world, "bob"));
    let id = ann.calls(&["bob"], "p2p").await;
    bob.does(&id, "accept").await;
    let (mut listener, _) = Socket::of(world, "bob", "phone").await;
    let (bodies, messages) = (bodies(), messages());
    let (mut socket, _) = Socket::of(world, "ann", "phone").await;
    for (number, body) in bodies.iter().enumerate() {
        if number % BEFORE_THE_LIMIT == 0 {
            (socket, _) = Socket::of(world, "ann", "phone").await;
        }
        let sample: String = body.chars().take(100).collect();
        let text = format!(
            r#"{{"type":"command","request_id":"request-{number}","name":"signal.send","call_id":"{id}","body":{body}}}"#
        );
        socket.send(text.into()).await;
        match socket.hear().await {
            Ok(answer) => {
                let status = answer["status"].as_u64().unwrap();
                assert!((400..500).contains(&status), "{answer} to {sample:?}");
                assert!(!answer.to_string().contains(SECRET), "{answer}");
            }
            Err(close) => {
                assert_eq!(close.map(|close| u16::from(close.code)), Some(4400), "to {sample:?}");
                (socket, _) = Socket::of(world, "ann", "phone").await;
            }
        }
    }
    for message in &messages {
        let (mut socket, _) = Socket::of(world, "mallory", "phone").await;
        socket.send(message.clone().into()).await;
        assert_eq!(socket.closed().await.0, 4400, "{:?}", &message[..message.len().min(100)]);
    }
    listener.say(&json!({ "type": "ping" })).await;
    assert_eq!(listener.next().await, json!({ "type": "pong" }), "nothing was relayed");
    ann.does(&id, "hangup").await;
    bodies.len() + messages.len()
}
