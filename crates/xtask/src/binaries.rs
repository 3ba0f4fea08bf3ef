//! Our own programs, built the way every other command here builds.

use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use anyhow::{Context as _, Result, anyhow, bail};
use cargo_metadata::Message;

use crate::shell;

/// Builds one program of the workspace and tells where it is. Cargo's progress goes to stderr.
///
/// `--bin` and no `--package`, see `.cargo/config.toml`.
pub(crate) async fn build(name: &str) -> Result<PathBuf> {
    let mut build = shell::cargo();
    build.args(["build", "--bin", name, "--message-format=json-render-diagnostics"]);
    let (status, messages) = shell::read(build).await?;
    if !status.success() {
        bail!("{name} does not build; the compiler's words are above");
    }
    executables(&messages)?
        .into_iter()
        .find(|built| built.target == name)
        .map(|built| built.path)
        .ok_or_else(|| anyhow!("cargo built {name} but does not say where it is"))
}

/// Where this very program is.
///
/// Looked up by `main` before anything is built: once Cargo has written it anew, the operating system calls the running one deleted.
pub(crate) fn this() -> Result<&'static Path> {
    static THIS: OnceLock<PathBuf> = OnceLock::new();
    if let Some(path) = THIS.get() {
        return Ok(path);
    }
    let path = std::env::current_exe().context("cannot tell where this program is")?;
    Ok(THIS.get_or_init(|| path))
}

/// A program that Cargo built: one of ours, or one of tests.
pub(crate) struct Executable {
    /// The package's name, taken from its folder, which here is always the same.
    pub(crate) package: String,
    /// The target's name.
    pub(crate) target: String,
    /// The file.
    pub(crate) path: PathBuf,
}

/// Reads the messages of `--message-format=json`.
pub(crate) fn executables(messages: &str) -> Result<Vec<Executable>> {
    let mut built = Vec::new();
    for message in Message::parse_stream(messages.as_bytes()) {
        if let Message::CompilerArtifact(artifact) = message.context("reading Cargo's messages")?
            && let Some(path) = artifact.executable
        {
            let package =
                artifact.manifest_path.parent().and_then(|folder| folder.file_name()).unwrap_or_default();
            built.push(Executable {
                package: package.to_owned(),
                target: artifact.target.name,
                path: path.into(),
            });
        }
    }
    Ok(built)
}
