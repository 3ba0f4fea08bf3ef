//! Makes connections: to servers and to Sentinels, with or without TLS, as the user the settings name.

use std::io;
use std::pin::Pin;
use std::time::Duration;

use ::redis::aio::{AsyncStream, MultiplexedConnection, PubSub};
use ::redis::{AsyncConnectionConfig, RedisConnectionInfo};
use tokio::net::{TcpStream, lookup_host};
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::pki_types::ServerName;

use super::address::{Address, Login, Servers};
use super::connection::{Connection, End};
use super::fault::Fault;
use super::host::Host;
use super::{OnNewConnection, tls};
use crate::{StartError, StoreSettings};

/// How many commands may wait to be written to one connection.
const QUEUED: usize = 1_024;

type Stream = Pin<Box<dyn AsyncStream + Send + Sync>>;

/// What is the same for all connections.
pub(super) struct Caller {
    tls: Option<TlsConnector>,
    server: RedisConnectionInfo,
    sentinel: RedisConnectionInfo,
    timeout: Duration,
    pub(super) on_new_connection: OnNewConnection,
}

impl Caller {
    pub(super) fn new(
        address: &Address,
        settings: &StoreSettings,
        on_new_connection: OnNewConnection,
    ) -> Result<Self, StartError> {
        let tls = address.tls.then(|| tls::connector(settings.ca_file.as_deref())).transpose();
        let tls = tls.map_err(|source| StartError::File { setting: "ca_file", source })?;
        let sentinel = match &address.servers {
            Servers::Sentinel { login, .. } => info(login, 0),
            Servers::Single(_) | Servers::Cluster(_) => RedisConnectionInfo::default(),
        };
        let timeout = Duration::from_millis(settings.timeout_ms.into());
        Ok(Self { tls, server: info(&address.login, address.database), sentinel, timeout, on_new_connection })
    }

    /// How long connecting may take, and then each answer.
    pub(super) fn timeout(&self) -> Duration {
        self.timeout
    }

    /// Connects to a server that has data.
    pub(super) async fn server(&self, host: &Host) -> Result<Connection, Fault> {
        self.connect(host, &self.server).await
    }

    /// Connects to a Sentinel.
    pub(super) async fn sentinel(&self, host: &Host) -> Result<Connection, Fault> {
        self.connect(host, &self.sentinel).await
    }

    /// Subscribes to what a Sentinel tells of this kind.
    pub(super) async fn subscribe(&self, host: &Host, channel: &str) -> Result<PubSub, Fault> {
        let subscribed = async {
            let stream = self.open(host).await?;
            let subscribed = async {
                let mut subscription = PubSub::new(&self.sentinel, stream).await?;
                subscription.subscribe(channel).await?;
                Ok(subscription)
            };
            subscribed.await.map_err(|error| Fault::of(host, error, self.timeout))
        };
        self.in_time(host, subscribed).await
    }

    async fn connect(&self, host: &Host, who: &RedisConnectionInfo) -> Result<Connection, Fault> {
        let config = AsyncConnectionConfig::new()
            .set_response_timeout(Some(self.timeout))
            .set_pipeline_buffer_size(QUEUED);
        let connected = async {
            let stream = self.open(host).await?;
            let connected = MultiplexedConnection::new_with_config(who, stream, config).await;
            let (commands, driver) = connected.map_err(|error| Fault::of(host, error, self.timeout))?;
            Ok(Connection { commands, end: End::of(driver) })
        };
        self.in_time(host, connected).await
    }

    /// Opening a connection has one bound for all its steps.
    async fn in_time<T>(
        &self,
        host: &Host,
        opened: impl Future<Output = Result<T, Fault>>,
    ) -> Result<T, Fault> {
        let timeout = self.timeout;
        let silent = || Fault::Silent { host: host.clone(), timeout };
        tokio::time::timeout(timeout, opened).await.unwrap_or_else(|_| Err(silent()))
    }

    async fn open(&self, host: &Host) -> Result<Stream, Fault> {
        let tcp = dial(host).await.map_err(|source| Fault::Unreachable { host: host.clone(), source })?;
        let Some(tls) = &self.tls else { return Ok(Box::pin(tcp)) };
        let untrusted = |source| Fault::Tls { host: host.clone(), source };
        let name = ServerName::try_from(host.name.clone())
            .map_err(|_| untrusted(io::Error::other("its name can be in no certificate")))?;
        Ok(Box::pin(tls.connect(name, tcp).await.map_err(untrusted)?))
    }
}

/// Connects to the first of the host's addresses that somebody listens at.
async fn dial(host: &Host) -> io::Result<TcpStream> {
    let mut last = io::Error::new(io::ErrorKind::NotFound, "its name has no address");
    for address in lookup_host((host.name.as_str(), host.port)).await? {
        match TcpStream::connect(address).await {
            Ok(stream) => {
                // A command is small and waited for: it goes out at once.
                stream.set_nodelay(true)?;
                return Ok(stream);
            }
            Err(error) => last = error,
        }
    }
    Err(last)
}

fn info(login: &Login, database: u16) -> RedisConnectionInfo {
    // The names that operators see in `CLIENT LIST` are theirs to give, not the client library's.
    let mut info = RedisConnectionInfo::default().set_db(database.into()).set_skip_set_lib_name();
    if let Some(user) = &login.user {
        info = info.set_username(user);
    }
    if let Some(password) = &login.password {
        info = info.set_password(password);
    }
    info
}
