//! Work of which only the latest matters.

/// Has one thing done at a time; of those that come meanwhile the last one is done next, and the others never.
pub(crate) struct Latest<T> {
    is_busy: bool,
    waiting: Option<T>,
}

impl<T> Latest<T> {
    /// Begins nothing before [`Latest::done`] was called once.
    pub(crate) const fn held() -> Self {
        Self { is_busy: true, waiting: None }
    }

    /// Takes `wanted`, and gives it back if it is to be begun now.
    pub(crate) fn wants(&mut self, wanted: T) -> Option<T> {
        if self.is_busy {
            self.waiting = Some(wanted);
            return None;
        }
        self.is_busy = true;
        Some(wanted)
    }

    /// Whether something was begun and is not done.
    pub(crate) const fn is_busy(&self) -> bool {
        self.is_busy
    }

    /// What was begun is done; gives what is to be begun now.
    pub(crate) fn done(&mut self) -> Option<T> {
        let next = self.waiting.take();
        self.is_busy = next.is_some();
        next
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_at_a_time_and_of_the_others_the_last() {
        let mut latest = Latest::held();
        assert_eq!(latest.wants(1), None);
        assert_eq!(latest.done(), Some(1));
        assert_eq!(latest.wants(2), None);
        assert_eq!(latest.wants(3), None);
        assert_eq!(latest.done(), Some(3));
        assert_eq!(latest.done(), None);
        assert_eq!(latest.wants(4), Some(4));
    }
}
