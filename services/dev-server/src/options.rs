//! The command line, and the settings that follow from it.

use std::net::SocketAddr;

use anyhow::{Context, ensure};
use clap::Parser;
use realtime_service::{RealtimeSettings, SERVICE};

use crate::issuer::{AUDIENCE, CLIENT};

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
    livekit_url: String,
    /// Where clients are told to connect.
    #[arg(long, default_value = "ws://127.0.0.1:7880")]
    livekit_public_url: String,
    /// Origins of web pages that may call the API, separated by commas; by default where development servers usually are.
    #[arg(
        long,
        env = "DEV_SERVER_CORS_ORIGINS",
        default_value = "http://localhost:3000,http://localhost:5173,http://127.0.0.1:3000,http://127.0.0.1:5173"
    )]
    cors_origins: String,
    /// LiveKit's API key.
    #[arg(long, env = "DEV_SERVER_LIVEKIT_API_KEY", default_value = "devkey")]
    livekit_api_key: String,
    /// LiveKit's API secret; the default is that of `livekit-server --dev`.
    #[arg(long, env = "DEV_SERVER_LIVEKIT_API_SECRET", default_value = "secret", hide_env_values = true)]
    livekit_api_secret: String,
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

    /// The settings of the service inside, by the same road that a real one's take.
    pub(crate) fn settings(&self, realm: &str) -> anyhow::Result<RealtimeSettings> {
        let environment = [
            ("ENVIRONMENT", "development"),
            ("SERVER__LISTEN", &self.listen.to_string()),
            // Any free port: who looks for metrics finds the address in the line `server.listening`.
            ("SERVER__MANAGEMENT_LISTEN", "127.0.0.1:0"),
            ("SERVER__DRAIN_SECONDS", "0"),
            ("IDENTITY__ISSUERS", &self.issuer(realm)),
            // The issuer is this very process, which listens a moment after the keys are first asked for.
            ("IDENTITY__JWKS_RETRY_MS", "20"),
            ("IDENTITY__AUDIENCE", AUDIENCE),
            ("IDENTITY__AUTHORIZED_PARTIES", CLIENT),
            ("LIVEKIT__URL", &self.livekit_url),
            ("LIVEKIT__PUBLIC_URL", &self.livekit_public_url),
            ("LIVEKIT__API_KEY", &self.livekit_api_key),
            ("LIVEKIT__API_SECRET", &self.livekit_api_secret),
            ("TELEMETRY__LOG_FORMAT", "text"),
            ("CORS__ORIGINS", &self.cors_origins),
            // Whoever tries things out reloads a page more often than a person makes calls.
            ("LIMITS__JOINS_PER_MINUTE", "600"),
        ]
        .map(|(name, value)| (format!("{}__{name}", SERVICE.prefix), value.to_owned()));
        settings::load(&SERVICE, None, environment).context("the development settings do not hold together")
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
