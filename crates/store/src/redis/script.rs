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
pub(super) static CONSUME: Source = source!("consume.lua");
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
    arguments: Vec<Word<'a>>,
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
        self.arguments.push(argument.word());
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
        let arguments: usize = self.arguments.iter().map(Word::most_bytes).sum();
        // The verb, the script and the number of keys.
        let words = 3 + self.keys.len() + self.arguments.len();
        let number = self.keys.len().to_string();
        let mut command =
            Cmd::with_capacity(words, verb.len() + script.len() + number.len() + keys + arguments);
        command.arg(verb).arg(script).arg(number).arg(&self.keys);
        for argument in &self.arguments {
            match argument {
                Word::Bytes(bytes) => command.arg(bytes.as_ref()),
                Word::Natural(number) => command.arg(number),
                Word::Integer(number) => command.arg(number),
            };
        }
        command
    }
}

/// One argument. Half of those of a commit are numbers, which are written as text where they are sent.
pub(super) enum Word<'a> {
    Bytes(Cow<'a, [u8]>),
    Natural(u64),
    Integer(i64),
}

impl Word<'_> {
    fn most_bytes(&self) -> usize {
        match self {
            Self::Bytes(bytes) => bytes.len(),
            // Nine digits for the numbers of keys and versions, thirteen for instants.
            Self::Natural(_) | Self::Integer(_) => 13,
        }
    }
}

/// What a script may be given.
pub(super) trait Argument<'a> {
    fn word(self) -> Word<'a>;
}

impl<'a> Argument<'a> for &'a str {
    fn word(self) -> Word<'a> {
        Word::Bytes(Cow::Borrowed(self.as_bytes()))
    }
}

impl<'a> Argument<'a> for &'a [u8] {
    fn word(self) -> Word<'a> {
        Word::Bytes(Cow::Borrowed(self))
    }
}

impl<'a> Argument<'a> for String {
    fn word(self) -> Word<'a> {
        Word::Bytes(Cow::Owned(self.into_bytes()))
    }
}

impl<'a> Argument<'a> for usize {
    fn word(self) -> Word<'a> {
        // No target has a wider one.
        Word::Natural(self as u64)
    }
}

impl<'a> Argument<'a> for u64 {
    fn word(self) -> Word<'a> {
        Word::Natural(self)
    }
}

/// Of milliseconds, which are counted in it. More than fit are as good as for ever.
impl<'a> Argument<'a> for u128 {
    fn word(self) -> Word<'a> {
        Word::Natural(u64::try_from(self).unwrap_or(u64::MAX))
    }
}

impl<'a> Argument<'a> for i64 {
    fn word(self) -> Word<'a> {
        Word::Integer(self)
    }
}
