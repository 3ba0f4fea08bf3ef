//! From the settings as written to issuers as they are used, with every fault on the way.

use std::collections::HashSet;

use ::settings::Environment;
use signal_protocol::Tenant;
use url::Url;

use super::{IdentitySettings, IssuerSettings};

/// What OpenID Connect Discovery appends to an issuer's URL.
pub(crate) const DISCOVERY_PATH: &str = "/.well-known/openid-configuration";

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

impl IdentitySettings {
    /// The issuers that are in order; `fault` hears about everything that is not.
    pub(crate) fn resolve(&self, environment: Environment, fault: &mut dyn FnMut(&str, String)) -> Vec<Issuer> {
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
            let mut problems = Vec::new();
            let issuer = self.issuer(settings, environment, &mut problems);
            if !urls.insert(settings.issuer.as_str()) {
                problems.push("occurs twice".to_owned());
            } else if let Some(issuer) = &issuer
                && !tenants.insert(issuer.tenant.clone())
            {
                problems.push(format!(
                    "shares the tenant {} with another issuer, and so its rooms; give it a `tenant` of its own",
                    issuer.tenant
                ));
            }
            for problem in problems {
                fault("issuers", format!("has at position {} an issuer that {problem}", index + 1));
            }
            resolved.extend(issuer);
        }
        resolved
    }

    fn issuer(
        &self,
        settings: &IssuerSettings,
        environment: Environment,
        problems: &mut Vec<String>,
    ) -> Option<Issuer> {
        let url = issuer_url(&settings.issuer, environment, problems);
        let tenant = tenant(settings, url.as_ref(), problems);
        let discovery_url = discovery_url(settings, problems);
        let audience = settings.audience.as_ref().unwrap_or(&self.audience);
        if audience.is_empty() {
            problems.push("has no audience; `audience` must name the client that tokens are meant for".to_owned());
        }
        let authorized_parties = settings.authorized_parties.as_ref().unwrap_or(&self.authorized_parties);
        let (Some(_), Some(tenant), Some(discovery_url)) = (url, tenant, discovery_url) else {
            return None;
        };
        Some(Issuer {
            url: settings.issuer.clone(),
            tenant,
            discovery_url,
            audience: audience.clone(),
            authorized_parties: authorized_parties.clone(),
        })
    }
}

fn issuer_url(text: &str, environment: Environment, problems: &mut Vec<String>) -> Option<Url> {
    let url = web_url(text).filter(|url| url.query().is_none());
    let Some(url) = url else {
        problems.push("is no URL such as https://id.example.org/realms/example".to_owned());
        return None;
    };
    if url.scheme() == "http" && !environment.is_development() {
        problems.push("uses plain HTTP, which only `environment = development` permits; use https".to_owned());
        return None;
    }
    Some(url)
}

fn tenant(settings: &IssuerSettings, url: Option<&Url>, problems: &mut Vec<String>) -> Option<Tenant> {
    let segment = || url.and_then(|url| url.path_segments()?.rfind(|segment| !segment.is_empty()).map(str::to_owned));
    let text = settings.tenant.clone().or_else(segment);
    let tenant = text.as_deref().and_then(|text| Tenant::parse(text).ok());
    // Without a URL there is a clearer fault already.
    if tenant.is_none() && url.is_some() {
        problems.push(
            "has no usable tenant; set `tenant` to 1 to 64 letters, digits, `_` or `-`, or end the URL in such a segment"
                .to_owned(),
        );
    }
    tenant
}

fn discovery_url(settings: &IssuerSettings, problems: &mut Vec<String>) -> Option<Url> {
    let issuer = settings.issuer.strip_suffix('/').unwrap_or(&settings.issuer);
    let Some(text) = &settings.discovery_url else {
        return web_url(&format!("{issuer}{DISCOVERY_PATH}"));
    };
    let url = web_url(text);
    if url.is_none() {
        problems.push(format!("has no usable `discovery_url`; it must be a URL such as {issuer}{DISCOVERY_PATH}"));
    }
    url
}

/// A URL of the web that can be asked as it is: no credentials in it, and no fragment that nobody would ever see.
pub(crate) fn web_url(text: &str) -> Option<Url> {
    let url = Url::parse(text).ok()?;
    let is_plain = url.username().is_empty() && url.password().is_none() && url.fragment().is_none();
    (matches!(url.scheme(), "http" | "https") && url.has_host() && is_plain).then_some(url)
}

#[cfg(test)]
mod tests;
