//! Several addresses of one service: which to ask first, and which next.

use std::sync::atomic::{AtomicUsize, Ordering};

use url::Url;

/// The addresses, and the one that answered last.
///
/// Whoever answered is asked again: a replica that is gone or hangs then costs one request its patience and not
/// every second one. Each client begins at another, so that the load is spread.
#[derive(Debug)]
pub(crate) struct Replicas {
    urls: Vec<Url>,
    preferred: AtomicUsize,
}

impl Replicas {
    /// `None` without any address.
    pub(crate) fn new(urls: &[Url]) -> Option<Self> {
        let first = (!urls.is_empty()).then(|| rand::random_range(0..urls.len()))?;
        Some(Self { urls: urls.to_vec(), preferred: AtomicUsize::new(first) })
    }

    pub(crate) fn count(&self) -> usize {
        self.urls.len()
    }

    /// The one to ask first, as a place in the circle of all.
    pub(crate) fn first(&self) -> usize {
        self.preferred.load(Ordering::Relaxed)
    }

    /// The address at a place, counted on and on around the circle.
    pub(crate) fn at(&self, place: usize) -> &Url {
        &self.urls[place % self.urls.len()]
    }

    /// The address at `place` gave no answer: others begin at the next one. Unless somebody has moved on already.
    pub(crate) fn failed(&self, place: usize) {
        let count = self.urls.len();
        let (current, next) = (place % count, (place + 1) % count);
        // Either this succeeds, or another request has chosen meanwhile, which is as good.
        let _ = self.preferred.compare_exchange(current, next, Ordering::Relaxed, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_one_is_asked_first_once_one_has_failed() {
        let urls = ["http://a/", "http://b/"].map(|url| Url::parse(url).expect("a URL"));
        let replicas = Replicas::new(&urls).expect("two are some");
        let first = replicas.first();
        replicas.failed(first);
        assert_ne!(replicas.at(replicas.first()), replicas.at(first));
        // A second request that failed at the same one changes nothing.
        replicas.failed(first);
        assert_ne!(replicas.at(replicas.first()), replicas.at(first));
        assert!(Replicas::new(&[]).is_none());
    }
}
