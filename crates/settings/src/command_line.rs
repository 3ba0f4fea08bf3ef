//! The options that every service has.

mod health;

use std::ffi::OsString;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::exit;

use clap::{Arg, ArgAction, ArgGroup, ArgMatches, Command, value_parser};

use crate::shape::Shape;
use crate::{Faults, Service, Settings, load, print};

/// The program did what it was asked for.
const DONE: i32 = 0;
/// `--health`: the running service does not answer, or not well.
const UNWELL: i32 = 1;
/// The options or the settings are wrong.
const WRONG: i32 = 2;

/// What a service starts with.
#[derive(Debug)]
pub struct Started<S> {
    /// The settings, checked.
    pub settings: S,
}

/// Reads the command line, then the settings, and returns if the service is to start.
///
/// Otherwise the process ends here: with 0 when it did what it was asked for (`--help`, `--version`,
/// `--check-config`, `--print-config`, `--health`), 1 when `--health` finds the service unwell, 2 when the options or
/// the settings are wrong.
#[must_use]
pub fn command_line<S: Settings>(service: &Service) -> Started<S> {
    #[expect(clippy::disallowed_methods, reason = "this is the one place that reads settings")]
    let environment = std::env::vars_os();
    match run(service, std::env::args_os(), environment, &mut std::io::stdout(), &mut std::io::stderr()) {
        Outcome::Start(started) => *started,
        Outcome::Exit(code) => exit(code),
    }
}

#[derive(Debug)]
enum Outcome<S> {
    Start(Box<Started<S>>),
    Exit(i32),
}

fn run<S: Settings>(
    service: &Service,
    arguments: impl IntoIterator<Item = OsString>,
    environment: impl IntoIterator<Item = (OsString, OsString)>,
    output: &mut impl Write,
    errors: &mut impl Write,
) -> Outcome<S> {
    let options = match command(service).try_get_matches_from(arguments) {
        Ok(options) => options,
        Err(error) => {
            let (stream, code): (&mut dyn Write, _) =
                if error.use_stderr() { (errors, WRONG) } else { (output, DONE) };
            return finish(stream, &error.to_string(), code);
        }
    };
    let file = file(service, &options);
    let read = as_text(service, environment)
        .and_then(|environment| load::read::<S>(service, file.as_deref(), environment));
    let (settings, values) = match read {
        Ok(read) => read,
        Err(faults) => return finish(errors, &faults.to_string(), WRONG),
    };
    if options.get_flag("check-config") {
        finish(output, "configuration is valid\n", DONE)
    } else if options.get_flag("print-config") {
        finish(output, &print::to_toml(&Shape::fields_of::<S>(), &values), DONE)
    } else if options.get_flag("health") {
        match settings.management_address().map(health::ask) {
            Some(Ok(())) => finish(output, "alive\n", DONE),
            Some(Err(problem)) => finish(errors, &format!("{problem}\n"), UNWELL),
            None => finish(errors, &format!("{} has no management port\n", service.name), UNWELL),
        }
    } else {
        Outcome::Start(Box::new(Started { settings }))
    }
}

fn command(service: &Service) -> Command {
    let flag = |name: &'static str, help: &'static str| {
        Arg::new(name).long(name).help(help).action(ArgAction::SetTrue)
    };
    let after = format!(
        "Settings come from the file, then from environment variables {}__SECTION__NAME, which win.\nEvery one is \
         described in docs/configuration.md.\n\nExit codes: 0 done, 1 unwell (--health), 2 wrong options or settings.",
        service.prefix
    );
    Command::new(service.name)
        .version(service.version)
        .about(service.about)
        .after_help(after)
        .arg(
            Arg::new("config")
                .long("config")
                .value_name("FILE")
                .help(format!("Settings file [default: {} if it exists]", default_file(service).display()))
                .value_parser(value_parser!(PathBuf)),
        )
        .arg(flag(
            "check-config",
            "Say whether the settings are right, or all that is wrong with them, and exit",
        ))
        .arg(flag("print-config", "Print the settings in force as TOML, secrets masked, and exit"))
        .arg(flag("health", "Ask the running service whether it is alive, and exit"))
        .group(ArgGroup::new("instead of starting").args(["check-config", "print-config", "health"]))
}

fn default_file(service: &Service) -> PathBuf {
    Path::new("config").join(format!("{}.toml", service.name))
}

/// A file that was asked for must be there; the default one need not.
fn file(service: &Service, options: &ArgMatches) -> Option<PathBuf> {
    let default = || Some(default_file(service)).filter(|file| file.exists());
    options.get_one::<PathBuf>("config").cloned().or_else(default)
}

/// The environment as text. A variable of ours that is none is a fault, not something to guess at.
fn as_text(
    service: &Service,
    environment: impl IntoIterator<Item = (OsString, OsString)>,
) -> Result<Vec<(String, String)>, Faults> {
    let mut faults = Faults::new(service);
    let mut texts = Vec::new();
    for (name, value) in environment {
        let Ok(name) = name.into_string() else { continue };
        match value.into_string() {
            Ok(value) => texts.push((name, value)),
            Err(_) if name.starts_with(service.prefix) => faults.add_named(name, "is not UTF-8 text"),
            Err(_) => {}
        }
    }
    if faults.is_empty() { Ok(texts) } else { Err(faults) }
}

fn finish<S>(stream: &mut (impl Write + ?Sized), text: &str, code: i32) -> Outcome<S> {
    // Whoever closed the stream does not want to read it; the exit code still tells.
    let _ = stream.write_all(text.as_bytes());
    Outcome::Exit(code)
}

#[cfg(test)]
mod tests;
