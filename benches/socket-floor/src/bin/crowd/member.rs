//! One of the crowd.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use socket_floor::{Client, Said};
use tokio::task::JoinHandle;

/// Somebody with a token.
pub(crate) struct Member {
    pub(crate) token: String,
    /// An address of its own, as people have: servers count those who are there by address.
    pub(crate) from: Ipv4Addr,
    pub(crate) to: SocketAddr,
    /// How often it was pinged, or its poll answered.
    pub(crate) beats: AtomicU32,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    cursor: Option<String>,
    lost: Option<String>,
    task: Option<JoinHandle<()>>,
}

impl Member {
    pub(crate) fn new(number: usize, token: &str, to: SocketAddr) -> Self {
        let [.., high, low] = number.to_be_bytes();
        Self {
            token: token.to_owned(),
            from: Ipv4Addr::new(127, 1, high, low),
            to,
            beats: AtomicU32::new(0),
            state: Mutex::default(),
        }
    }

    /// Connects to where it belongs, or elsewhere to go on where it was.
    pub(crate) async fn connect(&self, elsewhere: Option<SocketAddr>) -> anyhow::Result<Client> {
        let after = elsewhere.and_then(|_| self.cursor());
        let mut client = Client::connect(elsewhere.unwrap_or(self.to), self.from).await?;
        let welcome = client.hello(&self.token, after.as_deref()).await?;
        anyhow::ensure!(after.is_none() || welcome["recovered"] == true, "not recovered");
        if let Some(cursor) = welcome["cursor"].as_str() {
            self.go_on_after(cursor.to_owned());
        }
        Ok(client)
    }

    /// Listens until it leaves.
    pub(crate) fn stay(self: &Arc<Self>, mut client: Client) {
        let member = Arc::clone(self);
        self.occupy(async move {
            loop {
                match client.next().await? {
                    Said::Message(_) => {}
                    Said::Ping => {
                        member.beats.fetch_add(1, Ordering::Relaxed);
                    }
                }
            }
        });
    }

    /// Does this until it leaves.
    pub(crate) fn occupy(self: &Arc<Self>, task: impl Future<Output = anyhow::Result<()>> + Send + 'static) {
        let member = Arc::clone(self);
        let task = tokio::spawn(async move {
            if let Err(error) = task.await {
                member.state().lost = Some(format!("{error:#}"));
            }
        });
        self.state().task = Some(task);
    }

    /// Drops the connection, if it was not lost before.
    pub(crate) fn leave(&self) {
        let mut state = self.state();
        if let Some(task) = state.task.take() {
            task.abort();
        }
        state.lost = None;
    }

    /// How it was lost, if it was.
    pub(crate) fn lost(&self) -> Option<String> {
        self.state().lost.clone()
    }

    pub(crate) fn cursor(&self) -> Option<String> {
        self.state().cursor.clone()
    }

    pub(crate) fn go_on_after(&self, cursor: String) {
        self.state().cursor = Some(cursor);
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
