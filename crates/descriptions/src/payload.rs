//! Which fields a payload may have, and how much of each.

use signal_protocol::{Candidate, ErrorCode, SignalKind, SignalPayload};

use crate::{Fault, LARGEST_SEALED, MOST_CANDIDATES, candidate, sdp};

/// Checks the payload of a signal of this kind.
pub(crate) fn check(kind: SignalKind, payload: &SignalPayload) -> Result<(), Fault> {
    let SignalPayload { sdp, candidates, end, sealed } = payload;
    if let Some(sealed) = sealed {
        if sdp.is_some() || candidates.is_some() || end.is_some() {
            return Err(invalid("payload.sealed", "must stand alone"));
        }
        return check_sealed(sealed);
    }
    match kind {
        SignalKind::Offer | SignalKind::Answer => {
            refuse("payload.candidates", candidates.is_some(), kind)?;
            refuse("payload.end", end.is_some(), kind)?;
            let sdp = sdp.as_ref().ok_or_else(|| invalid("payload.sdp", "is missing"))?;
            sdp::check("payload.sdp", sdp)
        }
        SignalKind::Candidates => {
            refuse("payload.sdp", sdp.is_some(), kind)?;
            check_candidates(candidates.as_deref(), *end)
        }
        SignalKind::Restart => {
            refuse("payload.sdp", sdp.is_some(), kind)?;
            refuse("payload.candidates", candidates.is_some(), kind)?;
            refuse("payload.end", end.is_some(), kind)
        }
    }
}

fn check_candidates(candidates: Option<&[Candidate]>, end: Option<bool>) -> Result<(), Fault> {
    if end == Some(false) {
        return Err(invalid("payload.end", "must be `true`, or absent"));
    }
    let candidates = match (candidates, end) {
        (Some(candidates), _) => candidates,
        (None, Some(_)) => &[],
        (None, None) => return Err(invalid("payload.candidates", "is missing, and so is `end`")),
    };
    if candidates.len() > MOST_CANDIDATES || (candidates.is_empty() && end.is_none()) {
        return Err(invalid("payload.candidates", "must be 1 to 50, or none with `end`"));
    }
    candidates.iter().enumerate().try_for_each(|(index, candidate)| candidate::check(index, candidate))
}

/// What is encrypted from device to device cannot be looked at; only that it is what it is said to be.
fn check_sealed(sealed: &str) -> Result<(), Fault> {
    const FIELD: &str = "payload.sealed";
    if sealed.len() > LARGEST_SEALED {
        return Err(Fault::new(ErrorCode::TooLarge, FIELD, "is longer than 48 KiB"));
    }
    let is_base64url = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    // One character more than a multiple of four holds six bits, which are no byte.
    if sealed.is_empty() || sealed.len() % 4 == 1 || !sealed.bytes().all(is_base64url) {
        return Err(invalid(FIELD, "must be base64url without padding"));
    }
    Ok(())
}

fn refuse(field: &str, is_there: bool, kind: SignalKind) -> Result<(), Fault> {
    if is_there {
        return Err(invalid(field, format!("does not belong to a signal of the kind `{}`", kind.as_str())));
    }
    Ok(())
}

pub(crate) fn invalid(field: impl Into<String>, problem: impl Into<String>) -> Fault {
    Fault::new(ErrorCode::InvalidField, field, problem)
}
