//! A network namespace: what listens in it is reached from in there alone. There is one of the name, which is the run's that has the engine open.

use std::ffi::OsStr;

use anyhow::Result;
use tokio::process::Command;

use super::super::engine::Engine;
use crate::shell;

const NAME: &str = "realtime-calls-compose";

pub(super) struct Network<'a> {
    engine: &'a Engine,
}

impl<'a> Network<'a> {
    /// Makes it anew: one may be left of a run that was ended the hard way.
    pub(super) async fn open(engine: &'a Engine) -> Result<Self> {
        engine.end().await?;
        remove(engine).await?;
        let mut add = engine.program("ip");
        add.args(["netns", "add", NAME]);
        shell::succeed(add, |_| {}).await?;
        let network = Self { engine };
        let mut up = network.inside("ip");
        up.args(["link", "set", "lo", "up"]);
        shell::succeed(up, |_| {}).await?;
        Ok(network)
    }

    /// A program that is in it. It keeps its view of the file system, and so podman its own.
    pub(super) fn inside(&self, program: impl AsRef<OsStr>) -> Command {
        let mut command = self.engine.program("nsenter");
        command.arg(format!("--net=/run/netns/{NAME}")).arg("--").arg(program);
        command
    }
}

/// Takes it away, if it is there.
pub(super) async fn remove(engine: &Engine) -> Result<()> {
    if !std::path::Path::new("/run/netns").join(NAME).exists() {
        return Ok(());
    }
    let mut delete = engine.program("ip");
    delete.args(["netns", "delete", NAME]);
    shell::succeed(delete, |_| {}).await
}
