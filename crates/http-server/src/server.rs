//! Two listeners, from their binding to their graceful end.

mod listener;

use std::error::Error;
use std::io;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use actix_server::{Server as Running, ServerBuilder};
use actix_web::web;
use clock::Clock;
use futures_util::future::{self, Either};
use prometheus_client::registry::Registry;
use tokio::sync::oneshot;

use crate::edge::Edge;
use crate::management::{Info, Management};
use crate::metrics::Metrics;
use crate::signals::Signals;
use crate::{CorsSettings, LimitSettings, Limiter, Readiness, ServerSettings, current};

pub use listener::BindError;

/// A server to be: the application and everything around it.
pub struct Server<A> {
    /// The service's name, such as `realtime-service`; the first part of its spans' names.
    pub name: &'static str,
    /// Its version.
    pub version: &'static str,
    /// The commit that it was built from, where known.
    pub commit: Option<&'static str>,
    /// Addresses, limits and times.
    pub settings: ServerSettings,
    /// How often a token may be refused; the other limits are the application's to use.
    pub limits: LimitSettings,
    /// Origins that may read the answers.
    pub cors: CorsSettings,
    /// What the application counts. The server adds its own.
    pub registry: Registry,
    /// What the application needs; its checks are its own to report.
    pub readiness: Readiness,
    /// For dates.
    pub clock: Clock,
    /// Adds routes and app data. Called once for each worker.
    pub app: A,
}

/// A server whose ports are open; connections wait until it runs.
pub struct Bound {
    public: ServerBuilder,
    management: ServerBuilder,
    address: SocketAddr,
    management_address: SocketAddr,
    edge: Arc<Edge>,
    readiness: Readiness,
}

impl<A> Server<A>
where
    A: Fn(&mut web::ServiceConfig) + Clone + Send + 'static,
{
    /// Opens both ports. Start telemetry first: what it does about panics is kept for those outside of handlers.
    ///
    /// # Errors
    /// A port cannot be opened; the error names the setting and the address.
    pub fn bind(mut self) -> Result<Bound, BindError> {
        current::install_panic_hook();
        let (public, address) = listener::open("listen", self.settings.listen)?;
        let (management, management_address) =
            listener::open("management_listen", self.settings.management_listen)?;

        let metrics = Metrics::register(&mut self.registry);
        let failures = Limiter::new(self.limits.failed_authentications());
        let stop = Duration::from_secs(self.settings.stop_seconds.into());
        let workers = self.settings.workers.map(usize::from);
        let requests = Arc::clone(&metrics.requests);
        let edge = Arc::new(Edge::new(self.name, self.settings, metrics, failures, self.clock, self.cors));
        let desk = Management {
            info: Info { name: self.name, version: self.version, commit: self.commit },
            readiness: self.readiness.clone(),
            registry: Arc::new(self.registry),
            requests,
        };
        let public = listener::serve_api(public, workers, stop, &edge, self.app);
        let management = listener::serve_management(management, stop, &edge, desk);
        Ok(Bound {
            public: public.map_err(BindError::of("listen", address))?,
            management: management.map_err(BindError::of("management_listen", management_address))?,
            address,
            management_address,
            edge,
            readiness: self.readiness,
        })
    }
}

impl Bound {
    /// Where the API is served.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Where the management port is.
    #[must_use]
    pub fn management_address(&self) -> SocketAddr {
        self.management_address
    }

    /// Serves until `stop` completes, then ends gracefully: unready at once; serving on for `drain_seconds`, each
    /// answer closing its connection; then no new connections, nobody waits any more for something to happen
    /// ([`Ending`](crate::Ending)), and `stop_seconds` for what is in flight. The management port answers to the last.
    ///
    /// # Errors
    /// A listener breaks.
    pub async fn run(self, stop: impl Future<Output = ()>) -> io::Result<()> {
        let Self { public, management, address, management_address, edge, readiness } = self;
        let (public, management): (Running, Running) = (public.run(), management.run());
        let (public_handle, management_handle) = (public.handle(), management.handle());
        tracing::info!(%address, %management_address, "server.listening");

        let serving = pin!(future::try_join(public, management));
        let ending = pin!(async {
            stop.await;
            readiness.drain();
            edge.start_draining();
            let drain = Duration::from_secs(edge.settings.drain_seconds.into());
            tracing::info!(drain_seconds = drain.as_secs(), "server.draining");
            tokio::time::sleep(drain).await;
            edge.end_waiting();
            public_handle.stop(true).await;
            management_handle.stop(true).await;
        });
        let served = match future::select(serving, ending).await {
            // Both have ended, or one has broken; then there is nothing left to wait for, and whoever supervises the
            // process has to learn of it.
            Either::Left((served, _)) => served,
            Either::Right(((), serving)) => serving.await,
        };
        match &served {
            Ok(_) => tracing::info!("server.stopped"),
            Err(error) => tracing::error!(error = error as &(dyn Error + 'static), "server.broke"),
        }
        served.map(|((), ())| ())
    }
}

/// Binds, serves until SIGTERM or SIGINT, and ends gracefully. A second signal ends at once.
///
/// # Errors
/// A port cannot be opened, or a listener breaks.
pub async fn serve<A>(server: Server<A>) -> io::Result<()>
where
    A: Fn(&mut web::ServiceConfig) + Clone + Send + 'static,
{
    let bound = server.bind().map_err(io::Error::other)?;
    let mut signals = Signals::install()?;
    let (stop, stopped) = oneshot::channel();
    let watch = async {
        signals.next().await;
        // The receiver lives as long as the server runs; without one there is nobody to tell.
        let _ = stop.send(());
        signals.next().await;
    };
    let run = bound.run(async {
        let _ = stopped.await;
    });
    tokio::select! {
        outcome = run => outcome,
        () = watch => {
            tracing::warn!("server.ended_at_once");
            Ok(())
        }
    }
}
