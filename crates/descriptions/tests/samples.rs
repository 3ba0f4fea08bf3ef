//! What real stacks write gets through, with either end of line, cut anywhere and bent at random without harm.

use descriptions::{LARGEST_SDP, check_offer, check_signal};
use proptest::prelude::*;
use signal_protocol::{Candidate, EarlyOffer, ErrorCode, SignalKind, SignalPayload, SignalRequest};

const SAMPLES: [(&str, &str); 10] = [
    ("chromium-offer", include_str!("samples/chromium-offer.sdp")),
    ("chromium-answer", include_str!("samples/chromium-answer.sdp")),
    ("firefox-offer", include_str!("samples/firefox-offer.sdp")),
    ("safari-offer", include_str!("samples/safari-offer.sdp")),
    ("werift-offer", include_str!("samples/werift-offer.sdp")),
    ("werift-answer", include_str!("samples/werift-answer.sdp")),
    ("aiortc-offer", include_str!("samples/aiortc-offer.sdp")),
    ("aiortc-answer", include_str!("samples/aiortc-answer.sdp")),
    ("libdatachannel-offer", include_str!("samples/libdatachannel-offer.sdp")),
    ("libdatachannel-answer", include_str!("samples/libdatachannel-answer.sdp")),
];

fn signal(kind: SignalKind, payload: SignalPayload) -> SignalRequest {
    SignalRequest { kind, generation: 0, payload, accept: false }
}

fn offer(sdp: &str) -> SignalRequest {
    signal(SignalKind::Offer, SignalPayload { sdp: Some(sdp.to_owned()), ..SignalPayload::default() })
}

fn candidate(text: &str) -> SignalRequest {
    let candidate = Candidate {
        candidate: text.to_owned(),
        sdp_mid: None,
        sdp_m_line_index: None,
        username_fragment: None,
    };
    let payload = SignalPayload { candidates: Some(vec![candidate]), ..SignalPayload::default() };
    signal(SignalKind::Candidates, payload)
}

#[test]
fn what_real_stacks_write_gets_through_with_either_end_of_line() {
    for (name, sample) in SAMPLES {
        for sdp in [sample.to_owned(), sample.replace('\n', "\r\n"), sample.trim_end().to_owned()] {
            assert_eq!(check_signal(&offer(&sdp)), Ok(()), "{name}");
            assert_eq!(check_offer(&EarlyOffer { sdp }), Ok(()), "{name}");
        }
    }
}

#[test]
fn their_candidates_get_through_one_by_one() {
    let mut seen = 0;
    for (name, sample) in SAMPLES {
        for line in sample.lines().filter(|line| line.starts_with("a=candidate:")) {
            assert_eq!(check_signal(&candidate(&line[2..])), Ok(()), "{name}: {line}");
            // As libdatachannel hands them out.
            assert_eq!(check_signal(&candidate(line)), Ok(()), "{name}: {line}");
            seen += 1;
        }
    }
    assert!(seen > 20, "{seen}");
}

/// A sample, with bytes of it replaced, removed and doubled.
fn bent() -> impl Strategy<Value = String> {
    let change = (any::<prop::sample::Index>(), 0..4_u8, "[ -~\r\n\t\0é]{0,3}");
    (prop::sample::select(SAMPLES.to_vec()), prop::collection::vec(change, 1..12)).prop_map(
        |((_, sample), changes)| {
            let mut characters: Vec<char> = sample.chars().collect();
            for (place, kind, text) in changes {
                let at = place.index(characters.len());
                let upto = (at + 1).min(characters.len());
                match kind {
                    0 => drop(characters.splice(at..upto, text.chars())),
                    1 => drop(characters.splice(at..at, text.chars())),
                    2 => drop(characters.drain(at..upto)),
                    _ => characters.truncate(upto),
                }
                if characters.is_empty() {
                    characters.push('v');
                }
            }
            characters.into_iter().collect()
        },
    )
}

/// Attributes that the parser looks into, with anything after their names.
fn attributes() -> impl Strategy<Value = String> {
    const NAMES: [&str; 24] = [
        "candidate",
        "extmap",
        "fingerprint",
        "fmtp",
        "framerate",
        "group",
        "ice-options",
        "ice-pacing",
        "imageattr",
        "max-message-size",
        "msid",
        "msid-semantic",
        "remote-candidates",
        "rid",
        "rtcp",
        "rtcp-fb",
        "rtpmap",
        "sctp-port",
        "sctpmap",
        "setup",
        "simulcast",
        "ssrc",
        "ssrc-group",
        "dtls-message",
    ];
    let value = prop_oneof![
        "[ -~]{0,60}",
        r"[0-9a-z=\[\],:;/*~. -]{0,80}",
        r"(send|recv|\*|[0-9]{1,9}| |x=|y=|\[|\]|:|;|,|=|-|~){0,24}",
    ];
    let line =
        (prop::sample::select(NAMES.to_vec()), value).prop_map(|(name, value)| format!("a={name}:{value}"));
    prop::collection::vec(line, 1..6).prop_map(|lines| {
        format!(
            "v=0\no=- 1 1 IN IP4 0.0.0.0\ns=-\nt=0 0\nm=video 9 UDP/TLS/RTP/SAVPF 96\nc=IN IP4 0.0.0.0\n{}",
            lines.join("\n")
        )
    })
}

proptest! {
    #[test]
    fn whatever_is_sent_is_answered_with_a_code_of_its_own_and_never_repeated(
        sdp in prop_oneof![bent(), attributes(), any::<String>()],
    ) {
        if let Err(fault) = check_signal(&offer(&sdp)) {
            prop_assert_eq!(fault.code(), ErrorCode::SdpInvalid);
            prop_assert_eq!(fault.field(), "payload.sdp");
            prop_assert!(fault.problem().len() < 120, "{}", fault.problem());
        }
    }

    #[test]
    fn whatever_candidate_is_sent_is_answered_with_a_code_of_its_own(
        text in prop_oneof!["candidate:[ -~]{0,120}", "[ -~é\r\n\0]{0,60}"],
    ) {
        if let Err(fault) = check_signal(&candidate(&text)) {
            prop_assert_eq!(fault.code(), ErrorCode::CandidateInvalid);
            prop_assert_eq!(fault.field(), "payload.candidates[0].candidate");
        }
    }
}

#[test]
fn the_largest_description_of_the_smallest_lines_is_no_more_work_than_any_other() {
    let head = "v=0\no=- 1 1 IN IP4 0.0.0.0\ns=-\nt=0 0\nc=IN IP4 0.0.0.0\nm=video 9 UDP/TLS/RTP/SAVPF 96\n";
    for line in ["a=x\n", "a=mid:1\n", "a=rid:1 send\n", "m=audio 9 UDP/TLS/RTP/SAVPF 0\n", "b=AS:1\n"] {
        let mut sdp = head.to_owned();
        while sdp.len() + line.len() <= LARGEST_SDP {
            sdp.push_str(line);
        }
        assert_eq!(check_signal(&offer(&sdp)), Ok(()), "{line}");
    }
}
