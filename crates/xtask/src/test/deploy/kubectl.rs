//! `kubectl`, as operators use it: what is applied here is applied the way that the documents tell.

use std::ffi::OsString;
use std::fmt::Write as _;
use std::io::{Read as _, Seek as _};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use serde_json::Value;

use crate::shell;

/// How one asks the cluster.
pub(super) struct Kubectl {
    /// The program and its first arguments.
    pub(super) command: Vec<OsString>,
    /// Which cluster; where the command itself does not know.
    pub(super) kubeconfig: Option<PathBuf>,
}

/// What a command said, and whether it did what it should.
pub(super) struct Said {
    pub(super) well: bool,
    pub(super) text: String,
}

impl Kubectl {
    fn command(&self, arguments: &[&str]) -> tokio::process::Command {
        let mut command = super::program(&self.command);
        command.args(arguments);
        if let Some(kubeconfig) = &self.kubeconfig {
            command.env("KUBECONFIG", kubeconfig);
        }
        command
    }

    /// Runs; a refusal is no error of this function.
    pub(super) async fn said(&self, arguments: &[&str]) -> Result<Said> {
        let mut text = String::new();
        let status = shell::follow(self.command(arguments), |line| {
            writeln!(text, "{line}").expect("a String takes everything");
        })
        .await?;
        Ok(Said { well: status.success(), text })
    }

    /// Runs; a refusal is an error with the last lines.
    pub(super) async fn run(&self, arguments: &[&str]) -> Result<()> {
        shell::succeed(self.command(arguments), |_| {}).await
    }

    /// Objects, or the list of them.
    pub(super) async fn get(&self, arguments: &[&str]) -> Result<Value> {
        let asked = [&["get", "-o", "json"], arguments].concat();
        match self.answer(&asked).await? {
            Ok(text) => serde_json::from_str(&text)
                .with_context(|| format!("`kubectl {}` answers no JSON", asked.join(" "))),
            Err(words) => bail!("`kubectl {}`: {}", asked.join(" "), words.trim()),
        }
    }

    /// Something of the API that no other command reads; `None` where the server refuses.
    pub(super) async fn raw(&self, path: &str) -> Result<Option<String>> {
        Ok(self.answer(&["get", "--raw", path]).await?.ok())
    }

    /// What is answered, without the warnings that go beside it; or why nothing is.
    async fn answer(&self, arguments: &[&str]) -> Result<Result<String, String>> {
        let mut beside = tempfile::tempfile().context("making a file")?;
        let mut command = self.command(arguments);
        command.stderr(beside.try_clone().context("sharing a file")?);
        let (status, text) = shell::read(command).await?;
        if status.success() {
            return Ok(Ok(text));
        }
        let mut words = String::new();
        beside.rewind().and_then(|()| beside.read_to_string(&mut words)).context("reading a refusal")?;
        Ok(Err(words))
    }

    /// Applies a folder that kustomize puts together.
    pub(super) async fn apply_folder(&self, folder: &Path) -> Result<()> {
        self.run(&["apply", "-k", &folder.to_string_lossy()]).await
    }

    /// Applies objects from a file that is gone afterwards: there may be secrets among them.
    pub(super) async fn apply_objects(&self, scratch: &Path, objects: &[Value]) -> Result<()> {
        self.hand_over("apply", scratch, objects).await
    }

    /// Makes objects. One that is there already is refused.
    pub(super) async fn create_objects(&self, scratch: &Path, objects: &[Value]) -> Result<()> {
        // An empty list is refused, too.
        if objects.is_empty() { Ok(()) } else { self.hand_over("create", scratch, objects).await }
    }

    async fn hand_over(&self, verb: &str, scratch: &Path, objects: &[Value]) -> Result<()> {
        let file = tempfile::Builder::new().suffix(".json").tempfile_in(scratch).context("making a file")?;
        let list = serde_json::json!({ "apiVersion": "v1", "kind": "List", "items": objects });
        std::fs::write(file.path(), list.to_string()).context("writing objects")?;
        self.run(&[verb, "-f", &file.path().to_string_lossy()]).await
    }

    /// Waits until the newest revision is there, and is everywhere.
    pub(super) async fn rolled_out(&self, namespace: &str, what: &str, seconds: u32) -> Result<()> {
        self.run(&["-n", namespace, "rollout", "status", what, &format!("--timeout={seconds}s")]).await
    }
}

/// The items of a list.
pub(super) fn items(list: &Value) -> &[Value] {
    list["items"].as_array().map_or(&[], Vec::as_slice)
}

/// What an object is called.
pub(super) fn name(object: &Value) -> &str {
    object["metadata"]["name"].as_str().unwrap_or_default()
}
