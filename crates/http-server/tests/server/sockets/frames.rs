//! What clients may send, and how those are let go who send something else.

use super::app::LONGEST;
use super::client::{BINARY, CONTINUATION, PING, PONG, Socket, TEXT, head, part, whole};
use crate::fixture::Fixture;

async fn opened() -> (Fixture, Socket) {
    let server = Fixture::start();
    let socket = Socket::open(server.address).await;
    (server, socket)
}

/// What the server says to a client that sends `bytes`.
async fn check(bytes: impl AsRef<[u8]>, code: u16) {
    let (server, mut socket) = opened().await;
    socket.send(bytes).await;
    assert_eq!(socket.farewell().await.0, code);
    assert_eq!(server.get("/rooms/standup").await.status, 200, "the others are served");
}

#[tokio::test]
async fn a_message_comes_as_it_was_sent_whatever_its_length() {
    let (_server, mut socket) = opened().await;
    for length in [0, 1, 125, 126, 127, 4_096, 65_535, LONGEST] {
        let text = "ü".repeat(length / 2) + &"x".repeat(length % 2);
        socket.say(&text).await;
        assert_eq!(socket.hear().await, text, "{length} bytes");
    }
}

#[tokio::test]
async fn fragments_are_put_together_and_pings_may_come_between() {
    let (_server, mut socket) = opened().await;
    let (umlaut, rest) = "ü!".as_bytes().split_at(1);
    socket.send(part(TEXT, umlaut)).await;
    socket.send(whole(PING, b"still there?")).await;
    assert_eq!(socket.receive().await, (PONG, b"still there?".to_vec()));
    socket.send(part(CONTINUATION, b"")).await;
    socket.send(whole(CONTINUATION, rest)).await;
    assert_eq!(socket.hear().await, "ü!");
}

#[tokio::test]
async fn a_message_that_arrives_byte_by_byte_is_one_message() {
    let (_server, mut socket) = opened().await;
    for byte in whole(TEXT, "one by one".repeat(20).as_bytes()) {
        socket.send([byte]).await;
    }
    assert_eq!(socket.hear().await, "one by one".repeat(20));
}

#[tokio::test]
async fn binary_messages_and_pongs_are_told_apart() {
    let (_server, mut socket) = opened().await;
    socket.send(whole(BINARY, &[0, 159, 146, 150])).await;
    assert_eq!(socket.hear().await, "binary");
    socket.send(whole(PONG, b"")).await;
    assert_eq!(socket.hear().await, "pong");
}

#[tokio::test]
async fn a_client_that_says_farewell_is_answered_and_let_go() {
    let (_server, mut socket) = opened().await;
    socket.say("last").await;
    socket.send(whole(0x8, &[3, 232])).await;
    assert_eq!(socket.hear().await, "last");
    assert_eq!(socket.farewell().await, (1000, "bye".to_owned()));
}

#[tokio::test]
async fn a_message_that_is_too_long_is_refused_before_it_is_sent() {
    for announced in [LONGEST as u64 + 1, 16 * 1024 * 1024, u64::MAX / 2, u64::MAX] {
        check(head(0x80 | TEXT, announced), 1009).await;
        check(head(0x80 | BINARY, announced), 1009).await;
    }
}

#[tokio::test]
async fn a_message_that_is_too_long_in_fragments_is_refused_as_soon_as_it_is() {
    let mut fragments = part(TEXT, &[b'x'; 16_000]);
    for _ in 0..1_000 {
        fragments.extend(part(CONTINUATION, &[b'x'; 16_000]));
    }
    check(fragments, 1009).await;
    check([part(TEXT, b"x"), head(0x80, LONGEST as u64)].concat(), 1009).await;
}

#[tokio::test]
async fn fragments_without_end_are_refused_even_if_there_is_nothing_in_them() {
    for payload in [&b""[..], b"x"] {
        check([part(TEXT, payload), part(CONTINUATION, payload).repeat(2_000)].concat(), 1009).await;
    }
}

#[tokio::test]
async fn what_breaks_the_protocol_ends_the_socket() {
    let unmasked = [0x81, 2, b'h', b'i'];
    check(unmasked, 1002).await;
    for (what, frame) in [
        ("a reserved bit", whole(0x40 | TEXT, b"")),
        ("an unknown kind of data", whole(0x3, b"")),
        ("an unknown kind of control", whole(0xB, b"")),
        ("a continuation of nothing", whole(CONTINUATION, b"")),
        ("a message within another", [part(TEXT, b""), whole(TEXT, b"")].concat()),
        ("a ping in parts", part(PING, b"")),
        ("a ping that is too long", whole(PING, &[0; 126])),
    ] {
        println!("{what}");
        check(frame, 1002).await;
    }
}

#[tokio::test]
async fn a_text_that_is_not_utf_8_ends_the_socket() {
    let surrogate = [0xED, 0xA0, 0x80];
    check(whole(TEXT, &surrogate), 1007).await;
    check(whole(TEXT, b"\xff"), 1007).await;
    check([part(TEXT, b"\xc3"), whole(CONTINUATION, b"x")].concat(), 1007).await;
}

#[tokio::test]
async fn a_flood_of_pings_is_answered_no_faster_than_it_is_read() {
    let (server, mut socket) = opened().await;
    socket.send(whole(PING, &[b'p'; 125]).repeat(20_000)).await;
    socket.say("after it").await;
    let mut pongs = 0;
    loop {
        match socket.receive().await {
            (PONG, _) => pongs += 1,
            (_, text) => break assert_eq!(text, b"after it"),
        }
    }
    assert!((1..=20_000).contains(&pongs), "{pongs}");
    assert_eq!(server.get("/rooms/standup").await.status, 200);
}
