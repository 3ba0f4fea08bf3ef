//! Which values a secret may have, and reading one from a file.

use crate::Environment;
use crate::shape::Shape;

/// Values that stand in documentation and in examples, and therefore in every attacker's list.
const SAMPLES: &[&str] = &[
    "admin",
    "change-me",
    "change_me",
    "changeit",
    "changeme",
    "demo",
    "devkey",
    "development",
    "example",
    "guest",
    "insecure",
    "password",
    "replace-me",
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

/// What is wrong with a secret, if anything.
pub(crate) fn weakness(secret: &str, min_bytes: usize, environment: Environment) -> Option<String> {
    if secret.is_empty() {
        return Some("is empty".to_owned());
    }
    if let Some(problem) = sample(secret, environment) {
        return Some(problem);
    }
    match environment {
        Environment::Production if secret.len() < min_bytes => Some(format!(
            "is too short ({} bytes); outside development it needs at least {min_bytes} random bytes, e.g. `openssl \
             rand -base64 {min_bytes}`",
            secret.len()
        )),
        Environment::Production | Environment::Development => None,
    }
}

/// Whether a value is one that everybody knows.
pub(crate) fn sample(value: &str, environment: Environment) -> Option<String> {
    match environment {
        Environment::Development => None,
        Environment::Production => is_sample(value).then(|| {
            "is a sample value that everybody knows; outside development it needs one of your own".to_owned()
        }),
    }
}

fn is_sample(value: &str) -> bool {
    let value = value.trim().to_ascii_lowercase();
    let mut characters = value.chars();
    let first = characters.next();
    let is_one_character_repeated = value.len() > 1 && characters.all(|character| Some(character) == first);
    SAMPLES.contains(&value.as_str()) || value.starts_with(OWN_SAMPLES) || is_one_character_repeated
}

/// Reads the file that a secret is kept in, as the text that the setting itself could have. For a list of secrets
/// the file has one a line.
pub(crate) fn read_file(path: &str, shape: &Shape) -> Result<String, String> {
    let text = std::fs::read_to_string(path)
        .map_err(|error| format!("names `{path}`, which cannot be read: {error}"))?;
    let text = text.strip_suffix('\n').map_or(text.as_str(), |line| line.strip_suffix('\r').unwrap_or(line));
    if text.is_empty() {
        return Err(format!("names `{path}`, which is empty"));
    }
    Ok(match shape {
        Shape::List { .. } => serde_json::json!(text.lines().collect::<Vec<_>>()).to_string(),
        _ => text.to_owned(),
    })
}
