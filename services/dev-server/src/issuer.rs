//! The development issuer over HTTP, at the addresses that Keycloak has: discovery, keys, and tokens for passwords.

use std::time::Duration;

use actix_web::HttpResponse;
use actix_web::web::{Data, Form, ServiceConfig};
use clock::Clock;
use http_server::Route;
use identity::development_issuer::DevelopmentIssuer;
use serde::Deserialize;
use serde_json::json;

use crate::realm::Realm;

/// The client that browsers and the demo use, as in the realm file.
pub(crate) const CLIENT: &str = "web";
/// Whom the tokens are for.
pub(crate) const AUDIENCE: &str = "realtime";

const DISCOVERY: &str = "/realms/realtime/.well-known/openid-configuration";
const CERTS: &str = "/realms/realtime/protocol/openid-connect/certs";
const TOKEN: &str = "/realms/realtime/protocol/openid-connect/token";

/// An issuer for the demo realm.
pub(crate) struct Issuer {
    keys: DevelopmentIssuer,
    realm: Realm,
    clock: Clock,
}

/// What the token endpoint takes (RFC 6749, section 4.3).
#[derive(Deserialize)]
struct PasswordGrant {
    grant_type: String,
    #[serde(default)]
    client_id: String,
    #[serde(default)]
    username: String,
    #[serde(default)]
    password: String,
}

impl Issuer {
    pub(crate) fn new(url: &str, realm: Realm, clock: Clock) -> Self {
        Self { keys: DevelopmentIssuer::new(url), realm, clock }
    }

    /// Mounts the issuer where Keycloak would have it.
    pub(crate) fn configure(issuer: &Data<Self>, app: &mut ServiceConfig) {
        app.app_data(issuer.clone())
            .service(Route::at(DISCOVERY).get("discovery", discovery))
            .service(Route::at(CERTS).get("certs", certs))
            .service(Route::at(TOKEN).post("token", token));
    }
}

async fn discovery(issuer: Data<Issuer>) -> HttpResponse {
    HttpResponse::Ok().json(issuer.keys.discovery())
}

async fn certs(issuer: Data<Issuer>) -> HttpResponse {
    HttpResponse::Ok().json(issuer.keys.jwks())
}

async fn token(issuer: Data<Issuer>, form: Form<PasswordGrant>) -> HttpResponse {
    if form.grant_type != "password" {
        return refused("unsupported_grant_type", "only the password grant is known here");
    }
    if form.client_id != CLIENT {
        return refused("invalid_client", "the only client here is `web`");
    }
    let Some(profile) = issuer.realm.log_in(&form.username, &form.password) else {
        return refused(
            "invalid_grant",
            "no such user, or another password; every demo user's password is the name",
        );
    };
    let lifetime = issuer.realm.token_seconds;
    let claims = profile.access_claims(
        issuer.keys.url(),
        AUDIENCE,
        CLIENT,
        issuer.clock.now(),
        Duration::from_secs(lifetime.into()),
    );
    HttpResponse::Ok().json(json!({
        "access_token": issuer.keys.sign(&claims), "token_type": "Bearer", "expires_in": lifetime,
    }))
}

/// A refusal in the words of RFC 6749, section 5.2.
fn refused(error: &str, description: &str) -> HttpResponse {
    HttpResponse::BadRequest().json(json!({ "error": error, "error_description": description }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use identity::development_issuer::{CERTS_PATH, DISCOVERY_PATH, TOKEN_PATH};

    #[test]
    fn the_addresses_are_those_that_the_discovery_document_names() {
        let realm = Realm::demo().unwrap();
        for (address, below) in [(DISCOVERY, DISCOVERY_PATH), (CERTS, CERTS_PATH), (TOKEN, TOKEN_PATH)] {
            assert_eq!(address, format!("/realms/{}{below}", realm.name));
        }
    }
}
