//! `POST /internal/calls/{call_id}/parties`: rings one more person into the call.

use actix_web::HttpResponse;
use actix_web::web::Data;
use call_desk::{Desk, Outcome};
use calls::Command;
use http_server::{Authenticated, Device, IdempotencyKey, InOrder, Json, PathId, Problem};
use signal_protocol::{AddPartyRequest, CallAnswer, CallId};

use super::{actor, answer, request};

pub(crate) async fn add_party(
    InOrder(Authenticated(caller), (device, key, PathId(call), Json(body))): InOrder<
        Authenticated,
        (Device, IdempotencyKey, PathId<CallId>, Json<AddPartyRequest>),
    >,
    desk: Data<Desk>,
) -> Result<HttpResponse, Problem> {
    let request = request(&caller, key, "call.add_party", &call.to_string(), &body);
    let command = Command::AddParty { call, actor: actor(&caller, device), user_id: body.user_id };
    Ok(match desk.run(&caller.tenant, command, request).await? {
        Outcome::Call(call) => HttpResponse::Created().json(CallAnswer { call: *call }),
        other @ (Outcome::Invited { .. }
        | Outcome::Availability(_)
        | Outcome::Signal(_)
        | Outcome::Reported { .. }
        | Outcome::Nothing) => answer(other),
    })
}
