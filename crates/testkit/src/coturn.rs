//! A real coturn, started by the very script and with the very configuration that are deployed.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::certificates::{self, AUTHORITY, CERTIFICATE, KEY};
use crate::process::{Launch, Process, Ready};
use crate::scratch::Scratch;
use crate::turn::binding;
use crate::{Failure, components, ports};

const START_BOUND: Duration = Duration::from_secs(20);

const SECRETS: &str = "secrets";

/// Where STUN and TURN servers are looked for.
const USUAL_PORT: u16 = 3478;

/// A STUN and TURN server on 127.0.0.1, which also opens relays on `::1`.
///
/// It refuses to relay to this machine, as it does wherever it is deployed: relays can be opened and permissions asked for, but two
/// peers on this machine cannot meet through it.
#[derive(Debug)]
pub struct Coturn {
    /// What it knows as `static-auth-secret`, the last one given first.
    secrets: Vec<String>,
    port: u16,
    tls_port: u16,
    // Before its folder, so that it is gone when that goes.
    process: Option<Process>,
    folder: Scratch,
}

impl Coturn {
    /// Starts a server with a random secret on free ports.
    ///
    /// # Errors
    /// The component is missing or does not start; its last output is in the text.
    pub async fn start() -> Result<Self, Failure> {
        Self::launch(ports::free()?).await
    }

    /// The same at the usual port, if that is free: for people who look for it there.
    ///
    /// # Errors
    /// As [`Self::start`].
    pub async fn development() -> Result<Self, Failure> {
        Self::launch(ports::preferred(USUAL_PORT)?).await
    }

    async fn launch(port: u16) -> Result<Self, Failure> {
        let folder = Scratch::new("coturn")?;
        certificates::write(folder.path())?;
        let secrets = vec![Self::random_secret()];
        let mut server = Self { secrets, port, tls_port: ports::free()?, process: None, folder };
        server.start_again().await?;
        Ok(server)
    }

    /// A secret as an operator makes one.
    #[must_use]
    pub fn random_secret() -> String {
        STANDARD.encode(rand::random::<[u8; 32]>())
    }

    /// The secrets that it accepts credentials of.
    #[must_use]
    pub fn secrets(&self) -> &[String] {
        &self.secrets
    }

    /// `stun:127.0.0.1:<port>`.
    #[must_use]
    pub fn stun_url(&self) -> String {
        format!("stun:127.0.0.1:{}", self.port)
    }

    /// Its addresses by UDP and by TCP.
    #[must_use]
    pub fn urls(&self) -> [String; 2] {
        ["udp", "tcp"].map(|transport| format!("turn:127.0.0.1:{}?transport={transport}", self.port))
    }

    /// Its address by TLS, whose certificate is signed by [`Self::authority_file`].
    #[must_use]
    pub fn tls_url(&self) -> String {
        format!("turns:127.0.0.1:{}?transport=tcp", self.tls_port)
    }

    /// The certificate of the authority that signed the server's, in PEM. No machine trusts it by itself.
    #[must_use]
    pub fn authority_file(&self) -> PathBuf {
        self.folder.path().join(AUTHORITY)
    }

    /// Ends the server, and with it every relay.
    pub async fn stop(&mut self) {
        if let Some(process) = self.process.take() {
            process.stop().await;
        }
    }

    /// Starts it on the same ports with these secrets, stopping it before if it runs: what an operator does to change one.
    ///
    /// # Errors
    /// As [`Self::start`].
    pub async fn start_again_with(&mut self, secrets: &[&str]) -> Result<(), Failure> {
        self.secrets = secrets.iter().map(|&secret| secret.to_owned()).collect();
        self.start_again().await
    }

    /// Starts it with the same ports and secrets, stopping it before if it runs.
    ///
    /// # Errors
    /// As [`Self::start`].
    pub async fn start_again(&mut self) -> Result<(), Failure> {
        self.stop().await;
        let folder = self.folder.path();
        std::fs::write(folder.join(SECRETS), self.secrets.join("\n") + "\n")
            .map_err(|error| Failure::because("cannot write coturn's secrets", error))?;
        let process = Launch::new("coturn", script())
            .env("TURNSERVER", components::locate("coturn")?)
            .env("TURN_FOLDER", folder)
            .env("TURN_REALM", "turn.test")
            .env("TURN_SECRETS_FILE", folder.join(SECRETS))
            .env("TURN_LISTEN", "127.0.0.1")
            .env("TURN_RELAY", "127.0.0.1 ::1")
            .env("TURN_PORT", self.port.to_string())
            .env("TURN_TLS_PORT", self.tls_port.to_string())
            .env("TURN_CERTIFICATE", folder.join(CERTIFICATE))
            .env("TURN_KEY", folder.join(KEY))
            .folder(folder)
            .spawn()?;
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, self.tls_port));
        process.ready(Ready::Tcp(address), START_BOUND).await?;
        // What comes by UDP is answered a little later than connections are accepted.
        binding(&self.stun_url()).await.map_err(|error| {
            Failure::because(format!("coturn does not answer; its last output:\n{}", process.output()), error)
        })?;
        self.process = Some(process);
        Ok(())
    }

    /// The running server's process: its output, its end.
    #[must_use]
    pub fn process(&self) -> Option<&Process> {
        self.process.as_ref()
    }
}

/// The script that the product is deployed with; the configuration is beside it.
fn script() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../deploy/coturn/start")
}
