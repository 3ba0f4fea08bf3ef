//! STUN messages (RFC 8489), as far as a TURN client (RFC 8656) needs them.

use std::net::{IpAddr, SocketAddr};

use aws_lc_rs::hmac;

use crate::Failure;

const COOKIE: u32 = 0x2112_A442;
const HEADER: usize = 20;

/// What is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Method {
    Binding = 0x001,
    Allocate = 0x003,
    Refresh = 0x004,
    CreatePermission = 0x008,
    ChannelBind = 0x009,
}

/// What is said with it, by number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Attribute {
    Username = 0x0006,
    MessageIntegrity = 0x0008,
    ErrorCode = 0x0009,
    ChannelNumber = 0x000C,
    PeerAddress = 0x0012,
    Realm = 0x0014,
    Nonce = 0x0015,
    RelayedAddress = 0x0016,
    AddressFamily = 0x0017,
    RequestedTransport = 0x0019,
    MappedAddress = 0x0020,
}

/// A request in the making.
pub(super) struct Request {
    bytes: Vec<u8>,
}

impl Request {
    pub(super) fn new(method: Method) -> Self {
        let mut bytes = (method as u16).to_be_bytes().to_vec();
        bytes.extend([0, 0]);
        bytes.extend(COOKIE.to_be_bytes());
        bytes.extend(rand::random::<[u8; 12]>());
        Self { bytes }
    }

    pub(super) fn with(mut self, attribute: Attribute, value: &[u8]) -> Self {
        self.bytes.extend((attribute as u16).to_be_bytes());
        self.bytes.extend(length(value.len()).to_be_bytes());
        self.bytes.extend(value);
        self.bytes.resize(self.bytes.len().next_multiple_of(4), 0);
        self.write_length(0);
        self
    }

    /// An address, obscured from middle boxes that rewrite addresses wherever they see one.
    pub(super) fn with_address(self, attribute: Attribute, address: SocketAddr) -> Self {
        let key = self.bytes[4..HEADER].to_vec();
        let (family, ip) = match address.ip() {
            IpAddr::V4(ip) => (1, ip.octets().to_vec()),
            IpAddr::V6(ip) => (2, ip.octets().to_vec()),
        };
        let port = address.port() ^ u16::from_be_bytes([key[0], key[1]]);
        let mut value = vec![0, family];
        value.extend(port.to_be_bytes());
        value.extend(ip.iter().zip(&key).map(|(byte, key)| byte ^ key));
        self.with(attribute, &value)
    }

    /// Ends it with a MAC over everything before, whose length counts the MAC already.
    pub(super) fn signed(mut self, key: &[u8]) -> Self {
        const MAC: usize = 4 + 20;
        self.write_length(MAC);
        let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, key);
        let mac = hmac::sign(&key, &self.bytes);
        self.with(Attribute::MessageIntegrity, mac.as_ref())
    }

    pub(super) fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Whether a message answers this request.
    pub(super) fn is_answered_by(&self, answer: &Answer) -> bool {
        self.bytes[8..HEADER] == answer.bytes[8..HEADER]
    }

    fn write_length(&mut self, to_come: usize) {
        let length = length(self.bytes.len() - HEADER + to_come);
        self.bytes[2..4].copy_from_slice(&length.to_be_bytes());
    }
}

/// An answer.
pub(super) struct Answer {
    bytes: Vec<u8>,
}

impl Answer {
    /// How much more is to be read of a message that begins so.
    pub(super) fn rest_of(header: &[u8; HEADER]) -> usize {
        usize::from(u16::from_be_bytes([header[2], header[3]]))
    }

    pub(super) fn parse(bytes: &[u8]) -> Result<Self, Failure> {
        let is_whole = bytes.len() >= HEADER
            && bytes.len().is_multiple_of(4)
            && usize::from(u16::from_be_bytes([bytes[2], bytes[3]])) == bytes.len() - HEADER;
        if is_whole {
            Ok(Self { bytes: bytes.to_vec() })
        } else {
            Err(Failure::new("this is no STUN message"))
        }
    }

    /// The code of a refusal; `None` of a success.
    pub(super) fn refusal(&self) -> Option<u16> {
        let value = self.value(Attribute::ErrorCode).filter(|value| value.len() >= 4)?;
        Some(u16::from(value[2]) * 100 + u16::from(value[3]))
    }

    pub(super) fn text(&self, attribute: Attribute) -> Option<String> {
        self.value(attribute).map(|value| String::from_utf8_lossy(value).into_owned())
    }

    pub(super) fn address(&self, attribute: Attribute) -> Option<SocketAddr> {
        let value = self.value(attribute).filter(|value| value.len() >= 8)?;
        let plain: Vec<u8> =
            value[4..].iter().zip(&self.bytes[4..HEADER]).map(|(byte, key)| byte ^ key).collect();
        let ip = match value[1] {
            1 => IpAddr::from(<[u8; 4]>::try_from(plain).ok()?),
            _ => IpAddr::from(<[u8; 16]>::try_from(plain).ok()?),
        };
        let key = u16::from_be_bytes([self.bytes[4], self.bytes[5]]);
        Some(SocketAddr::from((ip, u16::from_be_bytes([value[2], value[3]]) ^ key)))
    }

    fn value(&self, wanted: Attribute) -> Option<&[u8]> {
        let mut rest = &self.bytes[HEADER..];
        while let [kind_high, kind_low, high, low, after @ ..] = rest {
            let length = usize::from(u16::from_be_bytes([*high, *low]));
            let value = after.get(..length)?;
            if u16::from_be_bytes([*kind_high, *kind_low]) == wanted as u16 {
                return Some(value);
            }
            rest = after.get(length.next_multiple_of(4)..)?;
        }
        None
    }
}

fn length(bytes: usize) -> u16 {
    u16::try_from(bytes).expect("a message of the tests is a few hundred bytes")
}
