//! The real gateway, with the very file that is deployed.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::process::{Launch, Process, Ready};
use crate::scratch::Scratch;
use crate::{Failure, components};

const START_BOUND: Duration = Duration::from_secs(20);

/// Caddy running `deploy/gateway/Caddyfile`.
#[derive(Debug)]
pub struct Caddy {
    variables: Vec<(String, String)>,
    address: SocketAddr,
    // Before its folder, so that it is gone when that goes.
    process: Option<Process>,
    home: Scratch,
}

impl Caddy {
    /// Starts the gateway. `variables` are what the Caddyfile takes from its environment, the address that it listens
    /// at among them; it counts as ready when connections to `address` are accepted.
    ///
    /// # Errors
    /// The component is missing or does not start; its last output is in the text.
    pub async fn start<N: Into<String>, V: Into<String>>(
        address: SocketAddr,
        variables: impl IntoIterator<Item = (N, V)>,
    ) -> Result<Self, Failure> {
        let home = Scratch::new("caddy")?;
        let variables = variables.into_iter().map(|(name, value)| (name.into(), value.into())).collect();
        let mut gateway = Self { variables, address, process: None, home };
        gateway.start_again().await?;
        Ok(gateway)
    }

    /// Where it listens, `http://127.0.0.1:<port>`.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Ends it, letting requests in flight finish.
    pub async fn stop(&mut self) {
        if let Some(process) = self.process.take() {
            process.stop().await;
        }
    }

    /// Starts it at the same address, stopping it before if it runs.
    ///
    /// # Errors
    /// As [`Self::start`].
    pub async fn start_again(&mut self) -> Result<(), Failure> {
        self.stop().await;
        let process = Launch::new("caddy", components::locate("caddy")?)
            .args(["run", "--adapter", "caddyfile", "--config"])
            .arg(caddyfile())
            // Caddy keeps certificates and its last configuration in its user's folders; these are private ones.
            .env("XDG_DATA_HOME", self.home.path())
            .env("XDG_CONFIG_HOME", self.home.path())
            .envs(self.variables.iter().map(|(name, value)| (name, value)))
            .folder(self.home.path())
            .spawn()?;
        process.ready(Ready::Tcp(self.address), START_BOUND).await?;
        self.process = Some(process);
        Ok(())
    }

    /// The running gateway's process: its output, its end.
    #[must_use]
    pub fn process(&self) -> Option<&Process> {
        self.process.as_ref()
    }
}

/// The file the product is deployed with.
fn caddyfile() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../deploy/gateway/Caddyfile")
}
