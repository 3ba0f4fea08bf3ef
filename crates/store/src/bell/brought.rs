//! What came along with a word of the bell.

use std::time::{Duration, Instant};

use clock::DateTime;

use crate::{Attached, Epoch, LogEntry, LogPage};

/// For how long it is as good as the log: whoever is woken by a word reads within milliseconds, and who does not reads what
/// there is by then.
const FRESH: Duration = Duration::from_secs(1);

/// The newest entry of the log that a word was rung for, with what is attached to it, as the server sent it in the same
/// moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Brought {
    message: Vec<u8>,
    epoch: Epoch,
    came: Instant,
}

impl Brought {
    /// `message` is eight numbers and a line end, then as many bytes as they say: the entry's offset, the log's floor and when
    /// it was born, the server's seconds and microseconds, more than 0 if the reader had not consumed all before it, how long the
    /// reader's name and the entry are; then these two, and the attachment.
    pub(crate) fn new(message: Vec<u8>, epoch: Epoch) -> Self {
        Self { message, epoch, came: Instant::now() }
    }

    /// What [`Store::read_log`](crate::Store::read_log) gave `reader` in that moment for everything behind the entry before this
    /// one. None if it is too old, or not understood: then the log is to be read.
    #[must_use]
    pub fn page(&self, reader: &str) -> Option<LogPage> {
        if self.came.elapsed() > FRESH {
            return None;
        }
        let end = self.message.iter().position(|byte| *byte == b'\n')?;
        let (numbers, rest) = self.message.split_at(end);
        let numbers = std::str::from_utf8(numbers).ok()?;
        let numbers: Vec<u64> = numbers.split(' ').map(str::parse).collect::<Result<_, _>>().ok()?;
        let [last, floor, born, seconds, microseconds, unconsumed, reader_bytes, data_bytes] = numbers[..]
        else {
            return None;
        };
        let (whose, rest) = rest[1..].split_at_checked(usize::try_from(reader_bytes).ok()?)?;
        let (data, attached) = rest.split_at_checked(usize::try_from(data_bytes).ok()?)?;
        let is_for_reader = whose.is_empty() || whose == reader.as_bytes();
        let attachment = if is_for_reader { Attached::Data(attached.to_vec()) } else { Attached::Elsewhere };
        let entry = LogEntry { offset: last, data: data.to_vec(), attachment };
        let millis = i64::try_from(seconds.checked_mul(1_000)? + microseconds / 1_000).ok()?;
        let now = DateTime::from_timestamp_millis(millis)? + self.came.elapsed();
        // What another reader has not consumed is not told.
        let has_unconsumed = is_for_reader && unconsumed > 0;
        let (entries, epoch) = (vec![entry], self.epoch.clone());
        Some(LogPage { entries, has_unconsumed, last, floor, born, epoch, now })
    }
}
