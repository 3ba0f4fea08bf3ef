//! The part of the service that hears what LiveKit says: there with a store, and not without.

use std::sync::Arc;

use actix_web::web::{Data, ServiceConfig};
use http_server::Route;
use prometheus_client::registry::Registry;

use super::calling::Calling;
use super::foundation::Foundation;
use super::hosting::Hosting;
use crate::webhooks::{self, ClosedRooms, WebhookDesk, WebhookMetrics, WebhookParts};

/// Takes webhooks, and has every replica forget the rooms that LiveKit has closed.
#[derive(Clone)]
pub(super) struct Hearing {
    desk: Data<WebhookDesk>,
    _closed: Arc<ClosedRooms>,
}

impl Hearing {
    /// Where there are calls, what happens in their rooms is told there. Must be called inside a Tokio runtime.
    pub(super) fn start(
        foundation: &Foundation<'_>,
        hosting: &Hosting,
        calling: Option<&Calling>,
        registry: &mut Registry,
    ) -> Self {
        let Foundation { settings, sfu, .. } = foundation;
        let desk = WebhookDesk::new(WebhookParts {
            sfu,
            tenants: hosting.store().tenants(),
            occupancies: hosting.occupancies().clone(),
            doors: hosting.doors().clone(),
            evictions: hosting.evictions().clone(),
            calls: calling.map(|calling| calling.watch().clone()),
            live_rooms: hosting.live_rooms().clone(),
            patience: settings.act_deadline(),
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
