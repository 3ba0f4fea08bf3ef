//! The `.env` of `docker-compose.dev.yml`: random secrets, each made once, and what is started.
//!
//! Nothing that is there already is changed, so that data made with a secret stays readable: what a newer compose file needs besides is added.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs::OpenOptions;
use std::io::Write as _;
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::Path;

use anyhow::{Context as _, Result};

use crate::progress::Progress;

/// Beside the compose file, where `docker compose` looks for it. Git ignores it.
const FILE: &str = ".env";

/// Its owner's alone.
const MODE: u32 = 0o600;

const SECRET_BYTES: usize = 32;

/// What the compose file takes from it, and refuses to start without.
const SECRETS: [&str; 6] = [
    "GRAFANA_ADMIN_PASSWORD",
    "KEYCLOAK_ADMIN_PASSWORD",
    "KEYCLOAK_CLIENT_SECRET",
    "LIVEKIT_API_SECRET",
    "REDIS_PASSWORD",
    "TURN_SECRET",
];

const OPENING: &str = "\
# Of docker-compose.dev.yml, for this machine alone. Made by `cargo xtask setup`; what is changed here stays. With other secrets, what the volumes hold is
# no longer readable: `docker compose -f docker-compose.dev.yml down --volumes`.
";

/// What is started unless `--profile` says otherwise.
const PROFILES: &str = "COMPOSE_PROFILES=core,observability";

/// Sees to it that the file is there and complete.
pub(crate) fn provide(progress: &Progress) -> Result<()> {
    let path = crate::tree::root().join(FILE);
    let added = complete(&path)?;
    let sentence = match added {
        0 => format!("already there, {}", path.display()),
        _ => format!("ready, {} ({added} lines added, secrets random)", path.display()),
    };
    progress.say("secrets of docker-compose.dev.yml", &sentence);
    Ok(())
}

/// Adds what is missing; tells how many lines that was.
fn complete(path: &Path) -> Result<usize> {
    let text = match std::fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => OPENING.to_owned(),
        Err(error) => return Err(error).with_context(|| format!("cannot read {}", path.display())),
    };
    let lines = missing(&text);
    let end = if text.is_empty() || text.ends_with('\n') { "" } else { "\n" };
    let failed = || format!("cannot write {}", path.display());
    if !lines.is_empty() {
        let new = path.with_extension("new");
        let mut file = OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(true)
            .mode(MODE)
            .open(&new)
            .with_context(failed)?;
        file.write_all(format!("{text}{end}{}\n", lines.join("\n")).as_bytes()).with_context(failed)?;
        std::fs::rename(&new, path).with_context(failed)?;
    }
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(MODE)).with_context(failed)?;
    Ok(lines.len())
}

fn missing(text: &str) -> Vec<String> {
    let there: BTreeSet<&str> =
        text.lines().filter_map(|line| line.split_once('=')).map(|(name, _)| name.trim()).collect();
    let mut lines = Vec::new();
    if !there.contains("COMPOSE_PROFILES") {
        lines.push(PROFILES.to_owned());
    }
    for name in SECRETS.iter().filter(|name| !there.contains(*name)) {
        lines.push(format!("{name}={}", secret()));
    }
    lines
}

/// All of them, new, for a start that is not a developer's own.
pub(crate) fn secrets() -> String {
    SECRETS.iter().fold(String::new(), |mut lines, name| {
        writeln!(lines, "{name}={}", secret()).expect("a String takes everything");
        lines
    })
}

/// Hexadecimal digits: they need no quoting in a URL, a shell or YAML.
pub(crate) fn secret() -> String {
    let bytes: [u8; SECRET_BYTES] = rand::random();
    bytes.iter().fold(String::with_capacity(2 * SECRET_BYTES), |mut digits, byte| {
        write!(digits, "{byte:02x}").expect("a String takes everything");
        digits
    })
}

#[cfg(test)]
mod tests;
