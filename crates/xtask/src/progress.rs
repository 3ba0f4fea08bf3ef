//! Says on stderr what is being done while it is being done.
//!
//! On a terminal one line at the bottom is redrawn every second with all running steps; elsewhere each running step says every ten seconds
//! that it is still at it, so that a log of continuous integration never looks dead.

use std::io::{IsTerminal as _, Write as _};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::task::JoinHandle;

const REDRAW: Duration = Duration::from_secs(1);
const HEARTBEAT: Duration = Duration::from_secs(10);
const WIDTH: usize = 110;

/// Several steps at once, shown together. Ends the display when dropped.
pub(crate) struct Progress {
    board: Arc<Board>,
    ticker: JoinHandle<()>,
}

/// One piece of work under way; disappears from the display when dropped.
pub(crate) struct Step {
    board: Arc<Board>,
    title: String,
    since: Instant,
}

struct Board {
    on_terminal: bool,
    running: Mutex<Vec<Running>>,
}

struct Running {
    title: String,
    since: Instant,
    spoke: Instant,
    note: String,
}

impl Progress {
    pub(crate) fn start() -> Self {
        let board =
            Arc::new(Board { on_terminal: std::io::stderr().is_terminal(), running: Mutex::new(Vec::new()) });
        let ticking = Arc::clone(&board);
        let ticker = tokio::spawn(async move {
            let mut tick = tokio::time::interval(REDRAW);
            loop {
                tick.tick().await;
                ticking.tick();
            }
        });
        Self { board, ticker }
    }

    /// A finished sentence about `title`.
    pub(crate) fn say(&self, title: &str, sentence: &str) {
        self.board.line(title, sentence);
    }

    /// Starts a step and says what it is about to do.
    pub(crate) fn step(&self, title: &str, doing: &str) -> Step {
        self.board.line(title, doing);
        let since = Instant::now();
        let running = Running { title: title.to_owned(), since, spoke: since, note: String::new() };
        self.board.running().push(running);
        Step { board: Arc::clone(&self.board), title: title.to_owned(), since }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.ticker.abort();
        self.board.erase();
    }
}

impl Step {
    /// The latest thing heard of this step; shown with the next sign of life.
    pub(crate) fn note(&self, heard: &str) {
        if let Some(running) = self.board.running().iter_mut().find(|running| running.title == self.title) {
            heard.trim().clone_into(&mut running.note);
        }
    }

    /// Ends the step well.
    pub(crate) fn done(self, sentence: &str) {
        self.board.line(&self.title, &format!("{sentence} ({})", elapsed(self.since)));
    }
}

impl Drop for Step {
    fn drop(&mut self) {
        self.board.running().retain(|running| running.title != self.title);
    }
}

impl Board {
    fn running(&self) -> MutexGuard<'_, Vec<Running>> {
        // A panic elsewhere leaves the list whole: every change of it is a single call.
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn line(&self, title: &str, sentence: &str) {
        self.erase();
        eprintln!("{title}: {sentence}");
    }

    fn erase(&self) {
        if self.on_terminal {
            eprint!("\r\x1b[K");
        }
    }

    fn tick(&self) {
        if self.on_terminal {
            self.redraw();
        } else {
            self.heartbeat();
        }
    }

    fn redraw(&self) {
        let shown: Vec<String> = self
            .running()
            .iter()
            .map(|step| format!("{} {} {}", step.title, elapsed(step.since), step.note))
            .collect();
        if shown.is_empty() {
            return;
        }
        let line: String = shown.join(" | ").chars().take(WIDTH).collect();
        eprint!("\r\x1b[K{line}");
        // A display that cannot be drawn is no reason to stop the work.
        let _ = std::io::stderr().flush();
    }

    fn heartbeat(&self) {
        for step in self.running().iter_mut().filter(|step| step.spoke.elapsed() >= HEARTBEAT) {
            step.spoke = Instant::now();
            let note: String = step.note.chars().take(WIDTH).collect();
            eprintln!("{}: still at it after {}. {note}", step.title, elapsed(step.since));
        }
    }
}

/// A duration for people: whole seconds, and minutes from one up.
pub(crate) fn elapsed(since: Instant) -> String {
    let seconds = since.elapsed().as_secs();
    if seconds < 60 { format!("{seconds} s") } else { format!("{} min {} s", seconds / 60, seconds % 60) }
}
