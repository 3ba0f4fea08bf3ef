//! `POST /internal/calls/{call_id}/signals`: tells the other party's device something.

use actix_web::HttpResponse;
use actix_web::web::Data;
use calls::{Command, check_signal};
use http_server::{Authenticated, Device, IdempotencyKey, InOrder, Json, PathId, Problem};
use signal_protocol::{CallId, SignalRequest};

use super::{actor, answer, request, within_bounds};
use crate::desk::{Desk, new_id};

pub(crate) async fn signal(
    InOrder(Authenticated(caller), (device, key, PathId(call), Json(signal))): InOrder<
        Authenticated,
        (Device, IdempotencyKey, PathId<CallId>, Json<SignalRequest>),
    >,
    desk: Data<Desk>,
) -> Result<HttpResponse, Problem> {
    within_bounds(check_signal(&signal))?;
    let request = request(&caller, key, "signal.send", &call.to_string(), &signal);
    let command = Command::Signal { call, actor: actor(&caller, device), id: new_id(), request: signal };
    Ok(answer(desk.run(&caller.tenant, command, request).await?))
}
