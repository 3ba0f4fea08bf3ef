//! The scripts, and a call of one.
//!
//! Each begins with `#!lua`, for which Redis (since 7.0) refuses the whole where it could not write to the end: out of memory,
//! on a replica, with too few replicas, with a broken disk.

use std::borrow::Cow;
use std::sync::LazyLock;

use ::redis::{Cmd, Script};

macro_rules! source {
    ($file:literal) => {
        Source { code: include_str!($file), script: LazyLock::new(|| Script::new(include_str!($file))) }
    };
}

pub(super) static READ: Source = source!("read.lua");
pub(super) static COMMIT: Source = source!("commit.lua");
pub(super) static CLAIM: Source = source!("claim.lua");
pub(super) static TIMERS: Source = source!("timers.lua");
pub(super) static LOG: Source = source!("log.lua");
pub(super) static TAKE: Source = source!("take.lua");
pub(super) static BELL: Source = source!("bell.lua");
pub(super) static EPOCH: Source = source!("epoch.lua");

/// A script and the name that Redis has for it.
pub(super) struct Source {
    code: &'static str,
    script: LazyLock<Script>,
}

impl Source {
    /// Makes the server know the script.
    pub(super) fn load(&self) -> Cmd {
        let mut command = ::redis::cmd("SCRIPT");
        command.arg("LOAD").arg(self.code);
        command
    }
}

/// A call of a script.
pub(super) struct Call<'a> {
    pub(super) source: &'static Source,
    keys: Vec<String>,
    arguments: Vec<Cow<'a, [u8]>>,
}

impl<'a> Call<'a> {
    pub(super) const fn new(source: &'static Source, keys: Vec<String>) -> Self {
        Self { source, keys, arguments: Vec::new() }
    }

    pub(super) fn arg(mut self, argument: impl Argument<'a>) -> Self {
        self.push(argument);
        self
    }

    pub(super) fn push(&mut self, argument: impl Argument<'a>) {
        self.arguments.push(argument.bytes());
    }

    /// And all arguments of another call.
    pub(super) fn and_all(mut self, other: Self) -> Self {
        self.arguments.extend(other.arguments);
        self
    }

    /// By the script's hash, which is all that is sent of it.
    pub(super) fn command(&self) -> Cmd {
        self.named("EVALSHA", self.source.script.get_hash())
    }

    /// With the whole script, for where it is used once.
    pub(super) fn whole(&self) -> Cmd {
        self.named("EVAL", self.source.code)
    }

    /// With room for all of it from the beginning: a commit is several kilobytes.
    fn named(&self, verb: &str, script: &str) -> Cmd {
        let keys: usize = self.keys.iter().map(String::len).sum();
        let arguments: usize = self.arguments.iter().map(|argument| argument.len()).sum();
        // The verb, the script and the number of keys.
        let words = 3 + self.keys.len() + self.arguments.len();
        let number = self.keys.len().to_string();
        let mut command =
            Cmd::with_capacity(words, verb.len() + script.len() + number.len() + keys + arguments);
        command.arg(verb).arg(script).arg(number).arg(&self.keys);
        for argument in &self.arguments {
            command.arg(argument.as_ref());
        }
        command
    }
}

/// What a script may be given.
pub(super) trait Argument<'a> {
    fn bytes(self) -> Cow<'a, [u8]>;
}

impl<'a> Argument<'a> for &'a str {
    fn bytes(self) -> Cow<'a, [u8]> {
        Cow::Borrowed(self.as_bytes())
    }
}

impl<'a> Argument<'a> for &'a [u8] {
    fn bytes(self) -> Cow<'a, [u8]> {
        Cow::Borrowed(self)
    }
}

impl<'a> Argument<'a> for String {
    fn bytes(self) -> Cow<'a, [u8]> {
        Cow::Owned(self.into_bytes())
    }
}

macro_rules! numbers {
    ($($number:ty),*) => {$(
        impl<'a> Argument<'a> for $number {
            fn bytes(self) -> Cow<'a, [u8]> {
                self.to_string().bytes()
            }
        }
    )*};
}

numbers!(usize, u64, i64, u128);
