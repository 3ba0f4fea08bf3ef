//! What the endpoints about blocks share.

use http_server::Problem;
use signal_protocol::{ErrorCode, UserId};

/// A user whose id can stand in the address of the internal API. One called `.` or `..` cannot: parsers of URLs resolve
/// both away, escaped or not, and the question would be about something else.
pub(super) fn addressable(user: UserId) -> Result<UserId, Problem> {
    match user.as_str() {
        "." | ".." => Err(Problem::new(ErrorCode::InvalidField)
            .field("user_id", "must not be a dot segment, which cannot stand in an address")),
        _ => Ok(user),
    }
}
