//! The internal API, one endpoint a file. It mirrors the public one, see `call_state_api`.
//!
//! What is the same in all of them is here: who acts, the id of the request, and how an outcome is answered.

mod accept;
mod add_party;
mod availability;
mod block;
mod blocks;
mod cancel;
mod decline;
mod end;
mod hangup;
mod history;
mod invite;
mod list;
mod media;
mod notified;
mod remove;
mod ringing;
mod set_availability;
mod sfu_report;
mod show;
mod signal;
mod snapshot;
mod unblock;

use actix_web::http::Method;
use actix_web::http::header::ContentType;
use actix_web::web::ServiceConfig;
use actix_web::{HttpResponse, HttpResponseBuilder};
use call_desk::{DeskFailure, Fingerprint, Outcome, Request, records};
use call_state_api::SfuReportAnswer;
use calls::{Actor, Refused};
use http_server::{Authenticated, Device, IdempotencyKey, InOrder, OptionalJson, PathId, Problem, Route};
use identity::Caller;
use serde::Serialize;
use signal_protocol::{CallAnswer, CallId, ErrorCode, FieldProblem, SignalAnswer};

/// A command on a call: who, with which device and request id, on which call, and the body, which may be left out.
type OnCall<B> = InOrder<Authenticated, (Device, IdempotencyKey, PathId<CallId>, OptionalJson<B>)>;

/// Mounts every endpoint.
pub(crate) fn configure(app: &mut ServiceConfig) {
    // The router tries one after the other, so what comes most often stands first, and the whole of a call behind.
    app.service(Route::at("/internal/calls/{call_id}/signals").post("signal", signal::signal))
        .service(Route::at("/internal/calls").post("invite", invite::invite).get("list_calls", list::list))
        .service(Route::at("/internal/calls/history").get("history", history::history))
        .service(Route::at("/internal/calls/{call_id}/ringing").post("ringing", ringing::ringing))
        .service(Route::at("/internal/calls/{call_id}/notified").post("notified", notified::notified))
        .service(Route::at("/internal/calls/{call_id}/accept").post("accept", accept::accept))
        .service(Route::at("/internal/calls/{call_id}/media").post("media", media::media))
        .service(Route::at("/internal/calls/{call_id}/hangup").post("hangup", hangup::hangup))
        .service(Route::at("/internal/calls/{call_id}/decline").post("decline", decline::decline))
        .service(Route::at("/internal/calls/{call_id}/cancel").post("cancel", cancel::cancel))
        .service(Route::at("/internal/calls/{call_id}/parties").post("add_party", add_party::add_party))
        .service(Route::at("/internal/calls/{call_id}/end").post("end_call", end::end))
        .service(Route::at("/internal/calls/{call_id}/remove").post("remove_party", remove::remove))
        .service(Route::at("/internal/calls/{call_id}").get("show_call", show::show))
        .service(Route::at("/internal/snapshot").get("snapshot", snapshot::snapshot))
        .service(Route::at("/internal/sfu-reports").post("sfu_report", sfu_report::sfu_report))
        .service(Route::at("/internal/availability").get("availability", availability::availability).method(
            Method::PUT,
            "set_availability",
            set_availability::set_availability,
        ))
        .service(Route::at("/internal/blocks").get("blocks", blocks::blocks))
        .service(Route::at("/internal/blocks/{user_id}").method(Method::PUT, "block", block::block).method(
            Method::DELETE,
            "unblock",
            unblock::unblock,
        ));
}

/// Who acts, and with which device.
fn actor(caller: &Caller, Device(device): Device) -> Actor {
    Actor { user: caller.user.clone(), device }
}

/// Refuses whoever is not our own service account: what follows is done in nobody's name.
fn acts_on_calls(caller: &Caller) -> Result<(), Problem> {
    if caller.acts_on_calls {
        return Ok(());
    }
    tracing::warn!("operation.refused");
    Err(Problem::new(ErrorCode::AccessDenied))
}

/// The request that a command came with, if it has an id.
fn request<T: Serialize>(
    caller: &Caller,
    IdempotencyKey(id): IdempotencyKey,
    command: &str,
    subject: &str,
    body: &T,
) -> Option<Request> {
    // Without an id nobody looks at the fingerprint.
    id.as_ref()?;
    Request::new(&caller.user, id, Fingerprint::of(command, subject, body))
}

/// Refuses what is not within its bounds before anything is read for it. Not remembered: the same request is refused the
/// same way again.
fn within_bounds(checked: Result<(), Vec<FieldProblem>>) -> Result<(), Problem> {
    Ok(checked.map_err(|faults| DeskFailure::Refused(Refused::Invalid(faults)))?)
}

/// 200 with the call, as most commands are answered; what has nothing to say is 204.
fn answer(outcome: Outcome) -> HttpResponse {
    match outcome {
        Outcome::Call(call) => json(HttpResponse::Ok(), &CallAnswer { call: *call }),
        Outcome::Invited { answer, created: true } => json(HttpResponse::Created(), &answer),
        Outcome::Invited { answer, created: false } => json(HttpResponse::Ok(), &answer),
        Outcome::Availability(availability) => json(HttpResponse::Ok(), &availability),
        Outcome::Signal(signal_id) => json(HttpResponse::Accepted(), &SignalAnswer { signal_id }),
        Outcome::Reported { live, outsiders } => {
            json(HttpResponse::Ok(), &SfuReportAnswer { live, outsiders })
        }
        Outcome::Nothing => HttpResponse::NoContent().finish(),
    }
}

/// An answer in JSON, with room for all of it from the beginning.
fn json<T: Serialize>(mut answer: HttpResponseBuilder, body: &T) -> HttpResponse {
    answer.content_type(ContentType::json()).body(records::json(body))
}
