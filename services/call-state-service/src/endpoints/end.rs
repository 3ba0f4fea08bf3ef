//! `POST /internal/calls/{call_id}/end`: a call is ended from outside. For our own service account alone.

use actix_web::HttpResponse;
use actix_web::web::Data;
use call_desk::Desk;
use call_state_api::EndRequest;
use calls::Command;
use http_server::{Authenticated, InOrder, Json, PathId, Problem};
use signal_protocol::{CallId, ErrorCode};

use super::{acts_on_calls, answer};

pub(crate) async fn end(
    InOrder(Authenticated(caller), (PathId(call), Json(request))): InOrder<
        Authenticated,
        (PathId<CallId>, Json<EndRequest>),
    >,
    desk: Data<Desk>,
) -> Result<HttpResponse, Problem> {
    acts_on_calls(&caller)?;
    let EndRequest { reason } = request;
    if !EndRequest::REASONS.contains(&reason) {
        let words = EndRequest::REASONS.map(|reason| format!("`{}`", reason.as_str())).join(", ");
        return Err(Problem::new(ErrorCode::InvalidField).field("reason", format!("must be one of {words}")));
    }
    Ok(answer(desk.run(&caller.tenant, Command::End { call, reason }, None).await?))
}
