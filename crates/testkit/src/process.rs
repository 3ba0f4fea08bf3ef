//! A child process that never outlives its owner, with its last output at hand.
//!
//! Three things end it, whichever comes first: [`Process::stop`], dropping it (a panicking test does that too), and the
//! end of this process by any means, `SIGKILL` included. The last one is Linux's parent-death signal, set by
//! `setpriv`; where there is no `setpriv`, only the first two hold.

mod keeper;
mod launch;
mod output;
mod ready;

use std::fmt;
use std::process::{Child, ExitStatus};
use std::time::Duration;

use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, kill_process_group, waitid};
use tokio::sync::watch;

use crate::Failure;
pub use launch::Launch;
use output::Output;
pub use ready::Ready;

/// How long a process may take to end itself after `SIGTERM` before it is killed.
const GRACE: Duration = Duration::from_secs(10);

/// How long the last words of a process that has ended may take to arrive.
const LAST_WORDS: Duration = Duration::from_secs(3);

/// How a process ended.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Exit {
    /// By itself, with this code.
    Code(i32),
    /// By this signal.
    Signal(i32),
}

impl fmt::Display for Exit {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Code(code) => write!(formatter, "ended with code {code}"),
            Self::Signal(signal) => write!(formatter, "was ended by signal {signal}"),
        }
    }
}

/// A running child and everything it started, unless that left its process group.
#[derive(Debug)]
pub struct Process {
    name: String,
    child: Child,
    group: Pid,
    output: Output,
    exit: watch::Receiver<Option<Exit>>,
    reaped: bool,
}

impl Process {
    fn watch_over(name: String, child: Child, output: Output) -> Result<Self, Failure> {
        let group = Pid::from_child(&child);
        let (ended, exit) = watch::channel(None);
        let process = Self { name, child, group, output, exit, reaped: false };
        std::thread::Builder::new()
            .name("testkit-exit".to_owned())
            .spawn(move || await_exit(group, &ended))
            .map_err(|error| Failure::because("cannot start a thread to wait for a child", error))?;
        Ok(process)
    }

    /// The name it was launched under.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its process id, which is also its group's.
    #[must_use]
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// The last lines it wrote to its standard output and error, in order.
    #[must_use]
    pub fn output(&self) -> String {
        self.output.text()
    }

    /// How it ended, if it has.
    #[must_use]
    pub fn exited(&self) -> Option<Exit> {
        *self.exit.borrow()
    }

    /// Waits until it ends by itself or is stopped, and its last words are in [`Self::output`]. May be cancelled.
    ///
    /// # Panics
    /// When the operating system will not let this process wait for its own child.
    pub async fn exit(&self) -> Exit {
        let mut exit = self.exit.clone();
        let seen = exit.wait_for(Option::is_some).await.ok().and_then(|seen| *seen);
        // A child of the child may hold the pipe open for longer.
        let _ = tokio::time::timeout(LAST_WORDS, self.output.ended()).await;
        seen.expect("a child of this process can be waited for")
    }

    /// Waits until it serves.
    ///
    /// # Errors
    /// It ended, or did not serve within `bound`; its last output is part of the text.
    pub async fn ready(&self, until: Ready<'_>, bound: Duration) -> Result<(), Failure> {
        let reason = tokio::select! {
            exit = self.exit() => format!("{exit} before it was ready"),
            outcome = tokio::time::timeout(bound, until.holds(&self.output)) => match outcome {
                Ok(()) => return Ok(()),
                Err(_) => format!("was not ready within {bound:?} ({until})"),
            },
        };
        Err(Failure::new(format!("{} {reason}; its last output:\n{}", self.name, self.output())))
    }

    /// Asks the whole group to end, kills what has not within ten seconds, and waits until it is gone.
    pub async fn stop(self) -> Exit {
        self.stop_within(GRACE).await
    }

    /// As [`Self::stop`] with another patience.
    pub async fn stop_within(mut self, grace: Duration) -> Exit {
        self.signal(Signal::TERM);
        if tokio::time::timeout(grace, self.exit()).await.is_err() {
            self.signal(Signal::KILL);
        }
        let exit = self.exit().await;
        self.end();
        exit
    }

    /// Ends it as the machine's failure would: without a chance to say goodbye.
    pub async fn kill(mut self) -> Exit {
        self.signal(Signal::KILL);
        let exit = self.exit().await;
        self.end();
        exit
    }

    /// Asks it to end, as a supervisor would, and does not wait for it.
    pub fn terminate(&self) {
        self.signal(Signal::TERM);
    }

    /// Stops it in the middle of whatever it does, until [`Self::resume`]: a machine that hangs.
    pub fn pause(&self) {
        self.signal(Signal::STOP);
    }

    /// Lets it go on after [`Self::pause`].
    pub fn resume(&self) {
        self.signal(Signal::CONT);
    }

    fn signal(&self, signal: Signal) {
        // The only error possible is that nobody is left in the group, and then there is nothing to do.
        let _ = kill_process_group(self.group, signal);
    }

    /// Kills what is left of the group, then lets go of the leader.
    ///
    /// In this order: until the leader is waited for, its number, and so the group's, cannot become somebody else's.
    fn end(&mut self) {
        if !self.reaped {
            self.signal(Signal::KILL);
            let _: std::io::Result<ExitStatus> = self.child.wait();
            self.reaped = true;
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.end();
    }
}

/// Tells how the child ended but leaves it to be waited for, see [`Process::end`].
fn await_exit(child: Pid, ended: &watch::Sender<Option<Exit>>) {
    let options = WaitIdOptions::EXITED | WaitIdOptions::NOWAIT;
    loop {
        match waitid(WaitId::Pid(child), options) {
            Ok(Some(status)) => {
                let exit = status
                    .exit_status()
                    .map(Exit::Code)
                    .or_else(|| status.terminating_signal().map(Exit::Signal));
                if exit.is_some() {
                    // Nobody may be interested any more.
                    let _ = ended.send(exit);
                    return;
                }
            }
            Ok(None) | Err(rustix::io::Errno::INTR) => {}
            // Already let go of by its owner.
            Err(_) => return,
        }
    }
}
