//! Requests made beforehand, asked one after the other.

use anyhow::{Result, ensure};

use super::{Answer, Dialogue};

/// Whole requests that all lanes share: each is sent once, in this order, and from the start again when they run out.
pub(in crate::bench) struct List<'a> {
    requests: &'a [Box<[u8]>],
    expected: u16,
    next: usize,
}

impl<'a> List<'a> {
    /// # Panics
    /// At its first use, if there are no requests.
    pub(in crate::bench) fn new(requests: &'a [Box<[u8]>], expected: u16) -> Self {
        Self { requests, expected, next: 0 }
    }
}

impl Dialogue for List<'_> {
    fn request(&mut self, _: usize) -> &[u8] {
        let request = &self.requests[self.next % self.requests.len()];
        self.next += 1;
        request
    }

    fn answered(&mut self, _: usize, answer: &Answer<'_>) -> Result<()> {
        expect(answer, self.expected)
    }

    fn is_midway(&self, _: usize) -> bool {
        false
    }
}

/// An error that shows the answer, unless it has this status.
pub(in crate::bench) fn expect(answer: &Answer<'_>, status: u16) -> Result<()> {
    let body = || String::from_utf8_lossy(answer.body);
    ensure!(answer.status == status, "the answer was {} instead of {status}: {}", answer.status, body());
    Ok(())
}
