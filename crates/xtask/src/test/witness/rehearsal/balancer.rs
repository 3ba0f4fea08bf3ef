//! The way from the gateway to the replicas, as a cluster's service address is one: each connection goes to one of those that are ready, and
//! those that are open stay where they are.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::{Context as _, Result};
use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{JoinHandle, JoinSet};

/// Ends with it, as do all connections.
pub(super) struct Balancer {
    address: SocketAddr,
    ready: Arc<Mutex<Vec<String>>>,
    serving: JoinHandle<()>,
}

impl Balancer {
    pub(super) async fn start(ready: Vec<String>) -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await.context("listening for the gateway")?;
        let address = listener.local_addr().context("listening for the gateway")?;
        let ready = Arc::new(Mutex::new(ready));
        let serving = tokio::spawn(serve(listener, Arc::clone(&ready)));
        Ok(Self { address, ready, serving })
    }

    /// Where the gateway finds the replicas.
    pub(super) const fn address(&self) -> SocketAddr {
        self.address
    }

    /// No connection goes there any more.
    pub(super) fn without(&self, replica: &str) {
        self.ready.lock().unwrap_or_else(PoisonError::into_inner).retain(|ready| ready != replica);
    }

    /// Connections go there as well.
    pub(super) fn with(&self, replica: String) {
        self.ready.lock().unwrap_or_else(PoisonError::into_inner).push(replica);
    }
}

impl Drop for Balancer {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

async fn serve(listener: TcpListener, ready: Arc<Mutex<Vec<String>>>) {
    let mut connections = JoinSet::new();
    // A test whose listener fails sees that nothing answers.
    while let Ok((stream, _)) = listener.accept().await {
        while connections.try_join_next().is_some() {}
        let replica = {
            let mut ready = ready.lock().unwrap_or_else(PoisonError::into_inner);
            if !ready.is_empty() {
                ready.rotate_left(1);
            }
            ready.first().cloned()
        };
        connections.spawn(pass(stream, replica));
    }
}

/// Until one of both ends hangs up. Without anybody to pass it on to, the connection ends at once.
async fn pass(mut stream: TcpStream, replica: Option<String>) {
    let Some(replica) = replica else { return };
    if let Ok(mut onward) = TcpStream::connect(replica).await {
        // How it ended is seen by both ends.
        let _ = copy_bidirectional(&mut stream, &mut onward).await;
    }
}
