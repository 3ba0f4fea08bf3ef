//! The task of one socket: tells its session what happens, and does what that wants done.

use std::future::pending;
use std::sync::Arc;

use http_server::{Draining, Incoming, Outgoing, Received};
use signalling::{Input, Session};
use tokio::time::{Instant, sleep_until};
use uuid::Uuid;

use super::SignallingDesk;
use super::dialect::Dialect;
use super::end::End;
use super::flow::Flow;
use super::metrics::OpenSocket;
use super::origin::Origin;
use super::stage::Stage;
use super::work::{Done, Work};

/// A socket at work.
pub(super) struct Driver {
    pub(super) desk: Arc<SignallingDesk>,
    pub(super) id: Uuid,
    pub(super) began: Instant,
    pub(super) outgoing: Outgoing,
    pub(super) stage: Stage,
    pub(super) work: Work,
    pub(super) origin: Origin,
    pub(super) dialect: Dialect,
    pub(super) flow: Flow,
    session: Session,
    _open: OpenSocket,
}

impl Driver {
    pub(super) fn new(
        desk: Arc<SignallingDesk>,
        subprotocol: &str,
        origin: Origin,
        stage: Stage,
        outgoing: Outgoing,
    ) -> Self {
        let (id, began) = (Uuid::new_v4(), Instant::now());
        let session = Session::new(id, Arc::clone(&desk.limits), began.elapsed());
        let open = desk.metrics.opened();
        Self {
            desk,
            id,
            began,
            outgoing,
            stage,
            work: Work::default(),
            origin,
            dialect: Dialect::of(subprotocol, id),
            flow: Flow::default(),
            session,
            _open: open,
        }
    }

    /// Runs until the socket is over.
    pub(super) async fn run(mut self, mut incoming: Incoming, mut draining: Draining) {
        let mut draining = Some(&mut draining);
        let end = loop {
            let told = match self.next(&mut incoming, &mut draining).await {
                Ok(input) => self.tell(input),
                Err(end) => Err(end),
            };
            if let Err(end) = told {
                break end;
            }
        };
        self.finish(&end, draining.is_none());
    }

    /// Waits for something to happen; gives what the session is to be told of it, if anything.
    async fn next(
        &mut self,
        incoming: &mut Incoming,
        draining: &mut Option<&mut Draining>,
    ) -> Result<Option<Input>, End> {
        let deadline = self.session.next_deadline().map(|deadline| self.began + deadline);
        tokio::select! {
            received = incoming.next() => self.received(received),
            done = self.work.next() => self.done(done),
            taken = self.outgoing.sent() => {
                self.flow.taken(taken);
                Ok(None)
            }
            news = self.stage.news() => Ok(Some(news)),
            () = begun(draining) => {
                *draining = None;
                Ok(Some(Input::Draining { after: self.desk.farewell() }))
            }
            () = until(deadline) => Ok(Some(Input::TimePassed)),
        }
    }

    fn received(&mut self, received: Received) -> Result<Option<Input>, End> {
        match received {
            Received::Text(text) => self.text(text),
            Received::Binary => Ok(Some(Input::Binary)),
            Received::Ping(payload) => Ok(Some(Input::Ping(payload))),
            Received::Pong => Ok(Some(Input::Pong)),
            Received::TooLong => Ok(Some(Input::TooLong)),
            Received::Garbled(garbled) => Err(End::Garbled(garbled)),
            Received::Closed => Err(End::Gone),
        }
    }

    fn done(&mut self, done: Done) -> Result<Option<Input>, End> {
        match done {
            Done::Told(input) => Ok(Some(*input)),
            Done::Verified(Ok(caller)) => Ok(Some(self.verified(caller))),
            Done::Verified(Err(close)) => Ok(Some(Input::Verified(Err(close)))),
            Done::FoundPeer { room, peer } => self.found(&room, peer).map(|()| None),
        }
    }

    /// Tells the session this, and whatever else it is to be told by then, and does what it wants.
    fn tell(&mut self, input: Option<Input>) -> Result<(), End> {
        let mut next = input.or_else(|| self.untold());
        while let Some(input) = next {
            for output in self.session.on(input, self.began.elapsed()) {
                self.perform(output)?;
            }
            next = self.untold();
        }
        Ok(())
    }

    fn untold(&mut self) -> Option<Input> {
        self.dialect.heard().or_else(|| self.flow.next())
    }
}

async fn begun(draining: &mut Option<&mut Draining>) {
    match draining {
        Some(draining) => draining.begun().await,
        // Once is enough.
        None => pending().await,
    }
}

async fn until(deadline: Option<Instant>) {
    match deadline {
        Some(deadline) => sleep_until(deadline).await,
        None => pending().await,
    }
}
