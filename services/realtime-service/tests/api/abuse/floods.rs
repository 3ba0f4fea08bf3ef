//! Frames: too many, too large, in pieces, and such as are none.

use serde_json::json;
use testkit::frames::{BINARY, CONTINUATION, LAST, PING, PONG, TEXT, frame, head};
use testkit::rounds;

use super::raw::Raw;
use crate::world::World;

/// How many tiny frames come in one round of abuse.
const TINY: (usize, usize) = (20_000, 1_000_000);
/// How many of them come over one socket, which never takes as many.
const OVER_ONE: usize = 2_000;
const MEGABYTES: usize = 16;

/// A socket of somebody.
async fn known(world: &World) -> Raw {
    let mut raw = Raw::open(&world.url).await;
    let hello = json!({ "type": "hello", "token": world.token("mallory", &[]), "device": "phone" });
    raw.send(&frame(LAST | TEXT, hello.to_string().as_bytes())).await;
    let welcome = raw.hears().await;
    assert!(welcome.starts_with(r#"{"type":"welcome""#), "{welcome}");
    raw
}

/// Frames that no client may send, each to a stranger's socket and to one of somebody.
pub(super) async fn odd_frames_are_the_end_of_their_socket(world: &World) {
    let piece = frame(TEXT, &[b'x'; 16 * 1024]);
    let whole = |bytes: &[u8]| frame(LAST | TEXT, bytes);
    let mut unmasked = vec![LAST | TEXT, 2];
    unmasked.extend(b"{}");
    let begun = |then: &[u8]| [&frame(TEXT, b"{")[..], then].concat();
    for (what, bytes, code) in [
        ("unmasked", unmasked, 1002),
        ("an unknown kind", frame(LAST | 0x3, b""), 1002),
        ("an unknown kind of control", frame(LAST | 0xB, b""), 1002),
        ("a reserved bit", frame(LAST | 0x40 | TEXT, b""), 1002),
        ("a ping in pieces", frame(PING, b""), 1002),
        ("a long ping", frame(LAST | PING, &[0; 126]), 1002),
        ("the rest of nothing", frame(LAST | CONTINUATION, b""), 1002),
        ("two beginnings", begun(&frame(LAST | TEXT, b"{}")), 1002),
        ("no UTF-8", whole(b"\xff\xfe"), 1007),
        ("half a character", whole(b"\xc3"), 1007),
        ("a surrogate", whole(b"\xed\xa0\x80"), 1007),
        ("an overlong slash", whole(b"\xc0\xaf"), 1007),
        ("no UTF-8 in pieces", begun(&frame(LAST | CONTINUATION, b"\x80")), 1007),
        ("the beginning of another protocol", b"GET / HTTP/1.1\r\n\r\n".to_vec(), 1002),
        ("a whole that is too long", head(LAST | TEXT, 16 << 20), 1009),
        ("more than there is memory", head(LAST | TEXT, u64::MAX >> 1), 1009),
        ("more than a length can be", head(LAST | BINARY, u64::MAX), 1009),
        ("pieces that are too long", begun(&frame(CONTINUATION, &vec![b'x'; 65_535]).repeat(2)), 1009),
    ] {
        for mut socket in [Raw::open(&world.url).await, known(world).await] {
            socket.send(&bytes).await;
            assert_eq!(socket.farewell().await.0, code, "{what}");
        }
    }
    for socket in [Raw::open(&world.url).await, known(world).await] {
        let mut first = socket;
        first.send(&piece).await;
        let piece = frame(CONTINUATION, &[b'x'; 16 * 1024]);
        let end = first.floods(&piece, MEGABYTES * 64).await;
        assert_eq!(end, (1009, "too_large".to_owned()), "{MEGABYTES} MB in pieces");
    }
}

/// Frames without end. Gives how many were on their way.
pub(super) async fn floods_of_tiny_frames_are_cut_off(world: &World) -> usize {
    let limited = (4429, "rate_limited".to_owned());
    let empty = frame(CONTINUATION, b"");
    let floods = [
        (frame(LAST | PING, b""), limited.clone()),
        (frame(LAST | PONG, b""), limited.clone()),
        (frame(LAST | PING, &[0; 125]), limited.clone()),
        (frame(LAST | TEXT, br#"{"type":"ping"}"#), limited),
        (empty, (1009, "too_large".to_owned())),
        (frame(CONTINUATION, b" "), (1009, "too_large".to_owned())),
    ];
    let mut sent = 0;
    while sent < rounds(TINY.0, TINY.1) {
        for (tiny, end) in &floods {
            let mut socket = known(world).await;
            if tiny[0] == CONTINUATION {
                socket.send(&frame(TEXT, b"")).await;
            }
            assert_eq!(socket.floods(tiny, OVER_ONE).await, *end, "{tiny:?}");
            sent += OVER_ONE;
        }
        // Whoever has not said who they are has less to say.
        let stranger = Raw::open(&world.url).await;
        assert_eq!(stranger.floods(&frame(LAST | PING, b""), OVER_ONE).await.0, 4429);
        let stranger = Raw::open(&world.url).await;
        let end = stranger.floods(&frame(LAST | TEXT, b"{}"), OVER_ONE).await;
        assert_eq!(end, (4401, "token_missing".to_owned()));
        sent += 2 * OVER_ONE;
    }
    sent
}
