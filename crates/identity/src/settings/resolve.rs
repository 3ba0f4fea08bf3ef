//! From the settings as written to issuers as they are used, with every fault on the way.

use std::collections::HashSet;

use ::settings::Environment;
use signal_protocol::Tenant;
use url::Url;

use super::{IdentitySettings, IssuerSettings};

/// What OpenID Connect Discovery appends to an issuer's URL.
pub(super) const DISCOVERY_PATH: &str = "/.well-known/openid-configuration";

/// An issuer whose settings are in order.
#[derive(Debug, Clone)]
pub(crate) struct Issuer {
    /// Compared byte for byte with `iss`, so it stays the text it was.
    pub(crate) url: String,
    pub(crate) tenant: Tenant,
    pub(crate) discovery_url: Url,
    pub(crate) audience: String,
    pub(crate) authorized_parties: Vec<String>,
}

/// What is wrong with one issuer: the end of the setting's path, and the problem.
type Problems = Vec<(&'static str, String)>;

impl IdentitySettings {
    /// The issuers that are in order; `fault` hears the path and the problem of everything that is not.
    pub(crate) fn resolve(
        &self,
        environment: Environment,
        fault: &mut dyn FnMut(&str, String),
    ) -> Vec<Issuer> {
        if self.issuers.is_empty() {
            fault("issuers", "is empty; it must name the URL of at least one Keycloak realm".to_owned());
        }
        if self.algorithms.is_empty() {
            fault("algorithms", "is empty; it must name at least one, usually RS256".to_owned());
        }
        let mut urls = HashSet::new();
        let mut tenants = HashSet::new();
        let mut resolved = Vec::new();
        for (index, settings) in self.issuers.iter().enumerate() {
            let mut problems = Problems::new();
            let issuer = self.issuer(settings, environment, &mut problems);
            if !urls.insert(settings.issuer.as_str()) {
                problems.push(("", "is given twice".to_owned()));
            } else if let Some(issuer) = &issuer
                && !tenants.insert(issuer.tenant.clone())
            {
                let tenant = &issuer.tenant;
                problems.push((
                    ".tenant",
                    format!("is {tenant}, as that of another issuer; they would share rooms"),
                ));
            }
            for (end, problem) in problems {
                fault(&format!("issuers[{index}]{end}"), problem);
            }
            resolved.extend(issuer);
        }
        resolved
    }

    fn issuer(
        &self,
        settings: &IssuerSettings,
        environment: Environment,
        problems: &mut Problems,
    ) -> Option<Issuer> {
        let url = issuer_url(&settings.issuer, environment, problems)?;
        let tenant = tenant(settings, &url, problems);
        let discovery_url = discovery_url(settings, problems);
        let audience = settings.audience.as_ref().unwrap_or(&self.audience);
        if audience.is_empty() {
            problems.push((".audience", "is empty; it must name what tokens are meant for".to_owned()));
        }
        let authorized_parties = settings.authorized_parties.as_ref().unwrap_or(&self.authorized_parties);
        Some(Issuer {
            url: settings.issuer.clone(),
            tenant: tenant?,
            discovery_url: discovery_url?,
            audience: audience.clone(),
            authorized_parties: authorized_parties.clone(),
        })
    }
}

fn issuer_url(text: &str, environment: Environment, problems: &mut Problems) -> Option<Url> {
    let Some(url) = web_url(text).filter(|url| url.query().is_none()) else {
        problems.push(("", "must be a URL such as https://id.example.org/realms/example".to_owned()));
        return None;
    };
    if url.scheme() == "http" && !environment.is_development() {
        problems.push(("", "uses plain HTTP, which only development permits; it must use https".to_owned()));
        return None;
    }
    Some(url)
}

fn tenant(settings: &IssuerSettings, issuer: &Url, problems: &mut Problems) -> Option<Tenant> {
    let last_segment = || issuer.path_segments()?.rfind(|segment| !segment.is_empty());
    let tenant = match &settings.tenant {
        Some(tenant) => Tenant::parse(tenant),
        None => Tenant::parse(last_segment().unwrap_or_default()),
    };
    let problem = |fault| match &settings.tenant {
        Some(_) => format!("{fault}"),
        None => format!("is required here, because the issuer's path does not end in one; it {fault}"),
    };
    tenant.map_err(|fault| problems.push((".tenant", problem(fault)))).ok()
}

fn discovery_url(settings: &IssuerSettings, problems: &mut Problems) -> Option<Url> {
    let issuer = settings.issuer.strip_suffix('/').unwrap_or(&settings.issuer);
    let own = format!("{issuer}{DISCOVERY_PATH}");
    let url = web_url(settings.discovery_url.as_ref().unwrap_or(&own));
    if url.is_none() {
        problems.push((".discovery_url", format!("must be a URL such as {own}")));
    }
    url
}

/// A URL of the web that can be asked as it is: no credentials in it, and no fragment that nobody would ever see.
pub(super) fn web_url(text: &str) -> Option<Url> {
    let url = Url::parse(text).ok()?;
    let is_plain = url.username().is_empty() && url.password().is_none() && url.fragment().is_none();
    (matches!(url.scheme(), "http" | "https") && url.has_host() && is_plain).then_some(url)
}

#[cfg(test)]
mod tests;
