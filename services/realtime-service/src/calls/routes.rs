//! The addresses of calls, and what their endpoints need.

use actix_web::http::Method;
use actix_web::web::{Data, ServiceConfig};
use call_desk::SignalRelay;
use http_server::{LimitSettings, Route};

use super::{CallState, CalleeCheck};
use super::{
    accept, add_party, block, cancel, decline, hangup, history, invite, list, list_blocks, media, ringing,
    set_availability, show, show_availability, signal, unblock,
};
use crate::limits::{CommandLimit, InviteLimit, MediaLimit, SignalLimit};

/// The endpoints of calls, ready to be mounted.
#[derive(Clone)]
pub(crate) struct Calls {
    call_state: Data<CallState>,
    signals: Data<SignalRelay>,
    callees: Data<CalleeCheck>,
    invite_limit: Data<InviteLimit>,
    command_limit: Data<CommandLimit>,
    media_limit: Data<MediaLimit>,
    signal_limit: Data<SignalLimit>,
}

impl Calls {
    pub(crate) fn new(
        call_state: CallState,
        signals: SignalRelay,
        callees: CalleeCheck,
        limits: &LimitSettings,
    ) -> Self {
        Self {
            call_state: Data::new(call_state),
            signals: Data::new(signals),
            callees: Data::new(callees),
            invite_limit: Data::new(InviteLimit::new(limits)),
            command_limit: Data::new(CommandLimit::new(limits)),
            media_limit: Data::new(MediaLimit::new(limits)),
            signal_limit: Data::new(SignalLimit::new(limits)),
        }
    }

    pub(crate) fn configure(&self, app: &mut ServiceConfig) {
        app.app_data(self.call_state.clone())
            .app_data(self.signals.clone())
            .app_data(self.callees.clone())
            .app_data(self.invite_limit.clone())
            .app_data(self.command_limit.clone())
            .app_data(self.media_limit.clone())
            .app_data(self.signal_limit.clone())
            // Tried in this order, and signals are most of what comes.
            .service(Route::at("/api/realtime/calls/{call_id}/signals").post("signal", signal::signal))
            .service(
                Route::at("/api/realtime/calls").get("list_calls", list::list).post("invite", invite::invite),
            )
            // Before `{call_id}`, which would take it for one.
            .service(Route::at("/api/realtime/calls/history").get("call_history", history::history))
            .service(Route::at("/api/realtime/calls/{call_id}").get("show_call", show::show))
            .service(Route::at("/api/realtime/calls/{call_id}/accept").post("accept", accept::accept))
            .service(Route::at("/api/realtime/calls/{call_id}/decline").post("decline", decline::decline))
            .service(Route::at("/api/realtime/calls/{call_id}/cancel").post("cancel", cancel::cancel))
            .service(Route::at("/api/realtime/calls/{call_id}/hangup").post("hangup", hangup::hangup))
            .service(Route::at("/api/realtime/calls/{call_id}/ringing").post("ringing", ringing::ringing))
            .service(Route::at("/api/realtime/calls/{call_id}/media").post("media", media::media))
            .service(
                Route::at("/api/realtime/calls/{call_id}/parties").post("add_party", add_party::add_party),
            )
            .service(
                Route::at("/api/realtime/availability")
                    .get("show_availability", show_availability::show_availability)
                    .method(Method::PUT, "set_availability", set_availability::set_availability),
            )
            .service(Route::at("/api/realtime/blocks").get("list_blocks", list_blocks::list_blocks))
            .service(
                Route::at("/api/realtime/blocks/{user_id}")
                    .method(Method::PUT, "block", block::block)
                    .method(Method::DELETE, "unblock", unblock::unblock),
            );
    }
}
