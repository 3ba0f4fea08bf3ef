//! `GET /internal/availability`: whether the caller may be rung.

use actix_web::HttpResponse;
use actix_web::web::Data;
use call_desk::Desk;
use http_server::{Authenticated, Problem};
use signal_protocol::Availability;

pub(crate) async fn availability(
    Authenticated(caller): Authenticated,
    desk: Data<Desk>,
) -> Result<HttpResponse, Problem> {
    let (preferences, now) = desk.preferences(&caller.tenant, &caller.user).await?;
    // A time that is past is over, whether or not anybody has said so since.
    let is_over = preferences.availability.until.is_some_and(|until| until <= now);
    let availability = if is_over { Availability::default() } else { preferences.availability };
    Ok(HttpResponse::Ok().json(availability))
}
