//! The token endpoint: the password grant for people, the client credentials grant for services.

use std::time::Duration;

use actix_web::http::StatusCode;
use actix_web::http::header::AUTHORIZATION;
use actix_web::web::{Data, Form};
use actix_web::{HttpRequest, HttpResponse};
use identity::development_issuer::ClientCredentials;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{AUDIENCE, CLIENT, Issuer};

/// What the token endpoint takes (RFC 6749, sections 4.3 and 4.4).
#[derive(Deserialize)]
pub(super) struct Asked {
    grant_type: String,
    #[serde(default)]
    client_id: String,
    #[serde(default)]
    username: String,
    #[serde(default)]
    password: String,
}

/// A refusal in the words of RFC 6749, section 5.2.
struct Refused {
    status: StatusCode,
    error: &'static str,
    description: &'static str,
}

/// Gives a token to whoever may have one.
pub(super) async fn give(request: HttpRequest, issuer: Data<Issuer>, form: Form<Asked>) -> HttpResponse {
    let claims = match form.grant_type.as_str() {
        "password" => issuer.of_person(&form),
        "client_credentials" => issuer.of_service(&request),
        _ => Err(Refused {
            status: StatusCode::BAD_REQUEST,
            error: "unsupported_grant_type",
            description: "only `password` and `client_credentials` are known here",
        }),
    };
    match claims {
        Ok(claims) => HttpResponse::Ok().json(json!({
            "access_token": issuer.keys.sign(&claims),
            "token_type": "Bearer",
            "expires_in": issuer.realm.token_seconds,
        })),
        Err(Refused { status, error, description }) => {
            HttpResponse::build(status).json(json!({ "error": error, "error_description": description }))
        }
    }
}

impl Issuer {
    fn of_person(&self, asked: &Asked) -> Result<Value, Refused> {
        if asked.client_id != CLIENT {
            return Err(Refused {
                status: StatusCode::BAD_REQUEST,
                error: "invalid_client",
                description: "the only client with this grant is `web`",
            });
        }
        let profile = self.realm.log_in(&asked.username, &asked.password).ok_or(Refused {
            status: StatusCode::BAD_REQUEST,
            error: "invalid_grant",
            description: "no such user, or another password; every demo user's password is the name",
        })?;
        Ok(profile.access_claims(self.keys.url(), AUDIENCE, CLIENT, self.clock.now(), self.lifetime()))
    }

    fn of_service(&self, request: &HttpRequest) -> Result<Value, Refused> {
        let header = request.headers().get(AUTHORIZATION).and_then(|header| header.to_str().ok());
        let given = header.and_then(ClientCredentials::from_basic);
        let profile = given.and_then(|given| self.realm.service(&given)).ok_or(Refused {
            status: StatusCode::UNAUTHORIZED,
            error: "unauthorized_client",
            description: "no such service, or another secret; both are in the realm file, and HTTP Basic carries them",
        })?;
        Ok(profile.access_claims(self.keys.url(), AUDIENCE, self.clock.now(), self.lifetime()))
    }

    fn lifetime(&self) -> Duration {
        Duration::from_secs(self.realm.token_seconds.into())
    }
}
