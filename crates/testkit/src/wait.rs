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
            Err(_) => panic!("not within {bound:?}: {what}{seen}"),
        }
        tokio::time::sleep(BETWEEN_PROBES).await;
    }
}
