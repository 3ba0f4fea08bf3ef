//! The documents that an issuer publishes.

use serde_json::{Value, json};

/// Where the discovery document is, below the issuer's URL.
pub const DISCOVERY_PATH: &str = "/.well-known/openid-configuration";
/// Where Keycloak publishes its keys, below the issuer's URL.
pub const CERTS_PATH: &str = "/protocol/openid-connect/certs";
/// Where Keycloak gives out tokens, below the issuer's URL.
pub const TOKEN_PATH: &str = "/protocol/openid-connect/token";

/// The discovery document of the issuer at `url`, with what a client of the password grant and a
/// service read.
pub(super) fn discovery(url: &str) -> Value {
    json!({
        "issuer": url,
        "authorization_endpoint": format!("{url}/protocol/openid-connect/auth"),
        "token_endpoint": format!("{url}{TOKEN_PATH}"),
        "jwks_uri": format!("{url}{CERTS_PATH}"),
        "grant_types_supported": ["client_credentials", "password"],
        "response_types_supported": ["code"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "token_endpoint_auth_methods_supported": ["client_secret_basic", "none"],
        "scopes_supported": ["openid", "profile"],
        "claims_supported": ["aud", "exp", "groups", "iat", "iss", "name", "preferred_username", "sid", "sub"],
    })
}
