//! The last lines of a child's output, in bounded memory.

use std::collections::VecDeque;
use std::fs::File;
use std::io::{BufRead, BufReader, PipeReader, Read, Write};
use std::sync::{Arc, Mutex, MutexGuard};

use tokio::sync::watch;

use crate::Failure;
use crate::lock::held;

/// Enough to see why a start failed, and for tests that look for one line among those of a short run.
const KEPT_LINES: usize = 4_000;
/// A longer line is cut into several.
const LINE_BYTES: u64 = 16 * 1024;

/// Where else the output goes.
#[derive(Debug)]
pub(super) struct Sinks {
    pub(super) log: Option<File>,
    pub(super) forwarded: bool,
}

/// A handle on what was captured so far.
#[derive(Clone, Debug)]
pub(super) struct Output {
    lines: Arc<Mutex<VecDeque<String>>>,
    ended: watch::Sender<bool>,
}

impl Output {
    /// Reads until nobody holds the other end of the pipe any more.
    pub(super) fn capture(pipe: PipeReader, sinks: Sinks) -> Result<Self, Failure> {
        let output = Self::nothing();
        let written = output.clone();
        std::thread::Builder::new()
            .name("testkit-output".to_owned())
            .spawn(move || {
                written.read(BufReader::new(pipe), sinks);
                written.ended.send_replace(true);
            })
            .map_err(|error| Failure::because("cannot start a thread to read a child's output", error))?;
        Ok(output)
    }

    fn nothing() -> Self {
        Self { lines: Arc::default(), ended: watch::Sender::new(false) }
    }

    /// Waits until there is nothing more to come.
    pub(super) async fn ended(&self) {
        // The sender lives as long as this handle.
        let _ = self.ended.subscribe().wait_for(|ended| *ended).await;
    }

    /// All kept lines.
    pub(super) fn text(&self) -> String {
        self.lines().iter().fold(String::new(), |text, line| text + line + "\n")
    }

    /// Whether a kept line holds the text.
    pub(super) fn contains(&self, text: &str) -> bool {
        self.lines().iter().any(|line| line.contains(text))
    }

    fn read(&self, mut pipe: impl BufRead, mut sinks: Sinks) {
        let mut line = Vec::new();
        // A failed read of a pipe means what its end means: there is nothing more to come.
        while pipe.by_ref().take(LINE_BYTES).read_until(b'\n', &mut line).is_ok_and(|length| length > 0) {
            // A full disk or a closed terminal must not stop the child, so neither may stop this loop.
            if let Some(log) = &mut sinks.log {
                let _ = log.write_all(&line);
            }
            if sinks.forwarded {
                let _ = std::io::stdout().write_all(&line);
            }
            self.keep(String::from_utf8_lossy(&line).trim_end().to_owned());
            line.clear();
        }
    }

    fn keep(&self, line: String) {
        let mut lines = self.lines();
        if lines.len() == KEPT_LINES {
            lines.pop_front();
        }
        lines.push_back(line);
    }

    fn lines(&self) -> MutexGuard<'_, VecDeque<String>> {
        held(&self.lines)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_last_lines_are_kept() {
        let output = Output::nothing();
        let lines: Vec<String> = (0..KEPT_LINES + 10).map(|number| format!("line {number}.\n")).collect();
        output.read(lines.concat().as_bytes(), Sinks { log: None, forwarded: false });
        assert!(!output.contains("line 9."));
        assert!(output.contains("line 10."));
        assert!(output.text().ends_with(&format!("line {}.\n", KEPT_LINES + 9)));
    }

    #[test]
    fn a_line_without_an_end_is_cut_instead_of_filling_the_memory() {
        let output = Output::nothing();
        output.read(
            std::io::repeat(b'x').take(3 * LINE_BYTES).buffered(),
            Sinks { log: None, forwarded: false },
        );
        assert_eq!(output.lines().len(), 3);
    }

    trait Buffered: Read + Sized {
        fn buffered(self) -> BufReader<Self> {
            BufReader::new(self)
        }
    }

    impl<R: Read> Buffered for R {}
}
