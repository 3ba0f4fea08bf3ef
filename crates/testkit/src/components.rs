//! Where the real components are, each at the version pinned in the repository's `components.toml`.
//!
//! Looked for in this order: the variable that points to it (`LIVEKIT_SERVER`, `CADDY`, `KEYCLOAK_HOME`, `JAVA_HOME`,
//! `CHROMIUM`, `REDIS_SERVER`, `TURNSERVER`, `AIORTC_PYTHON`, `PROMTOOL`), taken at its word; the cache; the `PATH`, only where the version found is the pinned one. This module
//! installs nothing.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::LazyLock;

use serde::Deserialize;

use crate::{Failure, environment};

static PINNED: LazyLock<BTreeMap<String, Component>> = LazyLock::new(|| {
    toml::from_str(include_str!("../../../components.toml"))
        .expect("the tests of this module parse components.toml")
});

/// One entry of `components.toml`, which says what the fields mean.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Component {
    /// What it is, as a noun phrase.
    pub about: String,
    /// The exact version, the leading part of it, or `*` for any.
    pub version: String,
    /// The Go package to build it from, at the tag `v<version>`.
    pub go_module: Option<String>,
    /// The Maven artifact to unpack it from.
    pub maven_artifact: Option<String>,
    /// The Debian package that brings it.
    pub debian_package: Option<String>,
    /// The Python packages that make it up, each at an exact version (`name==1.2.3`); none for what is no Python.
    #[serde(default)]
    pub python_packages: Vec<String>,
    /// Files of the Go module from which schemas of Kubernetes' objects are made, instead of a program; none for what is one.
    #[serde(default)]
    pub schemas: Vec<String>,
    /// The environment variable that points to one's own.
    pub variable: String,
    /// The file that makes it complete, inside its folder.
    pub file: PathBuf,
    /// The names it may have on the `PATH`; none for what is no program.
    #[serde(default)]
    pub programs: Vec<String>,
}

/// All pinned components by name.
#[must_use]
pub fn all() -> &'static BTreeMap<String, Component> {
    &PINNED
}

/// The pin of one component.
///
/// # Errors
/// No component of this name is pinned.
pub fn component(name: &str) -> Result<&'static Component, Failure> {
    PINNED.get(name).ok_or_else(|| Failure::new(format!("components.toml names no component {name:?}")))
}

/// The folder that components are installed to: `$REALTIME_CACHE`, else `$XDG_CACHE_HOME/realtime-calls`, else
/// `~/.cache/realtime-calls`.
///
/// # Errors
/// None of the three variables is set.
pub fn cache() -> Result<PathBuf, Failure> {
    environment::path("REALTIME_CACHE")
        .or_else(|| Some(environment::path("XDG_CACHE_HOME")?.join("realtime-calls")))
        .or_else(|| Some(environment::path("HOME")?.join(".cache/realtime-calls")))
        .ok_or_else(|| Failure::new("there is no cache folder: set REALTIME_CACHE or HOME"))
}

/// Where the component belongs in the cache: `<cache>/<name>-<version>`.
///
/// # Errors
/// As [`component`] and [`cache`].
pub fn folder(name: &str) -> Result<PathBuf, Failure> {
    Ok(cache()?.join(format!("{name}-{}", component(name)?.version)))
}

/// The file in the cache whose presence means that the component is installed.
///
/// # Errors
/// As [`folder`].
pub fn installed_file(name: &str) -> Result<PathBuf, Failure> {
    Ok(folder(name)?.join(&component(name)?.file))
}

/// The component's program; of Keycloak the `bin/kc.sh` in its home.
///
/// # Errors
/// It is nowhere; the text says what is missing and how to get it.
pub fn locate(name: &str) -> Result<PathBuf, Failure> {
    let Component { about, version, variable, file, programs, .. } = component(name)?;
    if let Some(path) = environment::path(variable) {
        let file = if path.is_dir() { path.join(file) } else { path };
        return if file.is_file() {
            Ok(file)
        } else {
            Err(Failure::new(format!("{variable} is set, but there is no file {}", file.display())))
        };
    }
    let installed = installed_file(name)?;
    if installed.is_file() {
        return Ok(installed);
    }
    let on_path = programs.iter().filter_map(|program| on_path(program));
    on_path.into_iter().find(|program| version_matches(program, version)).ok_or_else(|| {
        Failure::new(format!(
            "{name} {version} ({about}) is missing: there is no {}, and none of this version on the PATH; \
             run `cargo xtask setup`, or point {variable} to one",
            installed.display(),
        ))
    })
}

/// The first program of this name on the `PATH`.
pub(crate) fn on_path(program: &str) -> Option<PathBuf> {
    let folders = environment::path("PATH")?;
    std::env::split_paths(&folders).map(|folder| folder.join(program)).find(|candidate| candidate.is_file())
}

/// Whether the program says it is of the pinned version. Any is as good as another for the pin `*`.
fn version_matches(program: &Path, pin: &str) -> bool {
    pin == "*"
        || ["--version", "version"].iter().any(|argument| {
            Command::new(program)
                .arg(argument)
                .output()
                .is_ok_and(|output| names_version(&String::from_utf8_lossy(&output.stdout), pin))
        })
}

/// Whether a word of the text is the version or one that refines it.
fn names_version(text: &str, pin: &str) -> bool {
    text.split_whitespace().map(|word| word.trim_start_matches("v=").trim_start_matches('v')).any(|word| {
        word.strip_prefix(pin).is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '+', '-']))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_pin_says_how_to_get_it() {
        for (name, pin) in all() {
            let ways = [&pin.go_module, &pin.maven_artifact, &pin.debian_package];
            let ways = ways.iter().filter(|way| way.is_some()).count()
                + usize::from(!pin.python_packages.is_empty());
            assert_eq!(ways, 1, "{name}");
        }
    }

    #[test]
    fn python_packages_are_pinned_and_bring_the_version_that_is_promised() {
        for (name, pin) in all().iter().filter(|(_, pin)| !pin.python_packages.is_empty()) {
            assert!(pin.python_packages.contains(&format!("{name}=={}", pin.version)), "{name}");
            assert!(pin.python_packages.iter().all(|package| package.contains("==")), "{name}");
        }
    }

    #[test]
    fn a_version_is_told_from_one_that_starts_alike() {
        for (text, pin, expected) in [
            ("livekit-server version 1.13.5\n", "1.13.5", true),
            ("livekit-server version 1.13.50\n", "1.13.5", false),
            ("v2.11.9 h1:abc=\n", "2.11.9", true),
            ("openjdk 17.0.15 2025-04-15\n", "17", true),
            ("openjdk 21.0.1 2023-10-17\n", "17", false),
            ("Redis server v=7.0.15 sha=00000000:0 malloc=jemalloc-5.3.0\n", "7", true),
            ("unknown", "2.11.9", false),
        ] {
            assert_eq!(names_version(text, pin), expected, "{text:?} as {pin}");
        }
    }

    #[test]
    fn what_is_missing_says_how_to_get_it() {
        let failure = component("teapot").unwrap_err().to_string();
        assert!(failure.contains("teapot"), "{failure}");
    }
}
