//! What is sent to Redis for each command, and what is answered.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::Context as _;
use serde::Deserialize;

/// By the name of the command.
#[derive(Debug, Deserialize)]
#[serde(transparent)]
pub(crate) struct Exchanges(BTreeMap<String, Exchange>);

/// One command, word by word.
#[derive(Debug, Deserialize)]
pub(crate) struct Exchange {
    /// The call of the script that reads.
    pub(crate) read: Vec<String>,
    /// The call of the script that commits.
    pub(crate) commit: Vec<String>,
    /// The status of the answer.
    pub(crate) status: u16,
    /// Its body.
    pub(crate) answer: String,
}

impl Exchanges {
    pub(crate) fn read(file: &Path) -> anyhow::Result<Self> {
        let text = std::fs::read(file).with_context(|| format!("reading {}", file.display()))?;
        serde_json::from_slice(&text).with_context(|| format!("reading {}", file.display()))
    }

    /// What to do for this command.
    pub(crate) fn of(&self, command: &str) -> Option<&Exchange> {
        self.0.get(command)
    }
}

/// These words as a command to Redis.
pub(crate) fn command(words: &[String]) -> redis::Cmd {
    let mut command = redis::Cmd::new();
    for word in words {
        command.arg(word.as_str());
    }
    command
}
