//! What comes of frames, however the network cuts them.

use actix_http::error::PayloadError;
use futures_util::{FutureExt as _, stream};
use proptest::collection::vec;
use proptest::prelude::*;
use testkit::frames::frame;

use super::*;

const LONGEST: usize = 300;

/// Everything that comes of `pieces`, the end of the connection included.
fn received(pieces: Vec<Bytes>) -> Vec<Received> {
    let pieces = pieces.into_iter().map(Ok::<_, PayloadError>);
    let mut incoming = Incoming::new(Payload::Stream { payload: Box::pin(stream::iter(pieces)) }, LONGEST);
    let mut all = Vec::new();
    loop {
        let next = incoming.next().now_or_never().expect("everything is there");
        let is_over = next == Received::Closed;
        all.push(next);
        if is_over {
            assert_eq!(incoming.next().now_or_never(), Some(Received::Closed));
            assert_eq!((incoming.unread.len(), incoming.control.capacity()), (0, 0));
            assert!(incoming.message.is_none());
            return all;
        }
    }
}

/// Bytes cut at these places.
fn cut(bytes: &[u8], places: &[prop::sample::Index]) -> Vec<Bytes> {
    let mut places: Vec<usize> = places.iter().map(|place| place.index(bytes.len() + 1)).collect();
    places.extend([0, bytes.len()]);
    places.sort_unstable();
    places.windows(2).map(|pair| Bytes::copy_from_slice(&bytes[pair[0]..pair[1]])).collect()
}

fn frames() -> impl Strategy<Value = Vec<Vec<u8>>> {
    let first = prop_oneof![
        8 => prop::sample::select(vec![0x81, 0x01, 0x00, 0x80, 0x82, 0x02, 0x89, 0x8A]),
        1 => prop::sample::select(vec![0x88, 0x09, 0xC1, 0x83]),
    ];
    let payload = prop_oneof![
        8 => "[a-zü]{0,20}".prop_map(String::into_bytes),
        1 => vec(any::<u8>(), 0..200),
    ];
    vec((first, payload).prop_map(|(first, payload)| frame(first, &payload)), 0..20)
}

proptest! {
    #[test]
    fn what_comes_of_frames_does_not_depend_on_how_they_are_cut(
        frames in frames(),
        places in vec(any::<prop::sample::Index>(), 0..40),
    ) {
        let bytes = frames.concat();
        let whole = received(vec![Bytes::from(bytes.clone())]);
        let by_bytes = received(bytes.iter().map(|byte| Bytes::copy_from_slice(&[*byte])).collect());
        prop_assert_eq!(&received(cut(&bytes, &places)), &whole);
        prop_assert_eq!(&by_bytes, &whole);
        for text in whole.iter().filter_map(|one| if let Received::Text(text) = one { Some(text) } else { None }) {
            prop_assert!(text.len() <= LONGEST);
        }
    }

    #[test]
    fn no_bytes_at_all_do_any_harm(bytes in vec(any::<u8>(), 0..200)) {
        received(vec![Bytes::from(bytes)]);
    }

    #[test]
    fn a_text_arrives_whole_in_whatever_fragments_it_comes(
        text in "\\PC{0,60}",
        places in vec(any::<prop::sample::Index>(), 0..8),
    ) {
        let fragments = cut(text.as_bytes(), &places);
        let last = fragments.len() - 1;
        let frames = fragments.iter().enumerate().flat_map(|(at, fragment)| {
            let kind = u8::from(at == 0);
            let end = if at == last { 0x80 } else { 0 };
            frame(kind | end, fragment)
        });
        let received = received(vec![frames.collect()]);
        prop_assert_eq!(received, vec![Received::Text(text), Received::Closed]);
    }
}

#[test]
fn a_frame_that_announces_much_and_sends_little_costs_little() {
    let mut incoming = Incoming::new(
        Payload::Stream {
            payload: Box::pin(stream::iter([Ok(Bytes::from_static(&[
                0x81, 0xFE, 0xFF, 0xFF, 0, 0, 0, 0, b'x',
            ]))])),
        },
        1 << 20,
    );
    assert!(incoming.digest().is_none());
    let polled = incoming.payload.poll_next_unpin(&mut Context::from_waker(std::task::Waker::noop()));
    let Poll::Ready(Some(Ok(bytes))) = polled else { panic!("a piece") };
    incoming.unread = bytes;
    assert!(incoming.digest().is_none());
    let kept = incoming.message.and_then(|message| message.text).map(|text| text.capacity());
    assert!(kept.is_some_and(|kept| kept < 64), "{kept:?} bytes");
}
