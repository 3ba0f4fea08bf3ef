//! What to start, and how.

use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;

use super::output::{Output, Sinks};
use super::{Process, keeper};
use crate::{Failure, components};

/// A program with its arguments and surroundings, not yet started.
///
/// The child inherits this process's environment; its standard input is empty.
#[derive(Debug)]
pub struct Launch {
    name: String,
    program: PathBuf,
    arguments: Vec<OsString>,
    environment: Vec<(OsString, OsString)>,
    folder: Option<PathBuf>,
    log: Option<PathBuf>,
    forwarded: bool,
}

impl Launch {
    /// `name` is what messages call it.
    pub fn new(name: impl Into<String>, program: impl Into<PathBuf>) -> Self {
        Self {
            name: name.into(),
            program: program.into(),
            arguments: Vec::new(),
            environment: Vec::new(),
            folder: None,
            log: None,
            forwarded: false,
        }
    }

    /// Adds one argument.
    #[must_use]
    pub fn arg(mut self, argument: impl AsRef<OsStr>) -> Self {
        self.arguments.push(argument.as_ref().to_owned());
        self
    }

    /// Adds arguments.
    #[must_use]
    pub fn args(mut self, arguments: impl IntoIterator<Item = impl AsRef<OsStr>>) -> Self {
        self.arguments.extend(arguments.into_iter().map(|argument| argument.as_ref().to_owned()));
        self
    }

    /// Sets a variable of its environment.
    #[must_use]
    pub fn env(mut self, name: impl AsRef<OsStr>, value: impl AsRef<OsStr>) -> Self {
        self.environment.push((name.as_ref().to_owned(), value.as_ref().to_owned()));
        self
    }

    /// Sets variables of its environment.
    #[must_use]
    pub fn envs<N: AsRef<OsStr>, V: AsRef<OsStr>>(self, variables: impl IntoIterator<Item = (N, V)>) -> Self {
        variables.into_iter().fold(self, |launch, (name, value)| launch.env(name, value))
    }

    /// The folder it runs in; else this process's.
    #[must_use]
    pub fn folder(mut self, folder: impl AsRef<Path>) -> Self {
        self.folder = Some(folder.as_ref().to_owned());
        self
    }

    /// Writes all of its output to this file too; what the file held before is gone.
    #[must_use]
    pub fn log_to(mut self, file: impl AsRef<Path>) -> Self {
        self.log = Some(file.as_ref().to_owned());
        self
    }

    /// Passes all of its output on to this process's standard output too.
    #[must_use]
    pub fn forwarded(mut self) -> Self {
        self.forwarded = true;
        self
    }

    /// Starts it.
    ///
    /// # Errors
    /// The program or the log file cannot be opened.
    pub fn spawn(self) -> Result<Process, Failure> {
        let describe = |error| Failure::because(format!("cannot capture the output of {}", self.name), error);
        let log = self.log.as_ref().map(File::create).transpose().map_err(describe)?;
        let (reader, writer) = std::io::pipe().map_err(describe)?;
        let mut command = bound_to_this_process(&self.program);
        command
            .args(&self.arguments)
            .envs(self.environment.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::null())
            .stdout(writer.try_clone().map_err(describe)?)
            .stderr(writer)
            .process_group(0);
        if let Some(folder) = &self.folder {
            command.current_dir(folder);
        }
        // The command, and with it our end of the pipe, is dropped by the keeper: the reader sees the end of output
        // when the last process that writes to it is gone.
        let child = keeper::spawn(command)?;
        let output = Output::capture(reader, Sinks { log, forwarded: self.forwarded })?;
        Process::watch_over(self.name, child, output)
    }
}

/// `setpriv` replaces itself with the program, so that the child is the program and not a wrapper of it.
fn bound_to_this_process(program: &Path) -> Command {
    static SETPRIV: OnceLock<Option<PathBuf>> = OnceLock::new();
    match SETPRIV.get_or_init(|| components::on_path("setpriv")) {
        Some(setpriv) => {
            let mut command = Command::new(setpriv);
            command.args(["--pdeathsig", "KILL", "--"]).arg(program);
            command
        }
        None => Command::new(program),
    }
}
