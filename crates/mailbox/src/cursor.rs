//! The place of one device in its owner's log, as a client carries it about.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest as _, Sha256};
use signal_protocol::{Tenant, UserId};
use store::{Epoch, LogPage};

use crate::metrics::Lost;

/// The first byte. Another layout gets another one, and the cursors of this one are then refused, not misread.
const LAYOUT: u8 = 1;
/// One byte of layout, and four parts of eight.
const BYTES: usize = 1 + 4 * 8;
/// What `BYTES` are in base64 without padding.
const CHARACTERS: usize = (BYTES * 4).div_ceil(3);

/// What the store gives for the birth of a log that is not there.
const NO_LOG: u64 = 0;
/// For how long it is certain that a log which came into being is still known: half of what the store promises.
const LOGS_LAST_MS: u64 = 12 * 60 * 60 * 1_000;

/// Eight bytes that stand for a longer text. Nothing is kept secret by it, and nobody gains anything by a collision: a
/// cursor is only ever held against its bearer's own log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Mark([u8; 8]);

impl Mark {
    fn of(parts: &[&[u8]]) -> Self {
        let mut hash = Sha256::new();
        for part in parts {
            // With its length in front, so that no two lists of parts look the same.
            hash.update((part.len() as u64).to_be_bytes());
            hash.update(part);
        }
        let mut mark = [0; 8];
        mark.copy_from_slice(&hash.finalize()[..8]);
        Self(mark)
    }

    /// Whose log it is.
    pub(crate) fn of_owner(tenant: &Tenant, user: &UserId) -> Self {
        Self::of(&[tenant.as_str().as_bytes(), user.as_str().as_bytes()])
    }

    /// In which life of the store.
    pub(crate) fn of_epoch(epoch: &Epoch) -> Self {
        Self::of(&[epoch.to_string().as_bytes()])
    }
}

/// Whether `text`, which a client sent, is a cursor of this person: whether it can still be served is for the log to say.
#[must_use]
pub fn is_cursor(text: &str, tenant: &Tenant, user: &UserId) -> bool {
    Cursor::decode(text).is_some_and(|cursor| cursor.is_of(Mark::of_owner(tenant, user)))
}

/// A place in a log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Cursor {
    /// In which life of the store the log was read.
    epoch: Mark,
    /// Whose log it is.
    owner: Mark,
    place: Place,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    /// There was no log, at this millisecond of the store's clock.
    Before { at_ms: u64 },
    /// In the log born as `born`, behind the entry at `offset`: the last that the device need not be told again.
    Behind { born: u64, offset: u64 },
}

impl Cursor {
    /// Behind the entry of `page` at `offset`.
    pub(crate) fn behind(page: &LogPage, owner: Mark, offset: u64) -> Self {
        let place = match page.born {
            NO_LOG => Place::Before { at_ms: milliseconds(page) },
            born => Place::Behind { born, offset },
        };
        Self { epoch: Mark::of_epoch(&page.epoch), owner, place }
    }

    /// Whether it is a place in this owner's log.
    pub(crate) fn is_of(&self, owner: Mark) -> bool {
        self.owner == owner
    }

    /// The offset after which the log is to be read.
    pub(crate) const fn offset(&self) -> u64 {
        match self.place {
            Place::Before { .. } => 0,
            Place::Behind { offset, .. } => offset,
        }
    }

    /// In the log born when, the offset of which entry; none where there was no log.
    pub(crate) const fn behind_what(&self) -> Option<(u64, u64)> {
        match self.place {
            Place::Before { .. } => None,
            Place::Behind { born, offset } => Some((born, offset)),
        }
    }

    /// Whether `page`, which has the newest entry of a log alone, is all that came after this place.
    pub(crate) fn is_just_before(&self, page: &LogPage) -> bool {
        self.behind_what() == page.last.checked_sub(1).map(|offset| (page.born, offset))
            && self.check(page).is_ok()
    }

    /// Whether `page`, which was read from `offset` on, has everything that came after this place.
    pub(crate) fn check(&self, page: &LogPage) -> Result<(), Lost> {
        if self.epoch != Mark::of_epoch(&page.epoch) {
            return Err(Lost::OtherEpoch);
        }
        match self.place {
            Place::Before { at_ms } => {
                let now_ms = milliseconds(page);
                let age_ms = now_ms.checked_sub(at_ms).ok_or(Lost::Ahead)?;
                // A log that came into being since is still there, so what there is now is the first one, or none was.
                if age_ms > LOGS_LAST_MS { Err(Lost::OtherLog) } else { Ok(()) }
            }
            Place::Behind { born, .. } if born != page.born => Err(Lost::OtherLog),
            Place::Behind { offset, .. } if offset > page.last => Err(Lost::Ahead),
            Place::Behind { .. } => Ok(()),
        }?;
        if self.offset() < page.floor { Err(Lost::Trimmed) } else { Ok(()) }
    }

    /// As it stands on the wire: characters that need no escaping in a URL.
    pub(crate) fn encode(&self) -> String {
        let (born, offset) = match self.place {
            Place::Before { at_ms } => (NO_LOG, at_ms),
            Place::Behind { born, offset } => (born, offset),
        };
        let mut bytes = [LAYOUT; BYTES];
        let parts = [self.epoch.0, self.owner.0, born.to_be_bytes(), offset.to_be_bytes()];
        for (place, part) in bytes[1..].chunks_exact_mut(8).zip(parts) {
            place.copy_from_slice(&part);
        }
        URL_SAFE_NO_PAD.encode(bytes)
    }

    /// Reads what a client sent, which may be anything.
    pub(crate) fn decode(text: &str) -> Option<Self> {
        // Before it is decoded, so that a long text costs nothing.
        if text.len() != CHARACTERS {
            return None;
        }
        let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
        let (&LAYOUT, parts) = bytes.split_first()? else { return None };
        let mut parts = parts.chunks_exact(8).map_while(|part| <[u8; 8]>::try_from(part).ok());
        let (epoch, owner) = (Mark(parts.next()?), Mark(parts.next()?));
        let (born, offset) = (u64::from_be_bytes(parts.next()?), u64::from_be_bytes(parts.next()?));
        let place = match born {
            NO_LOG => Place::Before { at_ms: offset },
            born => Place::Behind { born, offset },
        };
        Some(Self { epoch, owner, place })
    }
}

/// The store's clock. It never stood before 1970.
fn milliseconds(page: &LogPage) -> u64 {
    u64::try_from(page.now.timestamp_millis()).unwrap_or_default()
}
