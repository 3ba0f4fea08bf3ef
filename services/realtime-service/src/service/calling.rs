//! The part of the service that has to do with calls: there as a whole, or not at all.

use std::sync::Arc;
use std::time::Duration;

use actix_web::web::{Data, ServiceConfig};
use call_desk::{DeskMetrics, SignalRelay};
use http_server::Route;
use mailbox::Mailbox;
use prometheus_client::registry::Registry;

use super::StartError;
use super::foundation::Foundation;
use super::hosting::Hosting;
use crate::call_watch::{CallDesk, CallDeskParts, CallWatch, CallWatchMetrics};
use crate::calls::{CallRooms, CallState, CalleeCheck, Calls};
use crate::events::{self, EventsDesk, EventsMetrics, Feed};
use crate::ice::{self, IceDesk};
use crate::limits::IceServersLimit;
use crate::sfu::{LaneParts, SfuLane};
use crate::signalling::{self, SignallingDesk, SignallingParts};

/// Everything that there is with calls and not without.
#[derive(Clone)]
pub(super) struct Calling {
    calls: Calls,
    rooms: CallRooms,
    feed: Arc<Feed>,
    events: Data<EventsDesk>,
    sockets: Data<SignallingDesk>,
    ice: Data<IceDesk>,
    ice_limit: Data<IceServersLimit>,
    watch: CallWatch,
    lane: Arc<SfuLane>,
}

impl Calling {
    /// `None` where call-state-service is not there. Must be called inside a Tokio runtime.
    pub(super) fn start(
        foundation: &Foundation<'_>,
        hosting: Option<&Hosting>,
        registry: &mut Registry,
    ) -> Result<Option<Self>, StartError> {
        let Foundation { settings, clock, metrics, verifier, sfu, account, membership, .. } = foundation;
        let (call_state, store) = match (&settings.call_state, hosting) {
            (Some(call_state), Some(hosting)) => (call_state, hosting.store().clone()),
            (None, Some(_) | None) => {
                tracing::info!("calls.off");
                return Ok(None);
            }
            (Some(_), None) => return Err(StartError::HalfOfCalls),
        };
        let state = CallState::new(call_state.client()?, metrics.clone());
        let counted = DeskMetrics::of_relay(registry);
        let signals = SignalRelay::new(store.clone(), counted, settings.relay_deadline());
        let callees = CalleeCheck::new(Arc::clone(membership), settings.membership_deadline());
        let mailbox = Mailbox::new(store.clone());
        mailbox.register_metrics(registry);
        let told = EventsMetrics::register(registry);
        let feed = Arc::new(Feed::start(&store, mailbox, state.clone(), &told));
        let events = EventsDesk::new(
            Arc::clone(&feed),
            verifier.revocations().clone(),
            clock.clone(),
            &settings.events,
            told,
        );
        let parts = SignallingParts {
            feed: Arc::clone(&feed),
            membership: Arc::clone(membership),
            membership_deadline: settings.membership_deadline(),
            verifier: verifier.clone(),
            clock: clock.clone(),
            settings: &settings.signalling,
            limits: &settings.limits,
            notice: Duration::from_secs(settings.server.drain_seconds.into()),
        };
        let sockets = SignallingDesk::new(parts, registry);
        let ice = IceDesk::new(settings, state.clone(), clock.clone());
        let watch = CallWatch::start(CallDesk::new(CallDeskParts {
            store: store.clone(),
            sfu: sfu.clone(),
            calls: state.clone(),
            account: account.clone(),
            metrics: CallWatchMetrics::register(registry),
        }));
        let lane = SfuLane::start(&LaneParts {
            store,
            sfu: sfu.clone(),
            calls: watch.desk().clone(),
            metrics: metrics.clone(),
        });
        Ok(Some(Self {
            rooms: CallRooms::new(state.clone(), Duration::from_millis(call_state.timeout_ms.into())),
            calls: Calls::new(state, signals, callees, &settings.limits),
            feed,
            events: Data::new(events),
            sockets: Data::new(sockets),
            ice: Data::new(ice),
            ice_limit: Data::new(IceServersLimit::new(&settings.limits)),
            watch,
            lane: Arc::new(lane),
        }))
    }

    /// The source of membership of the rooms of calls.
    pub(super) fn rooms(&self) -> CallRooms {
        self.rooms.clone()
    }

    /// What looks after calls from LiveKit's side.
    pub(super) const fn watch(&self) -> &CallWatch {
        &self.watch
    }

    pub(super) async fn stop(&self) {
        tokio::join!(self.watch.stop(), self.lane.stop(), self.feed.stop());
    }

    pub(super) fn configure(&self, app: &mut ServiceConfig) {
        self.calls.configure(app);
        app.app_data(self.events.clone())
            .app_data(self.sockets.clone())
            .app_data(self.ice.clone())
            .app_data(self.ice_limit.clone())
            .service(Route::at("/api/realtime/ice-servers").get("ice_servers", ice::servers))
            .service(Route::at("/api/realtime/ws").get("socket", signalling::connect).without_deadline())
            .service(Route::at("/api/realtime/events").get("events", events::poll).without_deadline());
    }
}
