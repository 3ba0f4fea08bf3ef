//! How a client says who it is at the token endpoint.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use url::form_urlencoded;

/// Id and secret of a confidential client, as it sent them.
#[derive(Clone, PartialEq, Eq)]
pub struct ClientCredentials {
    /// The client's id.
    pub client_id: String,
    /// What it says its secret is.
    pub client_secret: String,
}

impl ClientCredentials {
    /// Reads the header `Authorization: Basic …`, whose halves are encoded as in a form (RFC 6749, section 2.3.1).
    /// `None` for anything else.
    #[must_use]
    pub fn from_basic(header: &str) -> Option<Self> {
        let (scheme, encoded) = header.split_once(' ')?;
        let pair = STANDARD.decode(encoded.trim()).ok().filter(|_| scheme.eq_ignore_ascii_case("basic"))?;
        let (id, secret) = std::str::from_utf8(&pair).ok()?.split_once(':')?;
        Some(Self { client_id: decoded(id), client_secret: decoded(secret) })
    }
}

fn decoded(text: &str) -> String {
    // One half is one name of a form: its own `=` and `&` are escaped.
    form_urlencoded::parse(text.as_bytes()).next().map(|(name, _)| name.into_owned()).unwrap_or_default()
}

impl fmt::Debug for ClientCredentials {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("ClientCredentials")
            .field("client_id", &self.client_id)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_halves_are_decoded_as_in_a_form() {
        let header = format!("Basic {}", STANDARD.encode("my+app:a%2Bb%3D%26%25%3A+%C3%A9"));
        let read = ClientCredentials::from_basic(&header).unwrap();
        assert_eq!((read.client_id.as_str(), read.client_secret.as_str()), ("my app", "a+b=&%: é"));
        assert!(!format!("{read:?}").contains('é'));
    }

    #[test]
    fn anything_else_names_nobody() {
        let no_colon = format!("Basic {}", STANDARD.encode("realtime"));
        for header in ["", "Basic", "Basic !", "Bearer cmVhbHRpbWU6eA==", no_colon.as_str()] {
            assert_eq!(ClientCredentials::from_basic(header), None, "{header}");
        }
    }
}
