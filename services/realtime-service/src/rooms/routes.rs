//! The addresses of rooms, but for the door itself and what happens inside.

use std::sync::Arc;

use actix_web::http::Method;
use actix_web::web::{Data, ServiceConfig};
use http_server::Route;

use super::list::RoomShelf;
use super::registry_desk::RegistryDesk;
use super::{delete, list, members, put, remove_member, set_member, show};
use crate::membership::Membership;
use crate::sfu::Sfu;

/// The endpoints of rooms as such, ready to be mounted.
#[derive(Clone)]
pub(crate) struct Rooms {
    shelf: Data<RoomShelf>,
    /// None where no rooms are kept here.
    registry: Option<Data<RegistryDesk>>,
}

impl Rooms {
    pub(crate) fn new(membership: Arc<Membership>, sfu: Sfu, registry: Option<RegistryDesk>) -> Self {
        let kept = registry.as_ref().map(|desk| (desk.registry.clone(), desk.deletion.clone()));
        Self { shelf: Data::new(RoomShelf { membership, sfu, kept }), registry: registry.map(Data::new) }
    }

    pub(crate) fn configure(&self, app: &mut ServiceConfig) {
        app.app_data(self.shelf.clone())
            .service(Route::at("/api/realtime/rooms").get("list_rooms", list::list));
        let room = Route::at("/api/realtime/rooms/{room_id}").get("show_room", show::show);
        let Some(registry) = &self.registry else {
            app.service(room);
            return;
        };
        app.app_data(registry.clone())
            .service(room.method(Method::PUT, "put_room", put::put).method(
                Method::DELETE,
                "delete_room",
                delete::delete,
            ))
            .service(Route::at("/api/realtime/rooms/{room_id}/members").get("list_members", members::members))
            .service(
                Route::at("/api/realtime/rooms/{room_id}/members/{user_id}")
                    .method(Method::PUT, "set_member", set_member::set_member)
                    .method(Method::DELETE, "remove_member", remove_member::remove_member),
            );
    }
}
