//! `GET /api/realtime/ws`: a request becomes a socket.

use actix_web::HttpResponse;
use actix_web::web::Data;
use http_server::{ClientAddress, Draining, Guesses, Handshake, Inside};
use signal_protocol::ProblemDocument;
use signal_protocol::socket::Close;

use super::SignallingDesk;
use super::driver::Driver;
use super::origin::Origin;
use super::stage::Stage;

/// Opens a socket
///
/// A WebSocket (RFC 6455) over which events come as they happen and commands are sent without a request for each. Offer the
/// subprotocol `realtime.v1`. The token is not sent here but in `hello`, the first message; its messages are described by the
/// JSON Schemas beside this document. The close codes are the product's own: see its protocol.
#[utoipa::path(
    get,
    path = "/api/realtime/ws",
    tag = "events",
    params(
        ("Sec-WebSocket-Protocol" = String, Header, description = "`realtime.v1`, or `calls.v0` for clients that speak the older events"),
        ("Origin" = Option<String>, Header, description = "Sent by browsers: one of the configured origins, exactly"),
    ),
    responses(
        (status = 101, description = "The socket is open"),
        (status = 400, description = "`subprotocol_required`: none of the offered subprotocols is spoken here", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 403, description = "`origin_denied`: pages of this origin may not open sockets", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 426, description = "`upgrade_required`: this is no WebSocket handshake", body = ProblemDocument, content_type = "application/problem+json"),
        (status = "5XX", description = "Not possible now", body = ProblemDocument, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn connect(
    handshake: Handshake,
    ClientAddress(address): ClientAddress,
    guesses: Guesses,
    draining: Draining,
    inside: Inside,
    desk: Data<SignallingDesk>,
) -> HttpResponse {
    let subprotocol = handshake.subprotocol();
    let (answer, outgoing, incoming) = handshake.accept(desk.longest_message);
    match desk.sockets.knock(address) {
        Ok(knock) => {
            let origin = Origin { address, guesses, inside };
            let stage = Stage::stranger(knock);
            let driver = Driver::new(desk.into_inner(), subprotocol, origin, stage, outgoing);
            // On this worker: what commands run with belongs to it.
            actix_web::rt::spawn(driver.run(incoming, draining));
        }
        // Said as a close code and not as a status: a browser shows its page no status.
        Err(_too_many) => {
            let close = Close::TooManyConnections;
            desk.metrics.closed(close.reason());
            outgoing.close(close.code(), close.reason());
        }
    }
    answer
}
