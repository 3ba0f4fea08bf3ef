//! Session descriptions: RFC 8866, as far as WebRTC uses it (RFC 8829).
//!
//! Each line is read by the parser of Firefox. The order of lines is checked here and not by it: that part of it takes time
//! that grows with the square of the lines, tells of faults by the wrong line, and logs lines that it does not know.

mod structure;

use signal_protocol::ErrorCode;
use webrtc_sdp::error::SdpParserError;
use webrtc_sdp::{SdpType, parse_sdp_line};

use crate::{Fault, LARGEST_SDP};
use structure::Structure;

/// Checks a description that stands at `field`.
pub(crate) fn check(field: &str, sdp: &str) -> Result<(), Fault> {
    if sdp.len() > LARGEST_SDP {
        return Err(Fault::new(ErrorCode::TooLarge, field, "is longer than 32 KiB"));
    }
    find_problem(sdp).map_or(Ok(()), |problem| Err(Fault::new(ErrorCode::SdpInvalid, field, problem)))
}

fn find_problem(sdp: &str) -> Option<String> {
    let mut structure = Structure::default();
    for (index, line) in sdp.trim_end_matches(['\r', '\n']).split('\n').enumerate() {
        let line = line.strip_suffix('\r').unwrap_or(line);
        let outcome = read(line).and_then(|read| match read {
            Line::Known(content) => structure.take(&content),
            Line::UnknownAttribute => structure.take_unknown_attribute(),
        });
        if let Err(problem) = outcome {
            return Some(format!("line {}: {problem}", index + 1));
        }
    }
    structure.end().err().map(str::to_owned)
}

enum Line {
    Known(SdpType),
    /// One that nobody here has heard of: to be ignored, as each end of a call does.
    UnknownAttribute,
}

/// Reads one line. What is said of it names the kind of line, from a fixed list of such kinds, and never what it holds.
fn read(line: &str) -> Result<Line, String> {
    if line.contains(char::is_control) {
        return Err("holds a control character".to_owned());
    }
    // The parser forgives spaces around the letter, and others do not.
    let bytes = line.as_bytes();
    if !(bytes.first().is_some_and(u8::is_ascii_lowercase) && bytes.get(1) == Some(&b'=')) {
        return Err("does not begin with a small letter and `=`".to_owned());
    }
    match parse_sdp_line(line, 0) {
        Ok(parsed) => Ok(Line::Known(parsed.sdp_type)),
        Err(SdpParserError::Unsupported { .. }) if line.starts_with("a=") => Ok(Line::UnknownAttribute),
        Err(SdpParserError::Unsupported { .. }) => {
            Err(format!("{} is of no kind that WebRTC has", name(line)))
        }
        Err(SdpParserError::Line { .. } | SdpParserError::Sequence { .. }) => {
            Err(format!("{} cannot be read", name(line)))
        }
    }
}

/// `` `o=` ``, or `` `a=fmtp` ``: an attribute that cannot be read is one that the parser knows by name.
fn name(line: &str) -> String {
    let (letter, value) = line.split_at(2);
    let attribute = if letter == "a=" { value.split(':').next().unwrap_or_default().trim() } else { "" };
    format!("`{letter}{}`", attribute.to_ascii_lowercase())
}
