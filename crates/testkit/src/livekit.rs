//! A real LiveKit server that takes part in no network but the loopback one.

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use crate::process::{Launch, Process, Ready};
use crate::scratch::Scratch;
use crate::{Failure, components, ports};

const START_BOUND: Duration = Duration::from_secs(30);

/// Asked to end, LiveKit waits until its last participant has left of their own accord.
const PATIENCE: Duration = Duration::from_secs(1);

const CONFIGURATION: &str = "livekit.yaml";

/// LiveKit's own port, where people look for a server in development.
const USUAL_PORT: u16 = 7880;

/// A LiveKit server, configured as the product needs it: rooms are created by the service, never by joining.
#[derive(Debug)]
pub struct LiveKit {
    /// Where services call it, `http://127.0.0.1:<port>`.
    pub url: String,
    /// Where clients connect, `ws://127.0.0.1:<port>`.
    pub public_url: String,
    /// The name of its only API key.
    pub api_key: String,
    /// The secret of that key.
    pub api_secret: String,
    // Before its folder, so that it is gone when that goes.
    process: Option<Process>,
    folder: Scratch,
}

/// What differs between servers.
struct Plan {
    port: u16,
    api_key: String,
    api_secret: String,
    development: bool,
    webhook: Option<String>,
}

impl LiveKit {
    /// Starts a server with a random key on free ports.
    ///
    /// # Errors
    /// The component is missing or does not start; its last output is in the text.
    pub async fn start() -> Result<Self, Failure> {
        Self::launch(Plan::random(None)?).await
    }

    /// As [`Self::start`], and the server sends its webhooks to this address, signed with its key.
    ///
    /// # Errors
    /// As [`Self::start`].
    pub async fn with_webhook(url: &str) -> Result<Self, Failure> {
        Self::launch(Plan::random(Some(url.to_owned()))?).await
    }

    /// The server of `cargo xtask dev`: at LiveKit's usual port if that is free, with the key and secret of
    /// `livekit-server --dev`, which every LiveKit tool knows. It sends its webhooks to `webhook`, if that is given.
    ///
    /// # Errors
    /// As [`Self::start`].
    pub async fn development(webhook: Option<&str>) -> Result<Self, Failure> {
        let plan = Plan {
            port: ports::preferred(USUAL_PORT)?,
            api_key: "devkey".to_owned(),
            api_secret: "secret".to_owned(),
            development: true,
            webhook: webhook.map(str::to_owned),
        };
        Self::launch(plan).await
    }

    async fn launch(plan: Plan) -> Result<Self, Failure> {
        let folder = Scratch::new("livekit")?;
        std::fs::write(folder.path().join(CONFIGURATION), plan.configuration(ports::free()?))
            .map_err(|error| Failure::because("cannot write LiveKit's configuration", error))?;
        let mut server = Self {
            url: format!("http://127.0.0.1:{}", plan.port),
            public_url: format!("ws://127.0.0.1:{}", plan.port),
            api_key: plan.api_key,
            api_secret: plan.api_secret,
            process: None,
            folder,
        };
        server.start_again().await?;
        Ok(server)
    }

    /// Ends the server, whoever is connected. What it knew of rooms is lost, as with every LiveKit server without Redis.
    pub async fn stop(&mut self) {
        if let Some(process) = self.process.take() {
            process.stop_within(PATIENCE).await;
        }
    }

    /// Starts it with the same ports and key, stopping it before if it runs.
    ///
    /// # Errors
    /// As [`Self::start`].
    pub async fn start_again(&mut self) -> Result<(), Failure> {
        self.stop().await;
        let process = Launch::new("livekit-server", components::locate("livekit-server")?)
            .arg("--config")
            .arg(self.folder.path().join(CONFIGURATION))
            .folder(self.folder.path())
            .spawn()?;
        process.ready(Ready::Http(&self.url), START_BOUND).await?;
        self.process = Some(process);
        Ok(())
    }

    /// Has it send its webhooks to this address, signed with its first key. It begins when it is started again.
    ///
    /// # Errors
    /// Its configuration cannot be read or written.
    pub fn send_webhooks_to(&self, url: &str) -> Result<(), Failure> {
        self.configure("webhook", json!({ "urls": [url], "api_key": self.api_key }))
    }

    /// Has it send no webhooks any more. It stops when it is started again.
    ///
    /// # Errors
    /// Its configuration cannot be read or written.
    pub fn send_no_webhooks(&self) -> Result<(), Failure> {
        self.configure("webhook", json!({}))
    }

    /// Gives it these keys, names and secrets, instead of those that it has. It takes them when it is started again.
    ///
    /// # Errors
    /// Its configuration cannot be read or written.
    pub fn take_keys<'a>(&self, keys: impl IntoIterator<Item = (&'a str, &'a str)>) -> Result<(), Failure> {
        let keys = keys.into_iter().map(|(name, secret)| (name.to_owned(), Value::from(secret))).collect();
        self.configure("keys", keys)
    }

    fn configure(&self, section: &str, value: Value) -> Result<(), Failure> {
        let file = self.folder.path().join(CONFIGURATION);
        let failed = |error| Failure::because("cannot change LiveKit's configuration", error);
        let text = std::fs::read_to_string(&file).map_err(failed)?;
        let mut configuration: Value =
            serde_json::from_str(&text).map_err(|error| failed(std::io::Error::other(error)))?;
        configuration[section] = value;
        std::fs::write(&file, configuration.to_string()).map_err(failed)
    }

    /// The running server's process: its output, its end.
    #[must_use]
    pub fn process(&self) -> Option<&Process> {
        self.process.as_ref()
    }
}

impl Plan {
    fn random(webhook: Option<String>) -> Result<Self, Failure> {
        let random = || URL_SAFE_NO_PAD.encode(rand::random::<[u8; 32]>());
        let api_key = format!("API{}", &random()[..12]);
        Ok(Self { port: ports::free()?, api_key, api_secret: random(), development: false, webhook })
    }

    /// JSON is YAML, and needs no care for quoting.
    fn configuration(&self, media_port: u16) -> String {
        let Self { port, api_key, api_secret, development, webhook } = self;
        let webhook = webhook.as_ref().map(|url| json!({ "urls": [url], "api_key": api_key }));
        let configuration = json!({
            "port": port,
            "bind_addresses": ["127.0.0.1"],
            "development": development,
            "logging": { "level": "info" },
            "keys": { api_key: api_secret },
            "room": { "auto_create": false },
            "rtc": {
                // One port for all media. No ICE over TCP: that listener cannot be bound to one address, and loopback
                // never blocks UDP.
                "udp_port": media_port,
                "tcp_port": 0,
                // Only loopback is offered to clients, and nobody outside is asked for our address.
                "use_external_ip": false,
                "node_ip": "127.0.0.1",
                "ips": { "includes": ["127.0.0.1/32"] },
                "enable_loopback_candidate": true,
            },
            "webhook": webhook.unwrap_or_else(|| json!({})),
        });
        configuration.to_string()
    }
}
