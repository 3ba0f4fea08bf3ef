//! Runs other programs to their end: streamed to the terminal, followed line by line, or read.
//!
//! Each runs in a process group of its own that is ended when the future waiting for it is dropped, so that Ctrl-C, SIGTERM and a failure
//! next door stop whatever the program itself had started too. Servers that stay are `testkit`'s business, not this module's.

use std::collections::VecDeque;
use std::ffi::OsStr;
use std::fmt::Write as _;
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use rustix::process::{Pid, Signal, kill_process_group};
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, BufReader};
use tokio::net::unix::pipe::Receiver;
use tokio::process::{Child, Command};

/// How many of a program's last lines are shown when it fails.
const TAIL_LINES: usize = 40;

/// How long output is still read after a program ended: a grandchild may hold the pipe open for ever.
const DRAIN: Duration = Duration::from_secs(1);

/// A program to run: no stdin, and a process group of its own.
pub(crate) fn program(name: impl AsRef<OsStr>) -> Command {
    let mut command = Command::new(name);
    command.stdin(Stdio::null()).process_group(0).kill_on_drop(true);
    command
}

/// Cargo itself, the one that runs this very program.
pub(crate) fn cargo() -> Command {
    let mut command = program(crate::environment::variable("CARGO").unwrap_or_else(|| "cargo".to_owned()));
    command.current_dir(crate::tree::root());
    command
}

/// Runs with this program's own stdout and stderr.
pub(crate) async fn stream(command: Command) -> Result<ExitStatus> {
    let shown = shown(&command);
    let mut running = Running::start(command, &shown)?;
    running.child.wait().await.with_context(|| format!("waiting for `{shown}`"))
}

/// Runs and hands every line of stdout and stderr, in the order written, to `line`.
pub(crate) async fn follow(mut command: Command, mut line: impl FnMut(&str)) -> Result<ExitStatus> {
    let shown = shown(&command);
    let (reader, writer) = std::io::pipe().context("making a pipe")?;
    command.stdout(writer.try_clone().context("sharing a pipe")?).stderr(writer);
    // `start` drops the command and with it our writing ends, so that the pipe ends with the program.
    let mut running = Running::start(command, &shown)?;
    let mut lines = BufReader::new(Receiver::from_owned_fd(reader.into()).context("reading a pipe")?);
    let mut buffer = Vec::new();
    let status = loop {
        tokio::select! {
            read = lines.read_until(b'\n', &mut buffer) => match read.with_context(|| format!("reading what `{shown}` says"))? {
                0 => break running.child.wait().await,
                _ => hand_over(&mut buffer, &mut line),
            },
            status = running.child.wait() => {
                let rest = async {
                    while lines.read_until(b'\n', &mut buffer).await.is_ok_and(|read| read > 0) {
                        hand_over(&mut buffer, &mut line);
                    }
                };
                // A time-out is no fault: the program itself is over.
                let _ = tokio::time::timeout(DRAIN, rest).await;
                break status;
            }
        }
    };
    if !buffer.is_empty() {
        // Its last line has no end, and was read before it ended.
        hand_over(&mut buffer, &mut line);
    }
    status.with_context(|| format!("waiting for `{shown}`"))
}

/// Runs; a failure is an error with the program's last lines in it.
pub(crate) async fn succeed(command: Command, mut line: impl FnMut(&str)) -> Result<()> {
    let shown = shown(&command);
    let mut tail = VecDeque::new();
    let status = follow(command, |said| {
        line(said);
        if tail.len() == TAIL_LINES {
            tail.pop_front();
        }
        tail.push_back(said.to_owned());
    })
    .await?;
    if status.success() {
        return Ok(());
    }
    let mut message = format!("`{shown}` failed ({status}). Its last lines:");
    for said in tail {
        write!(message, "\n    {said}").expect("a String takes everything");
    }
    bail!(message)
}

/// Runs and returns what it wrote on stdout; its stderr is ours.
pub(crate) async fn read(mut command: Command) -> Result<(ExitStatus, String)> {
    let shown = shown(&command);
    command.stdout(Stdio::piped());
    let mut running = Running::start(command, &shown)?;
    let mut written = Vec::new();
    if let Some(mut stdout) = running.child.stdout.take() {
        stdout.read_to_end(&mut written).await.with_context(|| format!("reading what `{shown}` says"))?;
    }
    let status = running.child.wait().await.with_context(|| format!("waiting for `{shown}`"))?;
    let text =
        String::from_utf8(written).with_context(|| format!("`{shown}` wrote something that is no UTF-8"))?;
    Ok((status, text))
}

/// The text without the escape sequences that colour it.
pub(crate) fn plain(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, sequence)) = rest.split_once("\x1b[") {
        plain.push_str(before);
        // A sequence ends with its first letter; one that is cut off swallows what is left.
        rest =
            sequence.split_once(|letter: char| letter.is_ascii_alphabetic()).map_or("", |(_, after)| after);
    }
    plain.push_str(rest);
    plain
}

fn hand_over(buffer: &mut Vec<u8>, line: &mut impl FnMut(&str)) {
    line(String::from_utf8_lossy(buffer).trim_end());
    buffer.clear();
}

fn shown(command: &Command) -> String {
    let command = command.as_std();
    let mut shown = command.get_program().to_string_lossy().into_owned();
    for argument in command.get_args() {
        write!(shown, " {}", argument.to_string_lossy()).expect("a String takes everything");
    }
    shown
}

struct Running {
    child: Child,
    group: Option<Pid>,
}

impl Running {
    fn start(mut command: Command, shown: &str) -> Result<Self> {
        let child = command.spawn().with_context(|| format!("starting `{shown}`"))?;
        let group = child.id().and_then(|id| Pid::from_raw(i32::try_from(id).ok()?));
        Ok(Self { child, group })
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // Once the program was waited for its id may belong to somebody else: `id()` is then `None`, and nobody is signalled.
        if let (Some(_), Some(group)) = (self.child.id(), self.group) {
            let _ = kill_process_group(group, Signal::TERM);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::plain;

    #[test]
    fn colours_are_taken_out_and_the_text_stays() {
        for (coloured, expected) in [
            ("nothing to do", "nothing to do"),
            ("\x1b[1mApache Maven 3.8.7\x1b[m", "Apache Maven 3.8.7"),
            ("\x1b[1;32m     Running\x1b[0m tests", "     Running tests"),
            ("cut \x1b[1", "cut "),
        ] {
            assert_eq!(plain(coloured), expected, "{coloured:?}");
        }
    }
}
