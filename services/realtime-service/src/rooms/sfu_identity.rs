//! The name of a participant in the path.

use http_server::PathParameter;

/// The longest identity that is looked at, in bytes. Ours are shorter.
const LONGEST: usize = 256;

/// What LiveKit calls somebody: of our making or of somebody else's, such as a recorder's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SfuIdentity(String);

impl SfuIdentity {
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

impl PathParameter for SfuIdentity {
    const NAME: &'static str = "identity";

    fn parse(text: &str) -> Result<Self, String> {
        if !text.is_empty() && text.len() <= LONGEST && !text.contains(char::is_control) {
            Ok(Self(text.to_owned()))
        } else {
            Err("must be 1 to 256 bytes without control characters".to_owned())
        }
    }
}
