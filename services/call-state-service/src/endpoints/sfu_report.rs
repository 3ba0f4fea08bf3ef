//! `POST /internal/sfu-reports`: who is in the room of a call. For our own service account alone.

use actix_web::HttpResponse;
use actix_web::web::Data;
use call_desk::Desk;
use call_state_api::{Present, SfuReport};
use calls::Command;
use http_server::{Authenticated, InOrder, Json, Problem};
use signal_protocol::ErrorCode;

use super::{acts_on_calls, answer};

pub(crate) async fn sfu_report(
    InOrder(Authenticated(caller), Json(report)): InOrder<Authenticated, Json<SfuReport>>,
    desk: Data<Desk>,
) -> Result<HttpResponse, Problem> {
    acts_on_calls(&caller)?;
    let SfuReport { call_id, asked_at, present, room_deleted } = report;
    if present.len() > SfuReport::MOST_PRESENT {
        let problem = format!("must name {} participants at most", SfuReport::MOST_PRESENT);
        return Err(Problem::new(ErrorCode::InvalidField).field("present", problem));
    }
    let present = present.into_iter().map(|Present { user_id, device }| (user_id, device)).collect();
    let command = Command::SfuReport { call: call_id, asked_at, present, room_deleted };
    Ok(answer(desk.run(&caller.tenant, command, None).await?))
}
