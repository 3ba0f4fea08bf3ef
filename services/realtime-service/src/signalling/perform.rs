//! What a session wants done, done: what is said at once, what is to be found out beside everything else.

use std::sync::Arc;

use http_server::Unsent;
use signal_protocol::ErrorCode;
use signal_protocol::socket::{Close, Welcome};
use signalling::{Input, Output};

use super::driver::Driver;
use super::end::End;
use super::stage::Stage;
use super::work::Done;
use crate::events::{Feed, FeedFailure, Listener};

impl Driver {
    /// Does it.
    ///
    /// # Errors
    /// How the socket ends.
    pub(super) fn perform(&mut self, output: Output) -> Result<(), End> {
        match output {
            Output::Verify { token, device } => {
                if let Stage::Stranger(stranger) = &mut self.stage {
                    stranger.device = device;
                }
                self.verify(token);
            }
            Output::Renew { token } => self.verify(token),
            Output::Read { after, limit } => {
                let brought = self.stage.brought();
                self.find_out(|feed, listener| async move {
                    let news = feed.read(&listener, after.as_deref(), limit, brought.as_deref()).await;
                    Input::Read(news.map_err(|failure| tell_of(&failure)))
                });
            }
            Output::Open { session } => {
                if let Stage::Known(known) = &mut self.stage {
                    known.opens(session);
                }
                self.find_out(move |feed, listener| async move {
                    let opened = feed.open(&listener, session).await;
                    Input::Opened(opened.map_err(|failure| tell_of(&failure)))
                });
            }
            Output::LoadSnapshot => self.find_out(|feed, listener| async move {
                let state = feed.snapshot(&listener).await;
                Input::Snapshot(state.map_err(|failure| tell_of(&failure)))
            }),
            Output::Run { ticket, command } => {
                let origin = self.origin.clone();
                self.find_out(|_, listener| async move {
                    let answer = origin.run(&listener, command).await;
                    Input::Answered { ticket, answer }
                });
            }
            Output::Acknowledge { cursor, has_signals } => self.find_out(move |feed, listener| async move {
                Input::Acknowledged(if has_signals {
                    feed.acknowledge(&listener, &cursor).await
                } else {
                    Feed::is_cursor(&listener, &cursor)
                })
            }),
            Output::Notified(call) => {
                if let Stage::Known(known) = &self.stage {
                    self.desk.feed.is_notified(&known.listener, call);
                }
            }
            Output::Send(message) => return self.send(&message),
            Output::Ping => {
                self.outgoing.ping();
                self.flow.slips_by();
            }
            Output::Pong(payload) => {
                self.outgoing.pong(&payload);
                self.flow.slips_by();
            }
            Output::Close(close) => return Err(End::Closed(close)),
        }
        Ok(())
    }

    fn verify(&mut self, token: String) {
        let (desk, origin) = (Arc::clone(&self.desk), self.origin.clone());
        self.work.begin(async move { Done::Verified(origin.verify(&desk, &token).await) });
    }

    /// Asks in the name of whoever is at the other end; before that is known, a session wants nothing of the kind.
    fn find_out<A>(&mut self, ask: impl FnOnce(Arc<Feed>, Listener) -> A)
    where
        A: Future<Output = Input> + 'static,
    {
        if let Stage::Known(known) = &self.stage {
            self.work.tell(ask(Arc::clone(&self.desk.feed), known.listener.clone()));
        }
    }

    /// Puts a text behind what waits to be sent.
    pub(super) fn say(&mut self, text: &str) -> Result<(), End> {
        self.outgoing.text(text).map_err(|unsent| match unsent {
            // Which the other half tells as well, but this is sooner.
            Unsent::Gone => End::Gone,
            Unsent::Full => End::Closed(Close::TooSlow),
        })?;
        self.flow.waits();
        self.desk.metrics.sent.inc();
        Ok(())
    }

    pub(super) fn welcomed(&self, welcome: &Welcome) {
        self.desk.metrics.welcomed(welcome.recovered);
        if let Stage::Known(known) = &self.stage {
            let Listener { caller, device } = &known.listener;
            tracing::info!(
                tenant.id = %caller.tenant,
                user.id = %caller.user,
                device.id = %device,
                session = %self.id,
                recovered = welcome.recovered,
                "socket.welcomed"
            );
        }
    }
}

/// The store, or whoever asks call-state-service, has told of it already, and once: there may be thousands of sockets.
fn tell_of(failure: &FeedFailure) -> ErrorCode {
    tracing::debug!(error = failure as &dyn std::error::Error, "socket.not_served");
    failure.code()
}
