//! A TURN client that asks for one thing after the other and tells exactly how each was answered, which the real ones keep to
//! themselves.

mod message;
mod transport;

use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::path::Path;

use md5::{Digest as _, Md5};

use crate::Failure;
use message::{Answer, Attribute, Method, Request};
use transport::Transport;

/// UDP, as the protocol number of IP (RFC 8656, section 18.8).
const RELAY_BY_UDP: [u8; 4] = [17, 0, 0, 0];
const FIRST_CHANNEL: u16 = 0x4000;

/// Of which kind the relayed address is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Family {
    /// IPv4.
    V4,
    /// IPv6.
    V6,
}

/// Why something was not granted.
#[derive(Debug)]
pub enum TurnError {
    /// The server said no, with this code (RFC 8656, section 19).
    Refused(u16),
    /// It did not answer, or what it answered is no answer.
    Failed(Failure),
}

impl fmt::Display for TurnError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refused(code) => write!(formatter, "refused with {code}"),
            Self::Failed(failure) => failure.fmt(formatter),
        }
    }
}

impl std::error::Error for TurnError {}

impl From<Failure> for TurnError {
    fn from(failure: Failure) -> Self {
        Self::Failed(failure)
    }
}

/// The address by which the server at a `stun:` address sees us.
///
/// # Errors
/// It did not answer.
pub async fn binding(url: &str) -> Result<SocketAddr, TurnError> {
    let mut transport = Transport::connect(url, None).await?;
    let answer = transport.ask(&Request::new(Method::Binding)).await?;
    answer.address(Attribute::MappedAddress).ok_or_else(|| Failure::new("the server told no address").into())
}

/// An open allocation.
pub struct TurnClient {
    transport: Transport,
    username: String,
    credential: String,
    realm: String,
    nonce: String,
    relayed: Option<SocketAddr>,
    channel: u16,
}

impl TurnClient {
    /// Opens an allocation at `url`, which is one of `turn:` or `turns:` with an IPv4 address and a port. `authority` is the
    /// certificate to trust with `turns:`.
    ///
    /// # Errors
    /// 401: the credentials are not good; 486: there are as many allocations as one may have.
    pub async fn allocate(
        url: &str,
        username: &str,
        credential: &str,
        family: Family,
        authority: Option<&Path>,
    ) -> Result<Self, TurnError> {
        let request = || {
            let request = Request::new(Method::Allocate).with(Attribute::RequestedTransport, &RELAY_BY_UDP);
            match family {
                Family::V4 => request,
                Family::V6 => request.with(Attribute::AddressFamily, &[2, 0, 0, 0]),
            }
        };
        let (transport, realm, nonce) = loop {
            let mut transport = Transport::connect(url, authority).await?;
            // The first one is always refused: by it the server tells its realm.
            let challenge = transport.ask(&request()).await?;
            match (challenge.refusal(), challenge.text(Attribute::Realm), challenge.text(Attribute::Nonce)) {
                (_, Some(realm), Some(nonce)) => break (transport, realm, nonce),
                // Our port was that of a client before us, whose allocation is still open: RFC 8656, section 7.4, has us take another.
                (Some(437), _, _) => {}
                (code, _, _) => {
                    return Err(
                        Failure::new(format!("the server does not ask who is there: {code:?}")).into()
                    );
                }
            }
        };
        let (username, credential) = (username.to_owned(), credential.to_owned());
        let mut client =
            Self { transport, username, credential, realm, nonce, relayed: None, channel: FIRST_CHANNEL };
        client.relayed = client.ask(request).await?.address(Attribute::RelayedAddress);
        Ok(client)
    }

    /// Where others reach us by this allocation.
    #[must_use]
    pub fn relayed(&self) -> Option<SocketAddr> {
        self.relayed
    }

    /// Asks that `peer` may send to us, and we to it.
    ///
    /// # Errors
    /// 403: this peer is forbidden; 443: it is of another family than the allocation.
    pub async fn permit(&mut self, peer: IpAddr) -> Result<(), TurnError> {
        let peer = SocketAddr::from((peer, 0));
        self.ask(|| Request::new(Method::CreatePermission).with_address(Attribute::PeerAddress, peer))
            .await?;
        Ok(())
    }

    /// The same with a channel, the other way to reach a peer.
    ///
    /// # Errors
    /// As [`Self::permit`].
    pub async fn bind(&mut self, peer: SocketAddr) -> Result<(), TurnError> {
        let channel = u32::from(self.channel) << 16;
        self.channel += 1;
        let request = || {
            Request::new(Method::ChannelBind)
                .with(Attribute::ChannelNumber, &channel.to_be_bytes())
                .with_address(Attribute::PeerAddress, peer)
        };
        self.ask(request).await?;
        Ok(())
    }

    /// Keeps the allocation open.
    ///
    /// # Errors
    /// 437: it is not there any more.
    pub async fn refresh(&mut self) -> Result<(), TurnError> {
        self.ask(|| Request::new(Method::Refresh)).await?;
        Ok(())
    }

    async fn ask(&mut self, request: impl Fn() -> Request) -> Result<Answer, TurnError> {
        // RFC 8489, section 9.2.2.
        let key = Md5::digest(format!("{}:{}:{}", self.username, self.realm, self.credential));
        loop {
            let request = request()
                .with(Attribute::Username, self.username.as_bytes())
                .with(Attribute::Realm, self.realm.as_bytes())
                .with(Attribute::Nonce, self.nonce.as_bytes())
                .signed(&key);
            let answer = self.transport.ask(&request).await?;
            match (answer.refusal(), answer.text(Attribute::Nonce)) {
                (None, _) => return Ok(answer),
                // The nonce is too old, which says nothing of who we are.
                (Some(438), Some(nonce)) if nonce != self.nonce => self.nonce = nonce,
                (Some(code), _) => return Err(TurnError::Refused(code)),
            }
        }
    }
}
