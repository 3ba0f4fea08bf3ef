//! What the head of a request may weigh.

use actix_web::dev::RequestHead;
use signal_protocol::ErrorCode;

use crate::{Problem, ServerSettings};

/// Refuses a head that is larger than any honest client's.
///
/// The parser below has bounds of its own (96 headers, 128 KiB), which it answers itself; see
/// [`crate::connection`] for how its answers become problems too.
pub(crate) fn check(head: &RequestHead, settings: &ServerSettings) -> Result<(), Problem> {
    let url = head.uri.path_and_query().map_or(0, |url| url.as_str().len());
    if url > as_size(settings.url_limit_bytes) {
        return Err(Problem::new(ErrorCode::InvalidField)
            .field("url", format!("must be at most {} bytes long", settings.url_limit_bytes)));
    }
    // Names, values, and the four bytes around them: `: ` and the end of the line.
    let (count, bytes) = head.headers.iter().fold((0, 0), |(count, bytes), (name, value)| {
        (count + 1, bytes + name.as_str().len() + value.len() + 4)
    });
    if count > usize::from(settings.header_count_limit) || bytes > as_size(settings.header_limit_bytes) {
        return Err(Problem::new(ErrorCode::HeadersTooLarge));
    }
    Ok(())
}

fn as_size(bytes: u32) -> usize {
    usize::try_from(bytes).unwrap_or(usize::MAX)
}
