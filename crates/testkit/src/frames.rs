//! Frames of a WebSocket as a client sends them (RFC 6455, section 5.2), byte by byte: right ones, and those that no library
//! would send.

/// Goes on with a message that an earlier frame began.
pub const CONTINUATION: u8 = 0x0;
/// A text.
pub const TEXT: u8 = 0x1;
/// Bytes.
pub const BINARY: u8 = 0x2;
/// The farewell.
pub const CLOSE: u8 = 0x8;
/// Is anybody there?
pub const PING: u8 = 0x9;
/// The answer to that.
pub const PONG: u8 = 0xA;
/// Stands beside these in the first byte of a frame with which its message ends.
pub const LAST: u8 = 0x80;

const MASK: [u8; 4] = [0x12, 0x34, 0x56, 0x78];

/// A frame with this first byte, masked.
#[must_use]
pub fn frame(first: u8, payload: &[u8]) -> Vec<u8> {
    let mut frame = head(first, payload.len() as u64);
    frame.extend(payload.iter().zip(MASK.iter().cycle()).map(|(byte, key)| byte ^ key));
    frame
}

/// The head of a frame whose payload has so many bytes, by its own account.
#[must_use]
pub fn head(first: u8, length: u64) -> Vec<u8> {
    let mut head = vec![first];
    match (u8::try_from(length), u16::try_from(length)) {
        (Ok(length @ 0..=125), _) => head.push(0x80 | length),
        (_, Ok(length)) => {
            head.push(0x80 | 0x7E);
            head.extend(length.to_be_bytes());
        }
        (_, Err(_)) => {
            head.push(0x80 | 0x7F);
            head.extend(length.to_be_bytes());
        }
    }
    head.extend(MASK);
    head
}
