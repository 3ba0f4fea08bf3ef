//! The part of the service that moderators talk to.

use std::sync::Arc;

use actix_web::http::Method;
use actix_web::web::{Data, ServiceConfig};
use http_server::Route;

use super::calling::Calling;
use super::foundation::Foundation;
use super::hosting::Hosting;
use crate::moderation::{Authority, ModerationDesk, ModerationParts};
use crate::rooms;

/// The endpoints of moderation, ready to be mounted.
#[derive(Clone)]
pub(super) struct Moderating {
    desk: Data<ModerationDesk>,
}

impl Moderating {
    pub(super) fn new(foundation: &Foundation<'_>, hosting: &Hosting, calling: Option<&Calling>) -> Self {
        let Foundation { settings, membership, sfu, .. } = foundation;
        let doors = hosting.doors().clone();
        let desk = ModerationDesk::new(ModerationParts {
            authority: Authority::new(Arc::clone(membership), doors, calling.map(Calling::rooms)),
            store: hosting.store().clone(),
            bounds: hosting.bounds(),
            evictions: hosting.evictions().clone(),
            sfu: sfu.clone(),
            calls: calling.map(|calling| calling.watch().clone()),
            metrics: hosting.moderation_metrics(),
            patience: settings.act_deadline(),
        });
        Self { desk: Data::new(desk) }
    }

    pub(super) fn configure(&self, app: &mut ServiceConfig) {
        app.app_data(self.desk.clone())
            .service(
                Route::at("/api/realtime/rooms/{room_id}/participants")
                    .get("list_participants", rooms::participants),
            )
            .service(Route::at("/api/realtime/rooms/{room_id}/participants/{identity}").method(
                Method::DELETE,
                "kick",
                rooms::kick,
            ))
            .service(
                Route::at("/api/realtime/rooms/{room_id}/participants/{identity}/mute")
                    .post("mute", rooms::mute),
            )
            .service(Route::at("/api/realtime/rooms/{room_id}/bans").get("list_bans", rooms::bans))
            .service(
                Route::at("/api/realtime/rooms/{room_id}/bans/{user_id}")
                    .method(Method::PUT, "ban", rooms::ban)
                    .method(Method::DELETE, "unban", rooms::unban),
            )
            .service(Route::at("/api/realtime/rooms/{room_id}/end").post("end_room", rooms::end));
    }
}
