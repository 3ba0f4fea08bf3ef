//! Where an issuer's endpoints are, as seen from here.

use url::Url;

use super::resolve::{DISCOVERY_PATH, Issuer, web_url};

impl Issuer {
    /// The address of an endpoint that the issuer's discovery document names as `published`.
    ///
    /// A realm behind another address than its own usually still publishes its endpoints below its own, which may not
    /// be reachable from inside the cluster. So where discovery goes by another address, they do too. Any other
    /// address is used as it is, but never with less protection than the document that names it had.
    pub(crate) fn endpoint(&self, published: &str) -> Option<Url> {
        let below_issuer = published.strip_prefix(self.own()).filter(|path| path.starts_with('/'));
        let text = match (self.discovered_below(), below_issuer) {
            (Some(base), Some(path)) => format!("{base}{path}"),
            (Some(_) | None, _) => published.to_owned(),
        };
        web_url(&text).filter(|url| self.discovery_url.scheme() != "https" || url.scheme() == "https")
    }

    /// Keycloak's admin API of the realm, without a slash at its end: `…/realms/acme` has it at `…/admin/realms/acme`,
    /// at the address by which discovery goes. `None` for an issuer that does not look like a realm of Keycloak.
    pub(crate) fn admin_url(&self) -> Option<Url> {
        let base = self.discovered_below().unwrap_or_else(|| self.own());
        let (server, realm) = base.rsplit_once("/realms/")?;
        let is_realm = !realm.is_empty() && !realm.contains(['/', '?']);
        is_realm.then(|| web_url(&format!("{server}/admin/realms/{realm}"))).flatten()
    }

    fn own(&self) -> &str {
        self.url.strip_suffix('/').unwrap_or(&self.url)
    }

    /// What stands for the issuer's own address where discovery goes by another one.
    fn discovered_below(&self) -> Option<&str> {
        self.discovery_url.as_str().strip_suffix(DISCOVERY_PATH)
    }
}

#[cfg(test)]
mod tests {
    use ::settings::Environment;

    use crate::{IdentitySettings, IssuerSettings};

    fn check(issuer: &str, discovery_url: Option<&str>, expected: Option<&str>) {
        let issuer = IssuerSettings {
            tenant: Some("acme".to_owned()),
            discovery_url: discovery_url.map(str::to_owned),
            ..IssuerSettings::from(issuer)
        };
        let settings = IdentitySettings { issuers: vec![issuer], ..IdentitySettings::default() };
        let issuers =
            settings.resolve(Environment::Production, &mut |path, problem| panic!("{path} {problem}"));
        let found = issuers[0].admin_url();
        assert_eq!(found.as_ref().map(url::Url::as_str), expected, "{:?}", settings.issuers[0]);
    }

    #[test]
    fn the_admin_api_is_beside_the_realm_at_the_address_that_is_reached_from_here() {
        let usual = Some("https://id.example.org/admin/realms/acme");
        check("https://id.example.org/realms/acme", None, usual);
        check("https://id.example.org/realms/acme/", None, usual);
        let below = "https://id.example.org/auth/realms/acme";
        check(below, None, Some("https://id.example.org/auth/admin/realms/acme"));
        let inside = "http://keycloak:8080/realms/inner/.well-known/openid-configuration";
        check(below, Some(inside), Some("http://keycloak:8080/admin/realms/inner"));
        check(below, Some("https://mirror/acme.json"), Some("https://id.example.org/auth/admin/realms/acme"));
    }

    #[test]
    fn an_issuer_that_is_no_realm_of_keycloak_has_none() {
        for issuer in
            ["https://id.example.org/", "https://id.example.org/acme", "https://realms.example.org/a"]
        {
            check(issuer, None, None);
        }
        check("https://id.example.org/realms/acme/oidc", None, None);
    }
}
