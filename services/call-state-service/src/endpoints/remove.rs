//! `POST /internal/calls/{call_id}/remove`: somebody is taken out of a call. For our own service account alone.

use actix_web::HttpResponse;
use actix_web::web::Data;
use call_desk::Desk;
use call_state_api::RemoveRequest;
use calls::Command;
use http_server::{Authenticated, InOrder, Json, PathId, Problem};
use signal_protocol::CallId;

use super::{acts_on_calls, answer};

pub(crate) async fn remove(
    InOrder(Authenticated(caller), (PathId(call), Json(request))): InOrder<
        Authenticated,
        (PathId<CallId>, Json<RemoveRequest>),
    >,
    desk: Data<Desk>,
) -> Result<HttpResponse, Problem> {
    acts_on_calls(&caller)?;
    let command = Command::Remove { call, user: request.user_id };
    Ok(answer(desk.run(&caller.tenant, command, None).await?))
}
