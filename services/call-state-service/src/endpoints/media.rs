//! `POST /internal/calls/{call_id}/media`: how the media of this device stand.

use actix_web::HttpResponse;
use actix_web::web::Data;
use call_desk::Desk;
use calls::{Command, check_media};
use http_server::{Authenticated, Device, IdempotencyKey, InOrder, Json, PathId, Problem};
use signal_protocol::{CallId, MediaReport};

use super::{actor, answer, request, within_bounds};

pub(crate) async fn media(
    InOrder(Authenticated(caller), (device, key, PathId(call), Json(report))): InOrder<
        Authenticated,
        (Device, IdempotencyKey, PathId<CallId>, Json<MediaReport>),
    >,
    desk: Data<Desk>,
) -> Result<HttpResponse, Problem> {
    within_bounds(check_media(&report))?;
    let request = request(&caller, key, "call.media", &call.to_string(), &report);
    let command = Command::Media { call, actor: actor(&caller, device), report };
    Ok(answer(desk.run(&caller.tenant, command, request).await?))
}
