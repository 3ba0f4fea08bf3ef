//! A part of a list, by the key of the last item of the part before.

use signal_protocol::{ErrorCode, Page};

use crate::{Problem, Refusal, Slice};

/// A cursor that the list has not given out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the cursor is no cursor of this list")]
pub struct NotACursor;

impl Refusal for NotACursor {
    fn problem(&self) -> Problem {
        Problem::new(ErrorCode::InvalidField).field("cursor", "must be a `next_cursor` of this list")
    }
}

/// Which part of one list is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part<K> {
    /// The most items to answer with, at least 1.
    pub limit: usize,
    /// Behind which item it begins; none: with the first.
    pub after: Option<K>,
}

impl Slice {
    /// The part of a list that gives out such cursors as `parse` reads.
    ///
    /// # Errors
    /// The cursor is none of them.
    pub fn part<K>(&self, parse: impl FnOnce(&str) -> Option<K>) -> Result<Part<K>, NotACursor> {
        let after = match &self.cursor {
            Some(cursor) => Some(parse(cursor).ok_or(NotACursor)?),
            None => None,
        };
        Ok(Part { limit: usize::try_from(self.limit).unwrap_or(usize::MAX), after })
    }
}

impl<K: Ord + ToString> Part<K> {
    /// This part of `list`, which is sorted by `key`; every key there is a cursor, so the item it is of may be gone when it
    /// comes back.
    pub fn page<T>(&self, list: impl IntoIterator<Item = T>, key: impl Fn(&T) -> &K) -> Page<T> {
        let is_before = |item: &T| self.after.as_ref().is_some_and(|after| key(item) <= after);
        let mut rest = list.into_iter().skip_while(is_before);
        let items: Vec<T> = rest.by_ref().take(self.limit).collect();
        let goes_on = rest.next().is_some();
        let next_cursor = items.last().filter(|_| goes_on).map(|last| key(last).to_string());
        Page { items, next_cursor }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a part of at most three of `0..count` behind `after` is.
    #[track_caller]
    fn check(count: u32, after: Option<u32>, expected: &[u32], next_cursor: Option<&str>) {
        let page = Part { limit: 3, after }.page(0..count, |item| item);
        assert_eq!((page.items.as_slice(), page.next_cursor.as_deref()), (expected, next_cursor));
    }

    #[test]
    fn only_a_part_that_is_not_the_last_has_a_cursor() {
        check(0, None, &[], None);
        check(3, None, &[0, 1, 2], None);
        check(4, None, &[0, 1, 2], Some("2"));
    }

    #[test]
    fn a_part_begins_behind_the_last_item_of_the_one_before_though_that_is_gone() {
        check(5, Some(2), &[3, 4], None);
        check(9, Some(2), &[3, 4, 5], Some("5"));
        check(5, Some(4), &[], None);
        check(5, Some(99), &[], None);
        let odd = Part { limit: 3, after: Some(4) }.page([1, 3, 5, 7], |item| item);
        assert_eq!(odd.items, [5, 7]);
    }

    #[test]
    fn a_cursor_that_the_list_has_not_given_out_is_refused() {
        let parse = |cursor: &str| cursor.parse::<u32>().ok();
        let slice = |cursor: Option<&str>| Slice { limit: 7, cursor: cursor.map(str::to_owned) };
        assert_eq!(slice(None).part(parse), Ok(Part { limit: 7, after: None }));
        assert_eq!(slice(Some("4")).part(parse), Ok(Part { limit: 7, after: Some(4) }));
        assert_eq!(slice(Some("x")).part(parse), Err(NotACursor));
        assert_eq!(NotACursor.problem().fields()[0].field, "cursor");
    }
}
