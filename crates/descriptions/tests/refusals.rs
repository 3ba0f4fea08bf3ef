//! What is refused, by which code, and what is said of it: the place, never what stands there.

use descriptions::{LARGEST_CANDIDATE, LARGEST_SDP, LARGEST_SEALED, check_offer, check_signal};
use signal_protocol::{Candidate, EarlyOffer, ErrorCode, SignalKind, SignalPayload, SignalRequest};

const SDP: &str =
    "v=0\no=- 1 1 IN IP4 0.0.0.0\ns=-\nt=0 0\nm=audio 9 UDP/TLS/RTP/SAVPF 0\nc=IN IP4 0.0.0.0\n";
const HOST: &str = "candidate:1 1 udp 2113937151 192.0.2.1 47096 typ host";

/// What became of a signal: nothing is said of a good one, of a bad one the code, the field and the problem.
#[track_caller]
fn check(kind: SignalKind, payload: SignalPayload, expected: Option<(ErrorCode, &str, &str)>) {
    let signal = SignalRequest { kind, generation: 0, payload, accept: false };
    let found = check_signal(&signal);
    let found = found.as_ref().map_err(|fault| (fault.code(), fault.field(), fault.problem())).err();
    assert_eq!(found, expected);
}

fn sdp(text: &str) -> SignalPayload {
    SignalPayload { sdp: Some(text.to_owned()), ..SignalPayload::default() }
}

fn sealed(text: &str) -> SignalPayload {
    SignalPayload { sealed: Some(text.to_owned()), ..SignalPayload::default() }
}

fn of(candidate: &str) -> Candidate {
    Candidate {
        candidate: candidate.to_owned(),
        sdp_mid: Some("0".to_owned()),
        sdp_m_line_index: Some(0),
        username_fragment: Some("k7Wd".to_owned()),
    }
}

fn candidates(list: &[Candidate], end: Option<bool>) -> SignalPayload {
    SignalPayload { candidates: Some(list.to_vec()), end, ..SignalPayload::default() }
}

#[test]
fn each_kind_has_its_fields_and_no_others() {
    use ErrorCode::InvalidField;
    use SignalKind::{Answer, Candidates, Offer, Restart};
    let end = |end| SignalPayload { end: Some(end), ..SignalPayload::default() };
    check(Answer, sdp(SDP), None);
    check(Candidates, candidates(&[of(HOST)], None), None);
    check(Candidates, candidates(&[of(HOST)], Some(true)), None);
    check(Candidates, candidates(&[], Some(true)), None);
    check(Candidates, end(true), None);
    check(Restart, SignalPayload::default(), None);
    for kind in [Offer, Answer, Candidates, Restart] {
        check(kind, sealed("b3BhcXVl"), None);
        let both = SignalPayload { sealed: Some("b3BhcXVl".to_owned()), ..end(true) };
        check(kind, both, Some((InvalidField, "payload.sealed", "must stand alone")));
    }
    check(Offer, SignalPayload::default(), Some((InvalidField, "payload.sdp", "is missing")));
    let problem = "does not belong to a signal of the kind `offer`";
    check(Offer, SignalPayload { end: Some(true), ..sdp(SDP) }, Some((InvalidField, "payload.end", problem)));
    let problem = "does not belong to a signal of the kind `restart`";
    check(Restart, sdp(SDP), Some((InvalidField, "payload.sdp", problem)));
    let problem = "does not belong to a signal of the kind `candidates`";
    check(Candidates, sdp(SDP), Some((InvalidField, "payload.sdp", problem)));
    check(
        Candidates,
        SignalPayload::default(),
        Some((InvalidField, "payload.candidates", "is missing, and so is `end`")),
    );
    check(Candidates, end(false), Some((InvalidField, "payload.end", "must be `true`, or absent")));
    let many = vec![of(HOST); 51];
    for list in [&[][..], &many] {
        let problem = "must be 1 to 50, or none with `end`";
        check(Candidates, candidates(list, None), Some((InvalidField, "payload.candidates", problem)));
    }
    check(Candidates, candidates(&many[..50], None), None);
}

#[test]
fn what_is_too_large_is_told_from_what_is_wrong() {
    use ErrorCode::{InvalidField, TooLarge};
    let longest = |length: usize| format!("{SDP}a={}", "x".repeat(length - SDP.len() - 2));
    check(SignalKind::Offer, sdp(&longest(LARGEST_SDP)), None);
    let too_long = longest(LARGEST_SDP + 1);
    check(SignalKind::Offer, sdp(&too_long), Some((TooLarge, "payload.sdp", "is longer than 32 KiB")));
    let early = check_offer(&EarlyOffer { sdp: too_long }).expect_err("it is too long");
    assert_eq!((early.code(), early.field()), (TooLarge, "offer.sdp"));
    let longest = |length: usize| format!("{HOST} x-{} 1", "x".repeat(length - HOST.len() - 5));
    check(SignalKind::Candidates, candidates(&[of(&longest(LARGEST_CANDIDATE))], None), None);
    check(
        SignalKind::Candidates,
        candidates(&[of(HOST), of(&longest(LARGEST_CANDIDATE + 1))], None),
        Some((TooLarge, "payload.candidates[1].candidate", "is longer than 1 KiB")),
    );
    check(SignalKind::Answer, sealed(&"A".repeat(LARGEST_SEALED)), None);
    let problem = "is longer than 48 KiB";
    check(
        SignalKind::Answer,
        sealed(&"A".repeat(LARGEST_SEALED + 1)),
        Some((TooLarge, "payload.sealed", problem)),
    );
    for bad in ["", "A", "AAAAA", "AA==", "A+/A", "AA AA", "ä"] {
        let problem = "must be base64url without padding";
        check(SignalKind::Answer, sealed(bad), Some((InvalidField, "payload.sealed", problem)));
    }
}

