//! What call-state-service says to Redis in a call, word by word: the floor says the same.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use serde::Serialize;
use testkit::Redis;

use super::super::contender::Contender;
use super::super::load::{Answer, Connection, Dialogue as _};
use super::super::tokens::user_id;
use super::dialogue::{COMMANDS, Pairs, call_id};

/// Redis answers at once.
const PATIENCE: Duration = Duration::from_secs(5);
/// Calls before the one that is recorded, so that it is like any other.
const CALLS_BEFORE: usize = 3;
/// How the end of the recording is told from what is recorded.
const END: &str = "end of the recording";

/// One command, as `benches/call-floor` reads it.
#[derive(Debug, PartialEq, Serialize)]
struct Exchange {
    read: Vec<String>,
    commit: Vec<String>,
    status: u16,
    answer: String,
}

/// Makes some calls, each after the other, and writes what was said in the last one to `file`.
pub(super) async fn make(service: &Contender, redis: &Redis, pairs: &Pairs, file: &Path) -> Result<()> {
    let mut pairs = pairs.clone();
    for _ in 0..CALLS_BEFORE {
        call(service.address, &mut pairs)?;
    }
    let mut monitor = Monitor::start(redis.address())?;
    let answers = call(service.address, &mut pairs)?;
    redis.command(&["ECHO", END]).await?;
    let call = answers.first().and_then(|(_, body)| call_id(body.as_bytes()));
    let call = String::from_utf8_lossy(call.context("the answer to the invite names no call")?);
    let scripts = monitor.scripts_about(&[&user_id(0), &call])?;
    let exchanges = paired(scripts, answers)?;
    let text = serde_json::to_string_pretty(&exchanges).context("writing the recording as JSON")?;
    std::fs::write(file, text).with_context(|| format!("writing {}", file.display()))
}

/// One call from invite to hangup. Gives the answers.
fn call(address: SocketAddr, pairs: &mut Pairs) -> Result<Vec<(u16, String)>> {
    let mut connection = Connection::open(address).with_context(|| format!("connecting to {address}"))?;
    let mut answers = Vec::new();
    for (command, ..) in COMMANDS {
        let Answer { status, body } = connection.exchange(pairs.request(0)).context(command)?;
        pairs.answered(0, &Answer { status, body })?;
        answers.push((status, String::from_utf8_lossy(body).into_owned()));
    }
    Ok(answers)
}

/// Each command reads and commits, in this order.
fn paired(
    scripts: Vec<Vec<String>>,
    answers: Vec<(u16, String)>,
) -> Result<BTreeMap<&'static str, Exchange>> {
    let expected = 2 * COMMANDS.len();
    ensure!(scripts.len() == expected, "a call took {} round trips and not {expected}", scripts.len());
    let mut scripts = scripts.into_iter();
    let mut exchanges = BTreeMap::new();
    for ((command, ..), (status, answer)) in COMMANDS.into_iter().zip(answers) {
        let read = scripts.next().context("nothing was read")?;
        let commit = unconditional(scripts.next().context("nothing was committed")?)?;
        exchanges.insert(command, Exchange { read, commit, status, answer });
    }
    Ok(exchanges)
}

/// The commit without versions and deadline, for no time but the recorded one had those. Every key is still looked at.
fn unconditional(mut words: Vec<String>) -> Result<Vec<String>> {
    let number = |words: &[String], at: usize| -> Result<usize> {
        words.get(at).and_then(|word| word.parse().ok()).context("this is no commit")
    };
    // `EVALSHA`, the script's hash, how many keys; the keys; the sorts of keys, the deadline, how many versions.
    let not_after = 3 + number(&words, 2)? + 1;
    let versions = number(&words, not_after + 1)?;
    let first = not_after + 2;
    ensure!(words.len() >= first + 2 * versions, "this is no commit");
    words.drain(first..first + 2 * versions);
    words[not_after].clear();
    words[not_after + 1] = 0.to_string();
    Ok(words)
}

/// A connection that is shown every command that a Redis is given.
struct Monitor(BufReader<TcpStream>);

impl Monitor {
    fn start(redis: SocketAddr) -> Result<Self> {
        let mut stream = TcpStream::connect(redis).context("connecting to Redis")?;
        stream.set_read_timeout(Some(PATIENCE)).context("bounding the wait for Redis")?;
        stream.write_all(b"MONITOR\r\n").context("asking Redis to be shown everything")?;
        let mut monitor = Self(BufReader::new(stream));
        let answer = monitor.line()?;
        ensure!(answer == "+OK", "Redis shows nothing: {answer}");
        Ok(monitor)
    }

    /// The calls of scripts up to the end that have a word with one of these names in it. What the scripts do is shown
    /// too, and left out; so is what the service does by itself.
    fn scripts_about(&mut self, names: &[&str]) -> Result<Vec<Vec<String>>> {
        let mut scripts = Vec::new();
        loop {
            let line = self.line()?;
            let words = words(&line).with_context(|| format!("Redis shows {line}"))?;
            if words.last().is_some_and(|word| word == END) {
                return Ok(scripts);
            }
            if words[0] == "EVALSHA" && words.iter().any(|word| names.iter().any(|name| word.contains(name)))
            {
                scripts.push(words);
            }
        }
    }

    fn line(&mut self) -> Result<String> {
        let mut line = String::new();
        self.0.read_line(&mut line).context("reading what Redis is given")?;
        Ok(line.trim_end().to_owned())
    }
}

/// The words of a line such as `+1339518083.107412 [0 127.0.0.1:60866] "GET" "a\"b"`; none if it is none.
fn words(line: &str) -> Option<Vec<String>> {
    let (_, mut rest) = line.split_once("] ")?;
    let mut words = Vec::new();
    while let Some(quoted) = rest.trim_start().strip_prefix('"') {
        let mut word = String::new();
        let mut characters = quoted.char_indices();
        rest = loop {
            match characters.next()? {
                (at, '"') => break &quoted[at + 1..],
                (_, '\\') => word.push(match characters.next()?.1 {
                    'n' => '\n',
                    'r' => '\r',
                    't' => '\t',
                    escaped @ ('"' | '\\') => escaped,
                    // Of bytes that are no text. There are none in what is recorded.
                    _ => return None,
                }),
                (_, plain) => word.push(plain),
            }
        };
        words.push(word);
    }
    (!words.is_empty()).then_some(words)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(words: &[&str]) -> Vec<String> {
        words.iter().map(|&word| word.to_owned()).collect()
    }

    #[test]
    fn a_line_is_taken_apart_as_redis_put_it_together() {
        let line = r#"+1.5 [0 127.0.0.1:60866] "SET" "a b" "{\"c\":\"\\n\"}" """#;
        assert_eq!(words(line), Some(list(&["SET", "a b", r#"{"c":"\n"}"#, ""])));
        for line in ["+OK", r#"+1.5 [0 lua] "GET" "a"#, r#"+1.5 [0 x] "\x00""#, "+1.5 [0 x] "] {
            assert_eq!(words(line), None, "{line}");
        }
    }

    #[test]
    fn a_commit_loses_what_it_rests_on_and_keeps_the_rest() {
        let commit = ["EVALSHA", "hash", "2", "a", "b", "rr", "17", "2", "1", "5", "2", "0", "delete", "1"];
        let expected = ["EVALSHA", "hash", "2", "a", "b", "rr", "", "0", "delete", "1"];
        assert_eq!(unconditional(list(&commit)).unwrap(), list(&expected));
        unconditional(list(&commit[..9])).unwrap_err();
        unconditional(list(&["PING"])).unwrap_err();
    }
}
