//! Somebody in a LiveKit room who sends and receives nothing: LiveKit's signal socket alone. LiveKit lists them as it lists
//! everybody, tells them to leave, and refreshes their token.
//!
//! Whoever needs media takes an SDK of LiveKit's; this one is for tests about who is there.

use std::sync::Arc;
use std::time::Duration;

use futures_util::{SinkExt as _, StreamExt as _};
use prost::Message as _;
use tokio::net::TcpStream;
use tokio::sync::{Notify, watch};
use tokio::task::JoinHandle;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

/// How long LiveKit may take to let somebody in.
const ENTRY_BOUND: Duration = Duration::from_secs(10);

/// How often the guest pings, as an SDK does: LiveKit takes a silent client for dead.
const PING_INTERVAL: Duration = Duration::from_secs(5);

/// `DisconnectReason` of whoever goes by themselves.
const CLIENT_INITIATED: i32 = 1;

type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

/// A participant without media. Gone from the room when dropped, after LiveKit has noticed.
#[derive(Debug)]
pub struct RoomGuest {
    /// What LiveKit calls them.
    pub identity: String,
    /// LiveKit's own id of this connection.
    pub sid: String,
    state: watch::Receiver<GuestState>,
    leaving: Arc<Notify>,
    reading: JoinHandle<()>,
}

/// What a guest has heard.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct GuestState {
    /// The last token that LiveKit gave them to come back with, if it gave one.
    pub refreshed_token: Option<String>,
    /// Whether LiveKit told them to leave, or hung up.
    pub gone: bool,
    /// `DisconnectReason` of LiveKit's protocol, where it gave one: 4 for a removed participant, 5 for a deleted room.
    pub reason: Option<i32>,
}

/// Why somebody is not in the room.
#[derive(Debug)]
pub enum NotIn {
    /// The answer to the handshake: 401 for a token, 404 for a room that does not exist, or what a gateway says.
    Refused(u16),
    /// The connection broke off, or nobody answered.
    Failed(String),
}

impl RoomGuest {
    /// Enters with the token of a join; `server_url` is what the join's answer calls so.
    ///
    /// # Errors
    /// [`NotIn`].
    pub async fn enter(server_url: &str, token: &str) -> Result<Self, NotIn> {
        let entering = Self::connect(server_url, token);
        timeout(ENTRY_BOUND, entering)
            .await
            .unwrap_or_else(|_| Err(NotIn::Failed("nobody answers".to_owned())))
    }

    async fn connect(server_url: &str, token: &str) -> Result<Self, NotIn> {
        let base = server_url.trim_end_matches('/');
        let address = format!("{base}/rtc?access_token={token}&auto_subscribe=1&sdk=rust&protocol=15");
        let mut socket = match connect_async(address).await {
            Ok((socket, _)) => socket,
            Err(Error::Http(answer)) => return Err(NotIn::Refused(answer.status().as_u16())),
            Err(error) => return Err(NotIn::Failed(error.to_string())),
        };
        let mut state = GuestState::default();
        let joined = loop {
            let heard = match socket.next().await {
                Some(Ok(Message::Binary(bytes))) => Heard::decode(bytes),
                Some(Ok(_)) => continue,
                Some(Err(error)) => return Err(NotIn::Failed(error.to_string())),
                None => return Err(NotIn::Failed("LiveKit hung up".to_owned())),
            };
            let heard = heard.map_err(|error| NotIn::Failed(error.to_string()))?;
            state.hear(&heard);
            if let Some(Join { participant: Some(participant) }) = heard.join {
                break participant;
            }
            if state.gone {
                return Err(NotIn::Failed(format!("told to leave: {:?}", state.reason)));
            }
        };
        let (told, state) = watch::channel(state);
        let leaving = Arc::new(Notify::new());
        let reading = tokio::spawn(listen(socket, told, Arc::clone(&leaving)));
        Ok(Self { identity: joined.identity, sid: joined.sid, state, leaving, reading })
    }

