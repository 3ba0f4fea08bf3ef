//! Frames as bytes (RFC 6455, section 5.2).

/// The longest head: two bytes, a length of eight, and the mask.
pub(super) const LONGEST_HEAD: usize = 14;
/// The longest payload of a control frame.
pub(super) const LONGEST_CONTROL: usize = 125;

/// What a frame is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Opcode {
    Continuation,
    Text,
    Binary,
    Close,
    Ping,
    Pong,
}

impl Opcode {
    const fn of(bits: u8) -> Option<Self> {
        Some(match bits {
            0x0 => Self::Continuation,
            0x1 => Self::Text,
            0x2 => Self::Binary,
            0x8 => Self::Close,
            0x9 => Self::Ping,
            0xA => Self::Pong,
            _ => return None,
        })
    }

    const fn bits(self) -> u8 {
        match self {
            Self::Continuation => 0x0,
            Self::Text => 0x1,
            Self::Binary => 0x2,
            Self::Close => 0x8,
            Self::Ping => 0x9,
            Self::Pong => 0xA,
        }
    }

    const fn is_control(self) -> bool {
        matches!(self, Self::Close | Self::Ping | Self::Pong)
    }
}

/// The head of a client's frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Head {
    /// Whether the message ends with it.
    pub(super) is_last: bool,
    pub(super) opcode: Opcode,
    /// Of the payload.
    pub(super) length: u64,
    pub(super) mask: [u8; 4],
    /// How many bytes the head itself took.
    pub(super) size: usize,
}

/// Bytes that begin no frame that a client may send.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct NoFrame;

/// The head at the start of `bytes`, unless some of it is still missing.
pub(super) fn head(bytes: &[u8]) -> Result<Option<Head>, NoFrame> {
    let [first, second, rest @ ..] = bytes else { return Ok(None) };
    let (is_last, reserved) = (first & 0x80 != 0, first & 0x70);
    let opcode = Opcode::of(first & 0x0F).ok_or(NoFrame)?;
    let (is_masked, short) = (second & 0x80 != 0, second & 0x7F);
    // The reserved bits belong to extensions, of which none was agreed on; a client masks every frame.
    if reserved != 0 || !is_masked {
        return Err(NoFrame);
    }
    if opcode.is_control() && (!is_last || usize::from(short) > LONGEST_CONTROL) {
        return Err(NoFrame);
    }
    let (length, rest) = match short {
        126 => match rest.split_first_chunk::<2>() {
            Some((length, rest)) => (u64::from(u16::from_be_bytes(*length)), rest),
            None => return Ok(None),
        },
        127 => match rest.split_first_chunk::<8>() {
            Some((length, rest)) => (u64::from_be_bytes(*length), rest),
            None => return Ok(None),
        },
        length => (u64::from(length), rest),
    };
    let Some((mask, rest)) = rest.split_first_chunk::<4>() else { return Ok(None) };
    Ok(Some(Head { is_last, opcode, length, mask: *mask, size: bytes.len() - rest.len() }))
}

/// Takes the mask off `bytes`, which stand `offset` bytes behind the start of their frame's payload.
pub(super) fn unmask(bytes: &mut [u8], mut mask: [u8; 4], offset: usize) {
    mask.rotate_left(offset % 4);
    let mut quads = bytes.chunks_exact_mut(4);
    for quad in &mut quads {
        for (byte, key) in quad.iter_mut().zip(mask) {
            *byte ^= key;
        }
    }
    for (byte, key) in quads.into_remainder().iter_mut().zip(mask) {
        *byte ^= key;
    }
}

/// A whole message in one frame of a server, which masks nothing.
pub(super) fn message(opcode: Opcode, payload: &[u8]) -> Vec<u8> {
    let mut frame = Vec::with_capacity(LONGEST_HEAD + payload.len());
    frame.push(0x80 | opcode.bits());
    match (u8::try_from(payload.len()), u16::try_from(payload.len())) {
        (Ok(length @ 0..=125), _) => frame.push(length),
        (_, Ok(length)) => {
            frame.push(126);
            frame.extend(length.to_be_bytes());
        }
        (_, Err(_)) => {
            frame.push(127);
            frame.extend((payload.len() as u64).to_be_bytes());
        }
    }
    frame.extend_from_slice(payload);
    frame
}

/// A close frame. A reason that does not fit is cut.
pub(super) fn close(code: u16, reason: &str) -> Vec<u8> {
    let reason = &reason[..reason.floor_char_boundary(LONGEST_CONTROL - 2)];
    let mut payload = code.to_be_bytes().to_vec();
    payload.extend_from_slice(reason.as_bytes());
    message(Opcode::Close, &payload)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_head_is_read_once_it_is_whole() {
        for (bytes, length, size) in [
            (&[0x81, 0x85, 1, 2, 3, 4][..], 5, 6),
            (&[0x81, 0xFE, 0x12, 0x34, 1, 2, 3, 4], 0x1234, 8),
            (&[0x81, 0xFF, 0, 0, 0, 1, 0, 0, 0, 0, 1, 2, 3, 4], 1 << 32, 14),
        ] {
            for part in 0..size {
                assert_eq!(head(&bytes[..part]), Ok(None), "{part} of {bytes:?}");
            }
            let whole = Head { is_last: true, opcode: Opcode::Text, length, mask: [1, 2, 3, 4], size };
            assert_eq!(head(bytes), Ok(Some(whole)), "{bytes:?}");
        }
    }

    #[test]
    fn what_no_client_may_send_is_refused_by_its_first_two_bytes() {
        for (first, second) in [
            (0x81, 0x05),
            (0xC1, 0x85),
            (0xA1, 0x85),
            (0x91, 0x85),
            (0x83, 0x80),
            (0x8B, 0x80),
            (0x09, 0x80),
            (0x89, 0xFE),
        ] {
            assert_eq!(head(&[first, second]), Err(NoFrame), "{first:#x} {second:#x}");
        }
    }

    #[test]
    fn the_mask_goes_on_where_the_last_piece_ended() {
        // RFC 6455, section 5.7.
        let masked = [0x7f, 0x9f, 0x4d, 0x51, 0x58];
        for cut in 0..=masked.len() {
            let mut bytes = masked;
            let (first, second) = bytes.split_at_mut(cut);
            unmask(first, [0x37, 0xfa, 0x21, 0x3d], 0);
            unmask(second, [0x37, 0xfa, 0x21, 0x3d], cut);
            assert_eq!(&bytes, b"Hello", "cut at {cut}");
        }
    }

    #[test]
    fn a_length_takes_as_many_bytes_as_it_needs() {
        for (length, head) in [
            (0, &[0x81, 0][..]),
            (125, &[0x81, 125]),
            (126, &[0x81, 126, 0, 126]),
            (65_535, &[0x81, 126, 0xFF, 0xFF]),
            (65_536, &[0x81, 127, 0, 0, 0, 0, 0, 1, 0, 0]),
        ] {
            let frame = message(Opcode::Text, &vec![b'x'; length]);
            assert_eq!((&frame[..head.len()], frame.len()), (head, head.len() + length));
        }
    }

    #[test]
    fn a_reason_is_cut_between_characters() {
        let frame = close(4409, &"ü".repeat(100));
        assert_eq!((&frame[..4], frame.len()), (&[0x88, 124, 0x11, 0x39][..], 126));
        assert!(std::str::from_utf8(&frame[4..]).is_ok());
    }
}
