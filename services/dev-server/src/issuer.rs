//! The development issuer over HTTP, at the addresses that Keycloak has: discovery, keys, tokens for passwords and for
//! services, and the little of the admin API that the services ask.

mod admin;
mod token;

use actix_web::HttpResponse;
use actix_web::web::{Data, ServiceConfig};
use clock::Clock;
use http_server::Route;
use identity::development_issuer::DevelopmentIssuer;

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

impl Issuer {
    pub(crate) fn new(url: &str, realm: Realm, clock: Clock) -> Self {
        Self { keys: DevelopmentIssuer::new(url), realm, clock }
    }

    /// Mounts the issuer where Keycloak would have it.
    pub(crate) fn configure(issuer: &Data<Self>, app: &mut ServiceConfig) {
        app.app_data(issuer.clone())
            .service(Route::at(DISCOVERY).get("discovery", discovery))
            .service(Route::at(CERTS).get("certs", certs))
            .service(Route::at(TOKEN).post("token", token::give));
        admin::configure(app);
    }
}

async fn discovery(issuer: Data<Issuer>) -> HttpResponse {
    HttpResponse::Ok().json(issuer.keys.discovery())
}

async fn certs(issuer: Data<Issuer>) -> HttpResponse {
    HttpResponse::Ok().json(issuer.keys.jwks())
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