#[test]
fn a_description_is_refused_with_the_line_at_fault() {
    for (text, problem) in [
        ("", "line 1: does not begin with a small letter and `=`"),
        ("hello", "line 1: does not begin with a small letter and `=`"),
        ("s=-", "line 1: must be `v=0`, the first of all"),
        ("v=1", "line 1: `v=` cannot be read"),
        ("v=0\ns=-", "line 2: must be `o=`, the second of all"),
        ("v=0\na=x-secret:1", "line 2: stands before `v=`, `o=` and `s=` are complete"),
        ("v=0\no=- 1 1 IN IP4 0.0.0.0", "it ends before `v=`, `o=` and `s=` are complete"),
        ("v=0\no=- 1 1 IN IP4 0.0.0.0\ns=-", "there is no `t=`"),
        (&SDP.replace("t=0 0\n", ""), "there is no `t=`"),
        (
            &SDP.replace("c=IN IP4 0.0.0.0\n", ""),
            "there is no `c=`, neither of the session nor of each media section",
        ),
        (
            &SDP.replace("c=IN IP4 0.0.0.0", "m=video 9 UDP/TLS/RTP/SAVPF 96"),
            "line 6: there is no `c=`, neither of the session nor of each media section",
        ),
        (&SDP.replace("t=0 0", "t=0 0\nSECRET"), "line 5: does not begin with a small letter and `=`"),
        (&SDP.replace("t=0 0", "t=0 0\n\na=x"), "line 5: does not begin with a small letter and `=`"),
        (&SDP.replace("t=0 0", "t =0 0"), "line 4: does not begin with a small letter and `=`"),
        (&SDP.replace("t=0 0", "t=0 0\rSECRET"), "line 4: holds a control character"),
        (&SDP.replace("t=0 0", "t=0 0\na=mid:SECRET"), "line 5: `a=mid` belongs into a media section"),
        (&SDP.replace("t=0 0", "t=0 0\nx=SECRET"), "line 5: `x=` cannot be read"),
        (&SDP.replace("t=0 0", "t=0 0\nv=0"), "line 5: `v=` is there already"),
        (&SDP.replace("t=0 0", "t=SECRET"), "line 4: `t=` cannot be read"),
        (&SDP.replace("UDP/TLS/RTP/SAVPF", "SECRET"), "line 5: `m=` is of no kind that WebRTC has"),
        (&format!("{SDP}t=0 0"), "line 7: stands in a media section, and belongs before the first `m=`"),
        (&format!("{SDP}a=group:BUNDLE 0"), "line 7: `a=group` belongs before the first `m=`"),
        (&format!("{SDP}c=IN IP4 192.0.2.1"), "line 7: `c=` is there already"),
        (&format!("{SDP}a=candidate:SECRET"), "line 7: `a=candidate` cannot be read"),
        (&format!("{SDP}a=fingerprint:sha-256 SECRET"), "line 7: `a=fingerprint` cannot be read"),
        (&format!("{SDP}a=setup:SECRET"), "line 7: `a=setup` cannot be read"),
        (&format!("{SDP}a=ice-ufrag:"), "line 7: `a=ice-ufrag` cannot be read"),
    ] {
        check(SignalKind::Offer, sdp(text), Some((ErrorCode::SdpInvalid, "payload.sdp", problem)));
    }
    check(SignalKind::Offer, sdp(&format!("{SDP}a=of-tomorrow:7\n")), None);
}

#[test]
fn a_candidate_is_refused_by_its_place_in_the_list() {
    for (text, problem) in [
        ("", "is empty; that there are no more is told by `end`"),
        ("SECRET", "must begin with `candidate:`"),
        ("candidate:", "cannot be read as a candidate of RFC 8839"),
        ("candidate:1 1 udp 1 192.0.2.1 99999 typ host", "cannot be read as a candidate of RFC 8839"),
        ("candidate:1 1 udp 1 192.0.2.1 9 typ SECRET", "cannot be read as a candidate of RFC 8839"),
        ("candidate:1 1 udp 1 192.0.2.1 9 typ host SECRET", "cannot be read as a candidate of RFC 8839"),
        ("candidate:1 1 udp 1 192.0.2.1 9 typ host\r\na=x:1", "holds a control character"),
    ] {
        let expected = (ErrorCode::CandidateInvalid, "payload.candidates[1].candidate", problem);
        check(SignalKind::Candidates, candidates(&[of(HOST), of(text)], None), Some(expected));
    }
    let long = "x".repeat(257);
    for mid in ["a\nb", &long] {
        let candidate = Candidate { sdp_mid: Some(mid.to_owned()), ..of(HOST) };
        let problem = "must be at most 256 bytes without control characters";
        let expected = (ErrorCode::InvalidField, "payload.candidates[0].sdp_mid", problem);
        check(SignalKind::Candidates, candidates(&[candidate], None), Some(expected));
    }
    for fragment in ["", "a b", "a:b", &long] {
        let candidate = Candidate { username_fragment: Some(fragment.to_owned()), ..of(HOST) };
        let problem = "must be 1 to 256 characters of `A-Za-z0-9+/`, as RFC 8839 has it";
        let expected = (ErrorCode::InvalidField, "payload.candidates[0].username_fragment", problem);
        check(SignalKind::Candidates, candidates(&[candidate], None), Some(expected));
    }
}
