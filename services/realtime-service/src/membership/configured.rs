//! From the settings to the sources that they name.

use http_client::{Client, ClientSettings, Failure};
use identity::ServiceAccount;

use super::http::HttpSource;
use super::registry::KeptHere;
use super::source::MembershipSource;
use super::token_claims::{Groups, TokenClaims};
use crate::registry::Registry;
use crate::{HttpSourceSettings, MembershipSettings, SourceName, StartError, TokenClaimsSettings};

/// The largest listing of members that is read, in bytes: some thousand people.
const LISTING_BYTES: usize = 1024 * 1024;

/// The sources in their order.
pub(super) fn sources(
    settings: &MembershipSettings,
    account: Option<&ServiceAccount>,
    registry: Option<&Registry>,
) -> Result<Vec<Box<dyn MembershipSource>>, StartError> {
    let mut sources: Vec<Box<dyn MembershipSource>> = Vec::with_capacity(settings.sources.len());
    for source in &settings.sources {
        match source {
            SourceName::TokenClaims => {
                let claims = &settings.token_claims;
                let groups = account.map(|account| groups(claims, account)).transpose()?;
                sources.push(Box::new(TokenClaims::new(claims, groups)));
            }
            SourceName::Http => {
                let http = settings.http.as_ref().ok_or(StartError::NoMembershipService)?;
                sources.push(Box::new(HttpSource::new(application_client(http)?, http, account.cloned())));
            }
            SourceName::Registry => {
                let registry = registry.ok_or(StartError::NoRegistry)?;
                sources.push(Box::new(KeptHere::new(registry.clone())));
            }
        }
    }
    Ok(sources)
}

fn groups(settings: &TokenClaimsSettings, account: &ServiceAccount) -> Result<Groups, Failure> {
    let client = client("keycloak-admin", settings.timeout_ms, LISTING_BYTES)?;
    Ok(Groups::new(client, settings, account.clone()))
}

fn application_client(settings: &HttpSourceSettings) -> Result<Client, Failure> {
    let answers_are_short = settings.members_url.is_none();
    let usual = ClientSettings::default().body_limit_bytes;
    client("membership", settings.timeout_ms, if answers_are_short { usual } else { LISTING_BYTES })
}

fn client(name: &'static str, timeout_ms: u32, body_limit_bytes: usize) -> Result<Client, Failure> {
    let bounds = ClientSettings {
        timeout_ms,
        connect_timeout_ms: timeout_ms,
        body_limit_bytes,
        ..ClientSettings::default()
    };
    Client::new(name, &bounds)
}
