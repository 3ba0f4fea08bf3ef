//! A Redis server as one is handed it by a provider: TLS with a private authority, and a user with a password.

use std::path::PathBuf;

use super::{Kind, Redis, secret};
use crate::certificates::{self, AUTHORITY, CERTIFICATE, KEY};
use crate::{Failure, ports};

/// The user that the store is to be.
const USER: &str = "realtime";
/// The user behind [`Redis::command`].
const ADMINISTRATOR: &str = "administrator";

/// A server that is spoken to by TLS, whose certificate names `localhost` and `127.0.0.1`, and where nobody may do
/// anything without a password.
#[derive(Debug)]
pub struct SecureRedis {
    /// `rediss://<username>:<password>@localhost:<port>`.
    pub url: String,
    /// The same without the user and password: `localhost:<port>`.
    pub host: String,
    /// The certificate of the authority that signed the server's, in PEM. No machine trusts it by itself.
    pub authority_file: PathBuf,
    /// The user in the address.
    pub username: String,
    /// That user's password.
    pub password: String,
    server: Redis,
}

impl SecureRedis {
    /// Starts one with fresh certificates and passwords.
    ///
    /// # Errors
    /// The component is missing or does not start; its last output is in the text.
    pub async fn start() -> Result<Self, Failure> {
        let (password, administrators) = (secret(), secret());
        let port = ports::free()?;
        let mut written = Ok(());
        let mut server = Redis::prepared(Kind::Server, |folder| {
            written = certificates::write(folder);
            vec![
                format!("tls-port {port}"),
                format!("tls-cert-file {}", folder.join(CERTIFICATE).display()),
                format!("tls-key-file {}", folder.join(KEY).display()),
                format!("tls-ca-cert-file {}", folder.join(AUTHORITY).display()),
                "tls-auth-clients no".to_owned(),
                "user default off".to_owned(),
                // What the store may do in production too: its tenants' keys, and nothing that endangers the server.
                format!("user {USER} on >{password} ~{{t:*}}:* +@all -@dangerous +info +role"),
                // By the port without TLS: what tests do to the server is not what they test.
                format!("user {ADMINISTRATOR} on >{administrators} ~* &* +@all"),
            ]
        })?;
        written?;
        server.login = vec![ADMINISTRATOR.to_owned(), administrators];
        server.start_again().await?;
        let host = format!("localhost:{port}");
        Ok(Self {
            url: format!("rediss://{USER}:{password}@{host}"),
            host,
            authority_file: server.folder.path().join(AUTHORITY),
            username: USER.to_owned(),
            password,
            server,
        })
    }

    /// The server, to stop, start or command it.
    #[must_use]
    pub fn server(&mut self) -> &mut Redis {
        &mut self.server
    }
}
