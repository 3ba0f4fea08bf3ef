//! A real Keycloak with the realm of `deploy/keycloak`, on a database of its own.

mod admin;
mod distribution;
mod sessions;
mod shared;
mod tokens;

use std::time::Duration;

use crate::process::{Process, Ready};
use crate::scratch::Scratch;
use crate::{Failure, ports};
use distribution::Distribution;
pub use tokens::Tokens;

/// Keycloak alone starts in 5 s; beside compilers and other tests in several times that.
const START_BOUND: Duration = Duration::from_mins(2);

/// The realm of `deploy/keycloak`.
const REALM: &str = "realtime";

/// A Keycloak server: the realm `realtime` with the client `web` and its demo users, whose password is their name.
#[derive(Debug)]
pub struct Keycloak {
    /// `http://127.0.0.1:<port>`.
    pub base_url: String,
    /// The administrator of the server.
    pub admin_username: String,
    /// The administrator's password.
    pub admin_password: String,
    home: Option<Home>,
}

/// What a server started here has beyond its address.
#[derive(Debug)]
struct Home {
    distribution: Distribution,
    port: u16,
    // Before its folder, so that it is gone when that goes.
    process: Option<Process>,
    folder: Scratch,
}

impl Keycloak {
    /// Starts a server of its own. The first start of all prepares the distribution, which takes most of a minute.
    ///
    /// # Errors
    /// Keycloak or Java is missing or does not start; its last output is in the text.
    pub async fn start() -> Result<Self, Failure> {
        let distribution = Distribution::prepared().await?;
        let folder = Scratch::new("keycloak")?;
        distribution.furnish(folder.path())?;
        let port = ports::free()?;
        let administrator = distribution.administrator();
        let mut server = Self {
            base_url: format!("http://127.0.0.1:{port}"),
            admin_username: administrator.username,
            admin_password: administrator.password,
            home: Some(Home { distribution, port, process: None, folder }),
        };
        server.start_again().await?;
        Ok(server)
    }

    /// The server that all tests of a run share; read and add to it, but neither stop it nor rotate its keys.
    ///
    /// It is the one that `TESTKIT_KEYCLOAK_URL`, `TESTKIT_KEYCLOAK_ADMIN` and `TESTKIT_KEYCLOAK_ADMIN_PASSWORD` name,
    /// else one started for this process.
    ///
    /// # Errors
    /// As [`Self::start`].
    pub async fn shared() -> Result<&'static Self, Failure> {
        shared::get().await
    }

    /// The variables by which another process finds this server with [`Self::shared`].
    #[must_use]
    pub fn environment(&self) -> [(&'static str, String); 3] {
        shared::environment(self)
    }

    /// The issuer of the realm `realtime`, as its tokens name it.
    #[must_use]
    pub fn issuer(&self) -> String {
        self.issuer_of(REALM)
    }

    /// The issuer of any realm.
    #[must_use]
    pub fn issuer_of(&self, realm: &str) -> String {
        format!("{}/realms/{realm}", self.base_url)
    }

    /// Ends the server and keeps its data. Does nothing to a server that was not started by this process.
    pub async fn stop(&mut self) {
        if let Some(process) = self.home.as_mut().and_then(|home| home.process.take()) {
            process.stop().await;
        }
    }

    /// Starts it at the same address with the data it had, stopping it before if it runs.
    ///
    /// # Errors
    /// As [`Self::start`], and if the server was not started by this process.
    pub async fn start_again(&mut self) -> Result<(), Failure> {
        self.stop().await;
        let document = format!("{}/.well-known/openid-configuration", self.issuer());
        let Some(home) = &mut self.home else {
            return Err(Failure::new(format!("{} is not ours to start", self.base_url)));
        };
        let process = home.distribution.serve(home.folder.path(), home.port).spawn()?;
        process.ready(Ready::Http(&document), START_BOUND).await?;
        home.process = Some(process);
        Ok(())
    }

    /// The process of a running server that was started here: its output, its end.
    #[must_use]
    pub fn process(&self) -> Option<&Process> {
        self.home.as_ref()?.process.as_ref()
    }
}
