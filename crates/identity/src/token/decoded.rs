//! A token taken apart into texts, which all that is read from it borrows.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::refusal::TokenRefused::{self, Invalid};
use crate::{MAX_TOKEN_BYTES, refusal::reason};

/// The parts of a token. Header and payload are some text; whether it is JSON was not looked at.
pub(crate) struct Decoded<'token> {
    pub(super) header: String,
    pub(super) payload: String,
    /// The header and the payload as they were signed.
    pub(super) message: &'token str,
    pub(super) signature: &'token str,
}

impl<'token> Decoded<'token> {
    pub(crate) fn new(token: &'token str) -> Result<Self, TokenRefused> {
        if token.len() > MAX_TOKEN_BYTES {
            return Err(Invalid(reason::TOO_LONG));
        }
        let malformed = Invalid(reason::MALFORMED);
        let (message, signature) = token.rsplit_once('.').ok_or(malformed)?;
        // A third dot ends up in the payload, where no decoder accepts it.
        let (header, payload) = message.split_once('.').ok_or(malformed)?;
        let (header, payload) = (text(header).ok_or(malformed)?, text(payload).ok_or(malformed)?);
        Ok(Self { header, payload, message, signature })
    }
}

/// The text that `encoded` stands for.
pub(super) fn text(encoded: &str) -> Option<String> {
    String::from_utf8(URL_SAFE_NO_PAD.decode(encoded).ok()?).ok()
}
