//! The OpenAPI document, made from the handlers and the types of the wire.

use actix_web::HttpResponse;
use actix_web::web::Data;
use utoipa::openapi::OpenApi as Document;
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::{Modify, OpenApi};

use crate::{calls, events, ice, rooms, signalling};

/// Where it is served.
pub(crate) const PATH: &str = "/api/realtime/openapi.json";

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Realtime",
        description = "Live calls and rooms for applications that have Keycloak logins. \
                       Errors are problem documents (RFC 9457); act on `code`.",
    ),
    paths(
        rooms::join,
        rooms::list,
        rooms::show,
        rooms::put,
        rooms::delete,
        rooms::members,
        rooms::set_member,
        rooms::remove_member,
        rooms::participants,
        rooms::mute,
        rooms::kick,
        rooms::bans,
        rooms::ban,
        rooms::unban,
        rooms::end,
        calls::invite,
        calls::list,
        calls::history,
        calls::show,
        calls::accept,
        calls::decline,
        calls::cancel,
        calls::hangup,
        calls::ringing,
        calls::media,
        calls::signal,
        calls::add_party,
        ice::servers,
        events::poll,
        signalling::connect,
        calls::list_blocks,
        calls::block,
        calls::unblock,
        calls::show_availability,
        calls::set_availability,
    ),
    modifiers(&Keycloak),
    tags(
        (name = "rooms", description = "Who may enter which room, and as what"),
        (name = "moderation", description = "Who is in a room, and who has to leave it"),
        (name = "calls", description = "Ringing somebody, answering, and what becomes of it"),
        (name = "events", description = "What happens, as it happens"),
        (name = "blocks", description = "Whom somebody does not want to hear from, and when"),
    ),
)]
struct Api;

struct Keycloak;

impl Modify for Keycloak {
    fn modify(&self, document: &mut Document) {
        let bearer = HttpBuilder::new()
            .scheme(HttpAuthScheme::Bearer)
            .bearer_format("JWT")
            .description(Some("An access token of the Keycloak realm"))
            .build();
        document
            .components
            .get_or_insert_default()
            .add_security_scheme("keycloak", SecurityScheme::Http(bearer));
    }
}

/// The OpenAPI 3.1 document of the public API.
#[must_use]
pub fn document() -> Document {
    Api::openapi()
}

/// The document as it is served, written once at start.
pub(crate) struct Served(actix_web::web::Bytes);

impl Served {
    pub(crate) fn new() -> Result<Self, serde_json::Error> {
        Ok(Self(document().to_json()?.into()))
    }
}

/// `GET /api/realtime/openapi.json`: for everybody.
pub(crate) async fn serve(document: Data<Served>) -> HttpResponse {
    HttpResponse::Ok().content_type("application/json").body(document.0.clone())
}
