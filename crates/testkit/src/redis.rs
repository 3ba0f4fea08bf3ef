//! Real Redis servers: one, one behind TLS, a primary with replicas and Sentinels, and a Cluster.

mod cluster;
mod reply;
mod secure;
mod sentinel;
mod settled;

use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::time::Duration;

use serde_json::Value;

pub use cluster::RedisCluster;
pub use secure::SecureRedis;
pub use sentinel::RedisSentinel;

use crate::process::{Launch, Process, Ready};
use crate::scratch::Scratch;
use crate::{Failure, components, ports};

const START_BOUND: Duration = Duration::from_secs(20);

const CONFIGURATION: &str = "redis.conf";

/// What a server says once its data is loaded; until then it accepts connections and refuses commands.
const SERVES: &str = "Ready to accept connections";

/// A Redis server of its own, which keeps nothing over a restart unless it is configured to.
#[derive(Debug)]
pub struct Redis {
    /// `redis://127.0.0.1:<port>`, without a user or password.
    pub url: String,
    address: SocketAddr,
    kind: Kind,
    /// By whom [`Self::command`] is sent, as the arguments of `AUTH`.
    login: Vec<String>,
    // Before its folder, so that it is gone when that goes.
    process: Option<Process>,
    folder: Scratch,
}

/// Whether it keeps data, or watches over those that do.
#[derive(Clone, Copy, Debug)]
enum Kind {
    Server,
    Sentinel,
}

impl Redis {
    /// Starts a server that keeps its data in memory alone.
    ///
    /// # Errors
    /// The component is missing or does not start; its last output is in the text.
    pub async fn start() -> Result<Self, Failure> {
        Self::configured(&[]).await
    }

    /// As [`Self::start`], with more lines of `redis.conf`; `appendonly yes` makes it keep its data over a restart.
    ///
    /// # Errors
    /// As [`Self::start`].
    pub async fn configured(lines: &[&str]) -> Result<Self, Failure> {
        let mut server =
            Self::prepared(Kind::Server, |_| lines.iter().map(|&line| line.to_owned()).collect())?;
        server.start_again().await?;
        Ok(server)
    }

    /// A server that is not started yet. `lines` makes its configuration, and may put files into its folder.
    fn prepared(kind: Kind, lines: impl FnOnce(&Path) -> Vec<String>) -> Result<Self, Failure> {
        let folder = Scratch::new("redis")?;
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, ports::free()?));
        let mut all = vec![
            "bind 127.0.0.1".to_owned(),
            format!("port {}", address.port()),
            format!("dir {}", folder.path().display()),
        ];
        match kind {
            Kind::Server => all.extend(
                [
                    // No snapshots: what a test wants to survive, it says.
                    "save \"\"",
                    "appendfsync always",
                    "enable-debug-command local",
                    // Nobody waits five seconds for more replicas that might come.
                    "repl-diskless-sync-delay 0",
                ]
                .map(str::to_owned),
            ),
            Kind::Sentinel => {}
        }
        all.extend(lines(folder.path()));
        std::fs::write(folder.path().join(CONFIGURATION), all.join("\n") + "\n")
            .map_err(|error| Failure::because("cannot write Redis' configuration", error))?;
        Ok(Self {
            url: format!("redis://{address}"),
            address,
            kind,
            login: Vec::new(),
            process: None,
            folder,
        })
    }

    /// Ends the server in its orderly way.
    pub async fn stop(&mut self) {
        if let Some(process) = self.process.take() {
            process.stop().await;
        }
    }

    /// Ends the server as a power cut would.
    pub async fn kill(&mut self) {
        if let Some(process) = self.process.take() {
            process.kill().await;
        }
    }

    /// Starts it with the same port, data and configuration, stopping it before if it runs. What was changed by
    /// `CONFIG SET` is as before, unless Redis itself wrote it to its file, as it does under a Sentinel.
    ///
    /// # Errors
    /// As [`Self::start`].
    pub async fn start_again(&mut self) -> Result<(), Failure> {
        self.stop().await;
        let launch = Launch::new(self.kind.name(), components::locate("redis-server")?)
            .arg(self.folder.path().join(CONFIGURATION))
            .args(self.kind.arguments())
            .folder(self.folder.path());
        let process = launch.spawn()?;
        let ready = match self.kind {
            Kind::Server => Ready::Line(SERVES),
            // It says nothing of the kind, and is ready as soon as it listens.
            Kind::Sentinel => Ready::Tcp(self.address),
        };
        process.ready(ready, START_BOUND).await?;
        self.process = Some(process);
        Ok(())
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The running server's process: its output, its end, and a way to pause it.
    #[must_use]
    pub fn process(&self) -> Option<&Process> {
        self.process.as_ref()
    }

    /// Sends one command over a connection of its own, `["CONFIG", "SET", "maxmemory", "1"]`, and gives the answer:
    /// a text, a number, `null` or a list of these.
    ///
    /// # Errors
    /// The server cannot be asked, or its answer is an error, which is in the text.
    pub async fn command(&self, arguments: &[&str]) -> Result<Value, Failure> {
        reply::ask(self.address, &self.login, arguments).await
    }

    /// As [`Self::command`], for answers that are a text of lines `name:value`, as `INFO` gives; the value of one.
    async fn field(&self, arguments: &[&str], name: &str) -> Result<String, Failure> {
        let answer = self.command(arguments).await?;
        let lines = answer.as_str().unwrap_or_default().lines();
        let value = lines.filter_map(|line| line.split_once(':')).find(|(found, _)| *found == name);
        value
            .map(|(_, value)| value.to_owned())
            .ok_or_else(|| Failure::new(format!("the answer to {} names no {name}", arguments.join(" "))))
    }
}

impl Kind {
    fn name(self) -> &'static str {
        match self {
            Self::Server => "redis-server",
            Self::Sentinel => "redis-sentinel",
        }
    }

    fn arguments(self) -> &'static [&'static str] {
        match self {
            Self::Server => &[],
            Self::Sentinel => &["--sentinel"],
        }
    }
}

/// A password that nobody can guess, of characters that need no quoting anywhere.
fn secret() -> String {
    format!("{:032x}", rand::random::<u128>())
}
