//! Takes the answer of a script apart.

use ::redis::Value;
use clock::{DateTime, Utc};

use crate::{Epoch, Key};

/// The answer is none that the script gives: another program has its hash, or the server is no Redis.
#[derive(Debug)]
pub(super) struct Unexpected;

/// The parts of an answer, in order.
pub(super) struct Answer(std::vec::IntoIter<Value>);

impl Answer {
    pub(super) fn of(value: Value) -> Result<Self, Unexpected> {
        match value {
            Value::Array(parts) => Ok(Self(parts.into_iter())),
            // An empty answer of a blocking command.
            Value::Nil => Ok(Self(Vec::new().into_iter())),
            _ => Err(Unexpected),
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.as_slice().is_empty()
    }

    pub(super) fn bytes(&mut self) -> Result<Vec<u8>, Unexpected> {
        match self.0.next() {
            Some(Value::BulkString(bytes)) => Ok(bytes),
            Some(Value::SimpleString(text)) => Ok(text.into_bytes()),
            _ => Err(Unexpected),
        }
    }

    pub(super) fn text(&mut self) -> Result<String, Unexpected> {
        String::from_utf8(self.bytes()?).map_err(|_| Unexpected)
    }

    pub(super) fn key(&mut self) -> Result<Key, Unexpected> {
        Key::parse(&self.text()?).ok_or(Unexpected)
    }

    pub(super) fn epoch(&mut self) -> Result<Epoch, Unexpected> {
        self.text().map(Epoch)
    }

    pub(super) fn number(&mut self) -> Result<u64, Unexpected> {
        match self.0.as_slice().first() {
            Some(Value::Int(number)) => {
                let number = u64::try_from(*number).map_err(|_| Unexpected);
                self.0.next();
                number
            }
            _ => self.text()?.parse().map_err(|_| Unexpected),
        }
    }

    pub(super) fn list(&mut self) -> Result<Self, Unexpected> {
        Self::of(self.0.next().ok_or(Unexpected)?)
    }

    /// What `TIME` gave, to the millisecond.
    pub(super) fn time(&mut self) -> Result<DateTime<Utc>, Unexpected> {
        let (seconds, microseconds) = (self.number()?, self.number()?);
        instant(seconds.checked_mul(1_000).ok_or(Unexpected)? + microseconds / 1_000)
    }

    /// Milliseconds, or an empty text.
    pub(super) fn instant_if_any(&mut self) -> Result<Option<DateTime<Utc>>, Unexpected> {
        match self.text()?.as_str() {
            "" => Ok(None),
            millis => instant(millis.parse().map_err(|_| Unexpected)?).map(Some),
        }
    }

    /// The value of the only field `name` of a stream's entry.
    pub(super) fn field(&mut self, name: &[u8]) -> Result<Vec<u8>, Unexpected> {
        let mut fields = self.list()?;
        while !fields.is_empty() {
            let (field, value) = (fields.bytes()?, fields.bytes()?);
            if field == name {
                return Ok(value);
            }
        }
        Err(Unexpected)
    }
}

/// Milliseconds since 1970 as an instant.
pub(super) fn instant(millis: u64) -> Result<DateTime<Utc>, Unexpected> {
    let millis = i64::try_from(millis).map_err(|_| Unexpected)?;
    DateTime::from_timestamp_millis(millis).ok_or(Unexpected)
}
