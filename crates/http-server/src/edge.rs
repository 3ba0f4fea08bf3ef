//! What every request of one server shares.

use std::net::IpAddr;
use std::sync::atomic::{AtomicBool, Ordering};

use actix_web::http::header::HeaderMap;
use clock::Clock;
use tokio::sync::watch;

use crate::address;
use crate::limiter::Limiter;
use crate::metrics::Metrics;
use crate::settings::{CorsSettings, ServerSettings};

/// One server's limits, counters and state. Extractors find it among the app data as `Arc<Edge>`.
pub(crate) struct Edge {
    pub(crate) service: &'static str,
    pub(crate) settings: ServerSettings,
    pub(crate) metrics: Metrics,
    /// Refused tokens, by address.
    pub(crate) failures: Limiter<IpAddr>,
    pub(crate) clock: Clock,
    /// Origins whose pages may read answers and open sockets.
    pub(crate) cors: CorsSettings,
    /// The same as `stage` for those who ask with every request.
    draining: AtomicBool,
    stage: watch::Sender<Stage>,
    /// The operator was told that a peer which is no trusted proxy forwards requests.
    warned_of_untrusted: AtomicBool,
}

/// How far the server is on its way to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Stage {
    /// Not on it.
    Serving,
    /// Unready, and serving on for those who have not noticed.
    Draining,
    /// Whoever waits for something to happen should answer now.
    Ending,
}

impl Edge {
    pub(crate) fn new(
        service: &'static str,
        settings: ServerSettings,
        metrics: Metrics,
        failures: Limiter<IpAddr>,
        clock: Clock,
        cors: CorsSettings,
    ) -> Self {
        Self {
            service,
            settings,
            metrics,
            failures,
            clock,
            cors,
            draining: AtomicBool::new(false),
            stage: watch::Sender::new(Stage::Serving),
            warned_of_untrusted: AtomicBool::new(false),
        }
    }

    /// Whether `peer` is a proxy whose headers are believed.
    pub(crate) fn trusts(&self, peer: IpAddr) -> bool {
        let peer = peer.to_canonical();
        self.settings.trusted_proxies.iter().any(|network| network.contains(peer))
    }

    /// The address of the client that a request from `peer` is made for.
    pub(crate) fn client_address(&self, peer: IpAddr, headers: &HeaderMap) -> IpAddr {
        address::client(peer, headers, |address| self.trusts(address))
    }

    /// A request came with `X-Forwarded-For` from a peer whose word is not taken: most likely the gateway is missing
    /// from the settings, and all its clients are counted as one. Told once, since it holds for every request, or is a
    /// client that makes things up.
    pub(crate) fn forwarded_by_untrusted(&self) {
        self.metrics.forwarded_by_untrusted.inc();
        if !self.warned_of_untrusted.swap(true, Ordering::Relaxed) {
            tracing::warn!(
                remedy = "if this peer is your gateway, add its address to SERVER__TRUSTED_PROXIES",
                "proxy.untrusted"
            );
        }
    }

    /// From now on every answer asks its client to use another connection.
    pub(crate) fn start_draining(&self) {
        self.draining.store(true, Ordering::Relaxed);
        self.stage.send_replace(Stage::Draining);
    }

    /// From now on nobody waits any more for something to happen.
    pub(crate) fn end_waiting(&self) {
        self.stage.send_replace(Stage::Ending);
    }

    pub(crate) fn stage(&self) -> watch::Receiver<Stage> {
        self.stage.subscribe()
    }

    pub(crate) fn is_draining(&self) -> bool {
        self.draining.load(Ordering::Relaxed)
    }
}
