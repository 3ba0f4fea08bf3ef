//! `PUT /internal/blocks/{user_id}`: the caller no longer wants to hear from somebody.

use actix_web::HttpResponse;
use actix_web::web::Data;
use call_desk::{Desk, DeskFailure, Outcome, Wish};
use calls::{Preferences, Refused};
use clock::{DateTime, Utc};
use http_server::{Authenticated, Device, IdempotencyKey, InOrder, PathId, Problem};
use signal_protocol::{EmptyRequest, FieldProblem, UserId};

use super::{actor, answer, request};

/// How many people one person may block.
const MOST_BLOCKED: usize = 1_000;

pub(crate) async fn block(
    InOrder(Authenticated(caller), (device, key, PathId(user))): InOrder<
        Authenticated,
        (Device, IdempotencyKey, PathId<UserId>),
    >,
    desk: Data<Desk>,
) -> Result<HttpResponse, Problem> {
    if user == caller.user {
        return Err(invalid("must be somebody else").into());
    }
    let request = request(&caller, key, "blocks.put", user.as_str(), &EmptyRequest {});
    let change = |preferences: &mut Preferences, now: DateTime<Utc>| {
        let blocked = &mut preferences.blocked;
        if blocked.len() >= MOST_BLOCKED && !blocked.contains_key(&user) {
            return Err(invalid("is one more than the 1,000 people that may be blocked"));
        }
        blocked.entry(user.clone()).or_insert(now);
        Ok(Outcome::Nothing)
    };
    let wish = Wish { name: "blocks.put", actor: actor(&caller, device), request, change };
    Ok(answer(desk.fulfil(&caller.tenant, wish).await?))
}

fn invalid(problem: &str) -> DeskFailure {
    let fault = FieldProblem { field: "user_id".to_owned(), problem: problem.to_owned() };
    DeskFailure::Refused(Refused::Invalid(vec![fault]))
}
