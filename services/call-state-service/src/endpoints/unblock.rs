//! `DELETE /internal/blocks/{user_id}`: the caller wants to hear from somebody again.

use actix_web::HttpResponse;
use actix_web::web::Data;
use call_desk::{Desk, Outcome, Wish};
use calls::Preferences;
use clock::{DateTime, Utc};
use http_server::{Authenticated, Device, IdempotencyKey, InOrder, PathId, Problem};
use signal_protocol::{EmptyRequest, UserId};

use super::{actor, answer, request};

pub(crate) async fn unblock(
    InOrder(Authenticated(caller), (device, key, PathId(user))): InOrder<
        Authenticated,
        (Device, IdempotencyKey, PathId<UserId>),
    >,
    desk: Data<Desk>,
) -> Result<HttpResponse, Problem> {
    let request = request(&caller, key, "blocks.delete", user.as_str(), &EmptyRequest {});
    let change = |preferences: &mut Preferences, _: DateTime<Utc>| {
        preferences.blocked.remove(&user);
        Ok(Outcome::Nothing)
    };
    let wish = Wish { name: "blocks.delete", actor: actor(&caller, device), request, change };
    Ok(answer(desk.fulfil(&caller.tenant, wish).await?))
}
