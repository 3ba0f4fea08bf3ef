//! One candidate, as `RTCIceCandidate` writes it: RFC 8839, section 5.1.

use std::str::FromStr as _;

use signal_protocol::{Candidate, ErrorCode};
use webrtc_sdp::attribute_type::SdpAttribute;

use crate::payload::invalid;
use crate::{Fault, LARGEST_CANDIDATE};

/// The most of anything that names a media section or a generation.
const LONGEST_NAME: usize = 256;

pub(crate) fn check(index: usize, candidate: &Candidate) -> Result<(), Fault> {
    let field = |name: &str| format!("payload.candidates[{index}].{name}");
    let Candidate { candidate, sdp_mid, sdp_m_line_index: _, username_fragment } = candidate;
    if candidate.len() > LARGEST_CANDIDATE {
        return Err(Fault::new(ErrorCode::TooLarge, field("candidate"), "is longer than 1 KiB"));
    }
    if let Some(mid) = sdp_mid
        && (mid.len() > LONGEST_NAME || mid.contains(char::is_control))
    {
        return Err(invalid(field("sdp_mid"), "must be at most 256 bytes without control characters"));
    }
    if let Some(fragment) = username_fragment
        && !is_username_fragment(fragment)
    {
        let problem = "must be 1 to 256 characters of `A-Za-z0-9+/`, as RFC 8839 has it";
        return Err(invalid(field("username_fragment"), problem));
    }
    if let Some(problem) = problem(candidate) {
        return Err(Fault::new(ErrorCode::CandidateInvalid, field("candidate"), problem));
    }
    Ok(())
}

/// RFC 8839 wants four characters at least; shorter ones are the peers' to refuse.
fn is_username_fragment(text: &str) -> bool {
    let is_ice_char = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/');
    (1..=LONGEST_NAME).contains(&text.len()) && text.bytes().all(is_ice_char)
}

fn problem(candidate: &str) -> Option<&'static str> {
    if candidate.is_empty() {
        return Some("is empty; that there are no more is told by `end`");
    }
    // libdatachannel hands candidates out as lines of a description, and browsers take them so.
    let attribute = candidate.strip_prefix("a=").unwrap_or(candidate);
    if !attribute.starts_with("candidate:") {
        return Some("must begin with `candidate:`");
    }
    // The parser takes any white space between two words for a space; a line break would be a second line elsewhere.
    if candidate.contains(char::is_control) {
        return Some("holds a control character");
    }
    match SdpAttribute::from_str(attribute) {
        Ok(SdpAttribute::Candidate(_)) => None,
        Ok(_) | Err(_) => Some("cannot be read as a candidate of RFC 8839"),
    }
}
