//! The part of the service that hears what LiveKit says: there with a store, and not without.

use std::sync::Arc;
use std::time::Duration;

use actix_web::web::{Data, ServiceConfig};
use http_server::Route;
use prometheus_client::registry::Registry;

use super::hosting::Hosting;
use crate::call_watch::CallWatch;
use crate::sfu::Sfu;
use crate::webhooks::{self, ClosedRooms, WebhookDesk, WebhookMetrics, WebhookParts};

/// Takes webhooks, and has every replica forget the rooms that LiveKit has closed.
#[derive(Clone)]
pub(super) struct Hearing {
    desk: Data<WebhookDesk>,
    _closed: Arc<ClosedRooms>,
}

impl Hearing {
    /// With `calls`, what happens in their rooms is told there. A webhook may take for `patience`. Must be called inside a Tokio runtime.
    pub(super) fn start(
        hosting: &Hosting,
        sfu: &Sfu,
        calls: Option<CallWatch>,
        patience: Duration,
        registry: &mut Registry,
    ) -> Self {
        let desk = WebhookDesk::new(WebhookParts {
            sfu,
            tenants: hosting.store().tenants(),
            occupancies: hosting.occupancies().clone(),
            doors: hosting.doors().clone(),
            evictions: hosting.evictions().clone(),
            calls,
            live_rooms: hosting.live_rooms().clone(),
            patience,
            metrics: WebhookMetrics::register(registry),
            token_life: hosting.bounds().token_life,
        });
        Self { desk: Data::new(desk), _closed: Arc::new(ClosedRooms::follow(hosting.store(), sfu)) }
    }

    pub(super) fn configure(&self, app: &mut ServiceConfig) {
        app.app_data(self.desk.clone())
            .service(Route::at(webhooks::PATH).post("livekit_webhook", webhooks::receive));
    }
}
