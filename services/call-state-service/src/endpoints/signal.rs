//! `POST /internal/calls/{call_id}/signals`: tells the other party's device something.

use actix_web::HttpResponse;
use actix_web::web::Data;
use call_desk::{Desk, Request, new_id};
use calls::{Command, check_signal};
use http_server::{Authenticated, Device, IdempotencyKey, InOrder, Json, PathId, Problem};
use signal_protocol::{CallId, SignalRequest};

use super::{actor, answer, within_bounds};

pub(crate) async fn signal(
    InOrder(Authenticated(caller), (device, key, PathId(call), Json(signal))): InOrder<
        Authenticated,
        (Device, IdempotencyKey, PathId<CallId>, Json<SignalRequest>),
    >,
    desk: Data<Desk>,
) -> Result<HttpResponse, Problem> {
    within_bounds(check_signal(&signal))?;
    let request = Request::of_signal(&caller.user, key.0, call, &signal);
    let command = Command::Signal { call, actor: actor(&caller, device), id: new_id(), request: signal };
    Ok(answer(desk.run(&caller.tenant, command, request).await?))
}
