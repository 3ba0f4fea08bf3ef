//! `WWW-Authenticate`: how a client is told to authenticate (RFC 6750, section 3).

use signal_protocol::ErrorCode;

/// The challenge that goes with `code`, if it is one of a 401.
///
/// Without a token there is no error attribute: the client simply did not know that one is wanted.
pub(crate) fn challenge(code: ErrorCode) -> Option<&'static str> {
    if code.status() != 401 {
        return None;
    }
    Some(if code == ErrorCode::TokenMissing {
        r#"Bearer realm="realtime""#
    } else if code == ErrorCode::TokenExpired {
        r#"Bearer realm="realtime", error="invalid_token", error_description="The access token expired""#
    } else {
        r#"Bearer realm="realtime", error="invalid_token""#
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_401_and_nothing_else_carries_a_challenge() {
        for &code in ErrorCode::ALL {
            assert_eq!(challenge(code).is_some(), code.status() == 401, "{code:?}");
        }
    }

    #[test]
    fn a_missing_token_is_no_invalid_token() {
        assert_eq!(challenge(ErrorCode::TokenMissing), Some(r#"Bearer realm="realtime""#));
        let invalid = challenge(ErrorCode::TokenInvalid).expect("a 401 has a challenge");
        assert!(invalid.contains(r#"error="invalid_token""#));
    }
}
