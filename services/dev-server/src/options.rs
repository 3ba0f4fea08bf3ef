//! The command line.

use std::net::SocketAddr;

use anyhow::ensure;
use clap::Parser;

/// The whole API in one process, for whoever tries it for the first time.
///
/// Its issuer hands out tokens to anybody who knows the name of a demo user, so it listens on loopback addresses only.
#[derive(Debug, Parser)]
#[command(version)]
pub(crate) struct Options {
    /// Says that you know what this is: without it nothing starts.
    #[arg(long)]
    dev: bool,
    /// Where to listen; a loopback address.
    #[arg(long, default_value = "127.0.0.1:8080")]
    pub(crate) listen: SocketAddr,
    /// Where this process calls LiveKit.
    #[arg(long, default_value = "http://127.0.0.1:7880")]
    pub(crate) livekit_url: String,
    /// Where clients are told to connect.
    #[arg(long, default_value = "ws://127.0.0.1:7880")]
    pub(crate) livekit_public_url: String,
    /// Origins of web pages that may call the API, separated by commas; by default where development servers usually are.
    #[arg(
        long,
        env = "DEV_SERVER_CORS_ORIGINS",
        default_value = "http://localhost:3000,http://localhost:5173,http://127.0.0.1:3000,http://127.0.0.1:5173"
    )]
    pub(crate) cors_origins: String,
    /// LiveKit's API key.
    #[arg(long, env = "DEV_SERVER_LIVEKIT_API_KEY", default_value = "devkey")]
    pub(crate) livekit_api_key: String,
    /// LiveKit's API secret; the default is that of `livekit-server --dev`.
    #[arg(long, env = "DEV_SERVER_LIVEKIT_API_SECRET", default_value = "secret", hide_env_values = true)]
    pub(crate) livekit_api_secret: String,
}

impl Options {
    /// Refuses what would let strangers in.
    pub(crate) fn check(&self) -> anyhow::Result<()> {
        ensure!(self.dev, "this server gives tokens to anybody; say --dev if that is what you want");
        ensure!(
            self.listen.ip().is_loopback(),
            "{} is no loopback address; this server gives tokens to anybody and may not be reached from elsewhere",
            self.listen.ip()
        );
        Ok(())
    }

    /// The issuer's URL.
    pub(crate) fn issuer(&self, realm: &str) -> String {
        format!("http://{}/realms/{realm}", self.listen)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(arguments: &[&str], refused: Option<&str>) {
        let options = Options::try_parse_from([&["dev-server"], arguments].concat()).unwrap();
        let outcome = options.check().map_err(|error| error.to_string());
        match refused {
            None => assert_eq!(outcome, Ok(())),
            Some(word) => assert!(outcome.is_err_and(|text| text.contains(word)), "{arguments:?}"),
        }
    }

    #[test]
    fn it_starts_on_loopback_and_on_demand_only() {
        check(&["--dev"], None);
        check(&["--dev", "--listen", "[::1]:9000"], None);
        check(&[], Some("--dev"));
        check(&["--dev", "--listen", "0.0.0.0:8080"], Some("loopback"));
        check(&["--dev", "--listen", "192.0.2.1:8080"], Some("loopback"));
    }
}
