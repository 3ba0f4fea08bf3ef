//! Waiting for a condition, with a bound. Tests never sleep for a fixed time.

use std::time::Duration;

use tokio::time::Instant;

/// Short enough not to slow a test down, long enough not to load the machine.
const BETWEEN_PROBES: Duration = Duration::from_millis(20);

/// What a probe of [`eventually`] may answer.
pub trait Verdict {
    /// What is handed to the caller once the condition holds.
    type Value;

    /// The value, or what was seen instead of it.
    ///
    /// # Errors
    /// The condition does not hold yet; the text tells what was seen, and may be empty.
    fn settled(self) -> Result<Self::Value, String>;
}

impl Verdict for bool {
    type Value = ();

    fn settled(self) -> Result<(), String> {
        if self { Ok(()) } else { Err(String::new()) }
    }
}

impl<T> Verdict for Option<T> {
    type Value = T;

    fn settled(self) -> Result<T, String> {
        self.ok_or_else(String::new)
    }
}

impl<T, E: std::fmt::Display> Verdict for Result<T, E> {
    type Value = T;

    fn settled(self) -> Result<T, String> {
        self.map_err(|error| format!("; last seen: {error}"))
    }
}

/// Probes until the answer is `true`, `Some` or `Ok`, and gives what it carries.
///
/// # Panics
/// After `bound`, with `what` and the last thing seen. A probe that itself never answers is cut off by the same bound.
pub async fn eventually<V: Verdict>(
    what: &str,
    bound: Duration,
    mut probe: impl AsyncFnMut() -> V,
) -> V::Value {
    let deadline = Instant::now() + bound;
    let mut seen = String::new();
    loop {
        match tokio::time::timeout_at(deadline, probe()).await.map(Verdict::settled) {
            Ok(Ok(value)) => return value,
            Ok(Err(instead)) => seen = instead,
            Err(_) => {}
        }
        // Asked for here too: a probe that answers at once is never cut off.
        assert!(Instant::now() < deadline, "not within {bound:?}: {what}{seen}");
        tokio::time::sleep(BETWEEN_PROBES).await;
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    const BOUND: Duration = Duration::from_millis(50);

    #[tokio::test]
    async fn the_value_is_given_once_the_condition_holds() {
        let probes = Cell::new(0);
        let third = async || {
            probes.set(probes.get() + 1);
            (probes.get() == 3).then_some("value")
        };
        assert_eq!(eventually("the third probe", Duration::from_mins(1), third).await, "value");
    }

    #[tokio::test]
    #[should_panic(expected = "not within 50ms: rain; last seen: sun")]
    async fn a_condition_that_never_holds_ends_with_what_was_seen() {
        eventually("rain", BOUND, async || Err::<(), _>("sun")).await;
    }

    #[tokio::test]
    #[should_panic(expected = "not within 50ms: an answer")]
    async fn a_probe_that_never_answers_is_cut_off() {
        eventually("an answer", BOUND, std::future::pending::<bool>).await;
    }
}
