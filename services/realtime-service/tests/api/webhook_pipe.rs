//! The way of LiveKit's webhooks to the service, which a test can cut. LiveKit must know it before the service has an address.

use std::sync::{Arc, Mutex, PoisonError};

use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

/// What the service's path for webhooks is.
const PATH: &str = "/api/realtime/webhooks/livekit";

/// Passes connections on to whatever service it is told.
pub(crate) struct WebhookPipe {
    /// What LiveKit is to send to.
    pub(crate) url: String,
    target: Arc<Mutex<Option<String>>>,
    passing: JoinHandle<()>,
}

impl WebhookPipe {
    /// One that leads nowhere yet: whoever connects is hung up on.
    pub(crate) async fn open() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}{PATH}", listener.local_addr().unwrap());
        let target: Arc<Mutex<Option<String>>> = Arc::default();
        let leads_to = Arc::clone(&target);
        let passing = tokio::spawn(async move {
            while let Ok((mut from, _)) = listener.accept().await {
                let target = leads_to.lock().unwrap_or_else(PoisonError::into_inner).clone();
                let Some(target) = target else { continue };
                tokio::spawn(async move {
                    if let Ok(mut to) = TcpStream::connect(target).await {
                        let _ = copy_bidirectional(&mut from, &mut to).await;
                    }
                });
            }
        });
        Self { url, target, passing }
    }

    /// Leads to the service at this URL from now on.
    pub(crate) fn lead_to(&self, url: &str) {
        let address = url.trim_start_matches("http://").to_owned();
        *self.target.lock().unwrap_or_else(PoisonError::into_inner) = Some(address);
    }
}

impl Drop for WebhookPipe {
    fn drop(&mut self) {
        self.passing.abort();
    }
}
