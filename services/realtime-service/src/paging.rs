//! Lists in parts, by the last id of the part before.

use http_server::{Problem, Refusal};
use signal_protocol::{ErrorCode, Page};

/// A cursor that no list here has given out.
#[derive(Debug, thiserror::Error)]
#[error("the cursor is no cursor of this list")]
pub(crate) struct NotACursor;

impl Refusal for NotACursor {
    fn problem(&self) -> Problem {
        Problem::new(ErrorCode::InvalidField).field("cursor", "must be a `next_cursor` of this list")
    }
}

/// At most `limit` of `items`, which are sorted; `cursor` names one, to go on behind it.
pub(crate) fn page<T>(items: impl Iterator<Item = T>, limit: u32, cursor: impl Fn(&T) -> String) -> Page<T> {
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let mut items: Vec<T> = items.take(limit.saturating_add(1)).collect();
    let goes_on = items.len() > limit;
    items.truncate(limit);
    let next_cursor = items.last().filter(|_| goes_on).map(cursor);
    Page { items, next_cursor }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_part_that_is_not_the_last_has_a_cursor() {
        let check = |count: u32, expected: usize, cursor: Option<&str>| {
            let page = page(0..count, 3, ToString::to_string);
            assert_eq!((page.items.len(), page.next_cursor.as_deref()), (expected, cursor), "{count}");
        };
        check(0, 0, None);
        check(3, 3, None);
        check(4, 3, Some("2"));
    }
}
