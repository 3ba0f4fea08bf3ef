//! Which values a secret may have, and reading one from a file.

use std::collections::BTreeSet;

use crate::Environment;
use crate::shape::Shape;

/// Words that stand in documentation and in examples, and therefore in every attacker's list; without separators, and
/// none of them begins another.
const SAMPLES: &[&str] = &[
    "admin",
    "changeit",
    "changeme",
    "demo",
    "devkey",
    "development",
    "example",
    "guest",
    "insecure",
    "password",
    "replaceme",
    "sample",
    "secret",
    "supersecret",
    "test",
    "todo",
    "xxx",
];

/// What every sample value of this product starts with.
const OWN_SAMPLES: &str = "development-";

/// Random bytes have more different characters than this however they are written, in hexadecimal digits too.
const MIN_DISTINCT: usize = 8;

const KNOWN: &str = "is a sample value that everybody knows; outside development it needs one of your own";

/// What is wrong with a secret, if anything.
pub(crate) fn weakness(secret: &str, min_bytes: usize, environment: Environment) -> Option<String> {
    if let Some(problem) = blank(secret) {
        return Some(problem.to_owned());
    }
    match environment {
        Environment::Development => None,
        // Digits fill up a sample to any length, so they are no part of the word.
        Environment::Production if is_sample(secret, char::is_alphabetic) => Some(KNOWN.to_owned()),
        Environment::Production => {
            let flaw = if secret.len() < min_bytes {
                format!("is too short ({} bytes)", secret.len())
            } else if has_fewer_distinct(secret, MIN_DISTINCT.min(min_bytes)) {
                "repeats a few characters".to_owned()
            } else {
                return None;
            };
            Some(format!(
                "{flaw}; outside development it needs at least {min_bytes} random bytes, e.g. `openssl rand -base64 \
                 {min_bytes}`"
            ))
        }
    }
}

/// What is wrong with a value that is no secret but must not be one that everybody knows, if anything.
pub(crate) fn sample(value: &str, environment: Environment) -> Option<String> {
    match environment {
        Environment::Development => None,
        Environment::Production => is_sample(value, char::is_alphanumeric).then(|| KNOWN.to_owned()),
    }
}

fn blank(secret: &str) -> Option<&'static str> {
    if secret.is_empty() {
        Some("is empty")
    } else if secret.trim().is_empty() {
        Some("is nothing but white space")
    } else {
        None
    }
}

/// Whether a value is a sample of ours, one character repeated, or sample words with anything between them that does
/// not belong to a word.
fn is_sample(value: &str, belongs: fn(char) -> bool) -> bool {
    let value = value.trim().to_ascii_lowercase();
    let is_one_character_repeated = value.len() > 1 && has_fewer_distinct(&value, 2);
    value.starts_with(OWN_SAMPLES) || is_one_character_repeated || is_made_of_samples(&value, belongs)
}

fn is_made_of_samples(value: &str, belongs: fn(char) -> bool) -> bool {
    let words: String = value.chars().filter(|character| belongs(*character)).collect();
    let mut rest = words.as_str();
    // As none begins another, the first that fits is the only one that does.
    while let Some(after) = SAMPLES.iter().find_map(|sample| rest.strip_prefix(sample)) {
        rest = after;
    }
    rest.is_empty() && !words.is_empty()
}

fn has_fewer_distinct(value: &str, characters: usize) -> bool {
    value.chars().collect::<BTreeSet<_>>().len() < characters
}

/// Reads the file that a secret is kept in, as the text that the setting itself could have. For a list of secrets
/// the file has one a line.
pub(crate) fn read_file(path: &str, shape: &Shape) -> Result<String, String> {
    let text = std::fs::read_to_string(path)
        .map_err(|error| format!("names `{path}`, which cannot be read: {error}"))?;
    let text = text.strip_suffix('\n').map_or(text.as_str(), |line| line.strip_suffix('\r').unwrap_or(line));
    if let Some(problem) = blank(text) {
        return Err(format!("names `{path}`, which {problem}"));
    }
    Ok(match shape {
        Shape::List { .. } => serde_json::json!(text.lines().collect::<Vec<_>>()).to_string(),
        Shape::Section(_)
        | Shape::Map(_)
        | Shape::Choice(_)
        | Shape::Text(_)
        | Shape::Secret { .. }
        | Shape::Integer { .. }
        | Shape::Number { .. }
        | Shape::Bool
        | Shape::OneOf(_)
        | Shape::Any => text.to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::SAMPLES;

    #[test]
    fn no_sample_begins_another_and_none_has_separators() {
        for sample in SAMPLES {
            assert!(sample.chars().all(|character| character.is_ascii_lowercase()), "{sample}");
            assert_eq!(SAMPLES.iter().filter(|other| other.starts_with(sample)).count(), 1, "{sample}");
        }
    }
}
