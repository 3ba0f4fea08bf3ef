//! The settings of the services inside, by the same road that those of real ones take.

use std::net::SocketAddr;

use ::settings::{Service, Settings};
use anyhow::Context;
use call_state_service::CallStateSettings;
use realtime_service::RealtimeSettings;

use crate::issuer::{AUDIENCE, CLIENT};
use crate::options::Options;
use crate::realm::Realm;

/// What the settings want to see where calls are kept. Here they are in memory, and this address is never asked.
const NO_REDIS: &str = "redis://127.0.0.1:9";

/// What stands in the settings of both.
fn common(options: &Options, realm: &Realm) -> Vec<(&'static str, String)> {
    let services = realm.services.iter().map(|service| service.profile.client_id.as_str());
    let parties: Vec<&str> = std::iter::once(CLIENT).chain(services).collect();
    vec![
        ("ENVIRONMENT", "development".to_owned()),
        // Any free port: who looks for metrics finds the address in the line `server.listening`.
        ("SERVER__MANAGEMENT_LISTEN", "127.0.0.1:0".to_owned()),
        ("SERVER__DRAIN_SECONDS", "0".to_owned()),
        ("IDENTITY__ISSUERS", options.issuer(&realm.name)),
        // The issuer is this very process, which listens a moment after the keys are first asked for.
        ("IDENTITY__JWKS_RETRY_MS", "20".to_owned()),
        ("IDENTITY__AUDIENCE", AUDIENCE.to_owned()),
        ("IDENTITY__AUTHORIZED_PARTIES", parties.join(",")),
        ("REDIS__URL", NO_REDIS.to_owned()),
        ("TELEMETRY__LOG_FORMAT", "text".to_owned()),
    ]
}

/// Of call-state-service, on any free port.
pub(crate) fn call_state(options: &Options, realm: &Realm) -> anyhow::Result<CallStateSettings> {
    let mut settings = common(options, realm);
    settings.push(("SERVER__LISTEN", "127.0.0.1:0".to_owned()));
    load(&call_state_service::SERVICE, settings)
}

/// Of realtime-service, beside a call-state-service at `calls`.
pub(crate) fn realtime(
    options: &Options,
    realm: &Realm,
    calls: SocketAddr,
) -> anyhow::Result<RealtimeSettings> {
    let service = realm.services.first().context("the realm file has no service account")?;
    let mut settings = common(options, realm);
    settings.extend([
        ("SERVER__LISTEN", options.listen.to_string()),
        ("IDENTITY__SERVICE_ACCOUNT__CLIENT_ID", service.profile.client_id.clone()),
        ("IDENTITY__SERVICE_ACCOUNT__CLIENT_SECRET", service.secret.clone()),
        ("LIVEKIT__URL", options.livekit_url.clone()),
        ("LIVEKIT__PUBLIC_URL", options.livekit_public_url.clone()),
        ("LIVEKIT__API_KEY", options.livekit_api_key.clone()),
        ("LIVEKIT__API_SECRET", options.livekit_api_secret.clone()),
        ("CALL_STATE__URL", format!("http://{calls}")),
        // The rooms in people's groups, and those that somebody makes with the API.
        ("MEMBERSHIP__SOURCES", "token_claims,registry".to_owned()),
        ("CORS__ORIGINS", options.cors_origins.clone()),
        // There is no other server to which clients could be led when this one ends.
        ("SIGNALLING__DRAIN_SECONDS", "0".to_owned()),
        // Whoever tries things out reloads a page more often than a person makes calls.
        ("LIMITS__JOINS_PER_MINUTE", "600".to_owned()),
        ("LIMITS__INVITES_PER_MINUTE", "600".to_owned()),
        ("LIMITS__CALLEES_PER_MINUTE", "600".to_owned()),
        ("LIMITS__INVITES_PER_MINUTE_TO_ONE", "600".to_owned()),
    ]);
    load(&realtime_service::SERVICE, settings)
}

fn load<S: Settings>(service: &Service, given: Vec<(&'static str, String)>) -> anyhow::Result<S> {
    let environment = given.into_iter().map(|(name, value)| (format!("{}__{name}", service.prefix), value));
    ::settings::load(service, None, environment)
        .with_context(|| format!("the development settings of {} do not hold together", service.name))
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;

    use super::*;

    #[test]
    fn they_hold_together() {
        let options = Options::try_parse_from(["dev-server", "--dev"]).unwrap();
        let realm = Realm::demo().unwrap();
        let calls = "127.0.0.1:8082".parse().unwrap();
        let realtime = realtime(&options, &realm, calls).unwrap();
        let call_state = call_state(&options, &realm).unwrap();
        assert_eq!(realtime.identity.tenants(), call_state.identity.tenants());
    }
}
