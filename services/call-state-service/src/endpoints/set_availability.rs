//! `PUT /internal/availability`: whether the caller may be rung from now on.

use actix_web::HttpResponse;
use actix_web::web::Data;
use call_desk::{Desk, Outcome, Wish};
use calls::Preferences;
use clock::{DateTime, Utc};
use http_server::{Authenticated, Device, IdempotencyKey, InOrder, Json, Problem};
use signal_protocol::Availability;

use super::{actor, answer, request};

pub(crate) async fn set_availability(
    InOrder(Authenticated(caller), (device, key, Json(availability))): InOrder<
        Authenticated,
        (Device, IdempotencyKey, Json<Availability>),
    >,
    desk: Data<Desk>,
) -> Result<HttpResponse, Problem> {
    let request = request(&caller, key, "availability.put", "", &availability);
    let change = |preferences: &mut Preferences, _: DateTime<Utc>| {
        preferences.availability = availability;
        Ok(Outcome::Availability(availability))
    };
    let wish = Wish { name: "availability.put", actor: actor(&caller, device), request, change };
    Ok(answer(desk.fulfil(&caller.tenant, wish).await?))
}