    /// Says goodbye, as a client does whose user hangs up, and hangs up.
    pub async fn leave(mut self) {
        self.leaving.notify_one();
        // Nothing of it panics; whoever is gone already has said all.
        let _ = (&mut self.reading).await;
    }

    /// Whether LiveKit has neither told them to leave nor hung up.
    #[must_use]
    pub fn is_in(&self) -> bool {
        !self.state.borrow().gone
    }

    /// What they have heard up to now.
    #[must_use]
    pub fn heard(&self) -> GuestState {
        self.state.borrow().clone()
    }

    /// Waits until LiveKit tells them to leave or hangs up, and gives what they have heard by then.
    ///
    /// # Panics
    /// They are still in after `bound`.
    pub async fn sent_out(&mut self, bound: Duration) -> GuestState {
        let waiting = self.state.wait_for(|state| state.gone);
        // Whoever listens has ended only once they are gone.
        let state = timeout(bound, waiting).await.unwrap_or_else(|_| panic!("still in after {bound:?}"));
        state.map(|state| state.clone()).unwrap_or_default()
    }
}

impl Drop for RoomGuest {
    /// Hangs up without a word, as a browser that crashes does.
    fn drop(&mut self) {
        self.reading.abort();
    }
}

impl GuestState {
    fn hear(&mut self, heard: &Heard) {
        if let Some(token) = &heard.refresh_token {
            self.refreshed_token = Some(token.clone());
        }
        if let Some(Leave { reason }) = heard.leave {
            self.gone = true;
            self.reason = Some(reason);
        }
    }
}

async fn listen(mut socket: Socket, told: watch::Sender<GuestState>, leaving: Arc<Notify>) {
    let mut pings = tokio::time::interval(PING_INTERVAL);
    loop {
        tokio::select! {
            frame = socket.next() => match frame {
                Some(Ok(Message::Binary(bytes))) => {
                    if let Ok(heard) = Heard::decode(bytes) {
                        told.send_modify(|state| state.hear(&heard));
                    }
                }
                Some(Ok(Message::Close(_)) | Err(_)) | None => break,
                Some(Ok(_)) => {}
            },
            () = leaving.notified() => {
                let leave = Said { leave: Some(Leave { reason: CLIENT_INITIATED }), ping: None }.encode_to_vec();
                // Whether or not it is heard, this is the end of it.
                let _ = socket.send(Message::Binary(leave.into())).await;
                let _ = socket.close(None).await;
                break;
            }
            _ = pings.tick() => {
                let ping = Said { leave: None, ping: Some(1) }.encode_to_vec();
                if socket.send(Message::Binary(ping.into())).await.is_err() {
                    break;
                }
            }
        }
    }
    told.send_modify(|state| state.gone = true);
}

/// `SignalResponse` of LiveKit's protocol, as far as it is of interest.
#[derive(Clone, PartialEq, prost::Message)]
struct Heard {
    #[prost(message, optional, tag = "1")]
    join: Option<Join>,
    #[prost(message, optional, tag = "8")]
    leave: Option<Leave>,
    #[prost(string, optional, tag = "16")]
    refresh_token: Option<String>,
}

/// `JoinResponse`.
#[derive(Clone, PartialEq, prost::Message)]
struct Join {
    #[prost(message, optional, tag = "2")]
    participant: Option<Participant>,
}

/// `ParticipantInfo`.
#[derive(Clone, PartialEq, prost::Message)]
struct Participant {
    #[prost(string, tag = "1")]
    sid: String,
    #[prost(string, tag = "2")]
    identity: String,
}

/// `LeaveRequest`.
#[derive(Clone, PartialEq, prost::Message)]
struct Leave {
    #[prost(int32, tag = "2")]
    reason: i32,
}

/// `SignalRequest`: a ping or a goodbye, the only things that a guest says.
#[derive(Clone, PartialEq, prost::Message)]
struct Said {
    #[prost(message, optional, tag = "8")]
    leave: Option<Leave>,
    #[prost(int64, optional, tag = "14")]
    ping: Option<i64>,
}
