//! No secret is in the file, and nothing starts without those that belong in `.env`.

use crate::file::{environment, read, services};
use crate::none;

/// Whether the variable's name says that it holds one. Names of clients and keys are none, nor are addresses without a password.
fn holds_a_secret(name: &str) -> bool {
    ["SECRET", "SECRETS", "PASSWORD", "KEYS", "REDIS__URL"].iter().any(|end| name.ends_with(end))
}

#[test]
fn every_secret_comes_from_the_environment_and_is_required() {
    let mut broken = Vec::new();
    let mut seen = 0;
    for (service, definition) in services() {
        for (name, value) in environment(definition).into_iter().filter(|(name, _)| holds_a_secret(name)) {
            seen += 1;
            let required = value.split_once("${").is_some_and(|(_, rest)| {
                rest.split_once('}').is_some_and(|(inside, _)| inside.contains(":?"))
            });
            if !required {
                broken.push(format!("{service}: {name} is {value:?}, not ${{…:?…}}"));
            }
        }
    }
    none("no secret has a value here", &broken);
    assert!(seen >= 10, "the secrets are recognised by their names: {seen}");
}

#[test]
fn nothing_in_the_files_looks_like_a_secret() {
    for file in ["docker-compose.dev.yml", "deploy/docker/livekit.yaml"] {
        let text = read(file);
        let words =
            text.split(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_' && letter != '-');
        let long: Vec<&str> =
            words.filter(|word| word.len() >= 24 && word.bytes().any(|byte| byte.is_ascii_digit())).collect();
        assert!(long.is_empty(), "{file}: {long:?}");
        assert!(!text.contains("development-"), "{file} has no sample secret");
    }
}

#[test]
fn git_never_sees_the_secrets() {
    assert!(read(".gitignore").lines().any(|line| line == "/.env"));
    assert!(read(".dockerignore").lines().any(|line| line == "*"), "nor does an image");
    assert!(!read(".dockerignore").contains("!.env"));
}
