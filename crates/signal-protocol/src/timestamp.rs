//! Instants on the wire: RFC 3339 in UTC with milliseconds, `2026-01-31T09:30:00.000Z`.
//!
//! Use as `#[serde(with = "signal_protocol::timestamp")]`.

use std::fmt;
use std::ops::Range;

use chrono::{DateTime, Datelike as _, NaiveDate, SecondsFormat, Timelike as _, Utc};
use serde::de::{self, IntoDeserializer as _, Visitor};
use serde::{Deserialize, Deserializer, Serializer};

/// `instant` as it stands on the wire.
#[must_use]
pub fn format(instant: DateTime<Utc>) -> String {
    instant.to_rfc3339_opts(SecondsFormat::Millis, true)
}

/// Writes an instant.
pub fn serialize<S: Serializer>(instant: &DateTime<Utc>, serializer: S) -> Result<S::Ok, S::Error> {
    match Digits::of(*instant) {
        Some(digits) => serializer.serialize_str(digits.as_str()),
        None => serializer.serialize_str(&format(*instant)),
    }
}

/// What [`format`] gives for the usual instants, without the machinery of formatting and without an allocation: a call is
/// written several times for each change, with some ten instants in it.
struct Digits([u8; 24]);

impl Digits {
    /// None in a leap second, and for years that do not have four digits.
    fn of(instant: DateTime<Utc>) -> Option<Self> {
        let (date, time) = (instant.date_naive(), instant.time());
        let year = u32::try_from(date.year()).ok().filter(|year| *year <= 9_999)?;
        let milliseconds =
            Some(time.nanosecond() / 1_000_000).filter(|milliseconds| *milliseconds < 1_000)?;
        let mut digits = *b"0000-00-00T00:00:00.000Z";
        for (place, number) in [
            (0..4, year),
            (5..7, date.month()),
            (8..10, date.day()),
            (11..13, time.hour()),
            (14..16, time.minute()),
            (17..19, time.second()),
            (20..23, milliseconds),
        ] {
            let mut rest = number;
            for digit in digits[place].iter_mut().rev() {
                // What is left of a division by ten is one digit.
                *digit += (rest % 10) as u8;
                rest /= 10;
            }
        }
        Some(Self(digits))
    }

    /// The instant that such digits stand for; none if `text` is anything else, which may still be an instant.
    fn read(text: &str) -> Option<DateTime<Utc>> {
        let text: &[u8; 24] = text.as_bytes().try_into().ok()?;
        let marks = [(4, b'-'), (7, b'-'), (10, b'T'), (13, b':'), (16, b':'), (19, b'.'), (23, b'Z')];
        if marks.iter().any(|(place, mark)| text[*place] != *mark) {
            return None;
        }
        let number = |place: Range<usize>| {
            text[place].iter().try_fold(0, |number, digit| {
                digit.is_ascii_digit().then(|| number * 10 + u32::from(digit - b'0'))
            })
        };
        let date = NaiveDate::from_ymd_opt(number(0..4)?.try_into().ok()?, number(5..7)?, number(8..10)?)?;
        let time =
            date.and_hms_milli_opt(number(11..13)?, number(14..16)?, number(17..19)?, number(20..23)?)?;
        Some(time.and_utc())
    }

    fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).expect("digits are text")
    }
}

/// Reads an instant in any RFC 3339 form and offset.
pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<DateTime<Utc>, D::Error> {
    Instant::deserialize(deserializer).map(|Instant(instant)| instant)
}

/// Our own form is read the short way, any other as chrono reads it.
struct Instant(DateTime<Utc>);

impl<'de> Deserialize<'de> for Instant {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Text;
        impl Visitor<'_> for Text {
            type Value = Instant;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("an RFC 3339 formatted date and time string")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Instant, E> {
                match Digits::read(text) {
                    Some(instant) => Ok(Instant(instant)),
                    None => DateTime::<Utc>::deserialize(text.into_deserializer()).map(Instant),
                }
            }
        }
        deserializer.deserialize_str(Text)
    }
}

/// The same for an instant that may be absent: `#[serde(default, with = "signal_protocol::timestamp::option")]`.
pub mod option {
    use super::{DateTime, Deserialize, Deserializer, Serializer, Utc};

    /// Writes an instant, or `null`.
    pub fn serialize<S: Serializer>(
        instant: &Option<DateTime<Utc>>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        match instant {
            Some(instant) => super::serialize(instant, serializer),
            None => serializer.serialize_none(),
        }
    }

    /// Reads an instant in any RFC 3339 form and offset, or `null`.
    pub fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<DateTime<Utc>>, D::Error> {
        Ok(Option::<super::Instant>::deserialize(deserializer)?.map(|super::Instant(instant)| instant))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn milliseconds_are_always_written() {
        assert_eq!(format(DateTime::UNIX_EPOCH), "1970-01-01T00:00:00.000Z");
    }

    #[test]
    fn an_instant_is_read_in_any_form_and_nothing_else_is() {
        let read =
            |text: &str| deserialize(text.into_deserializer()).map_err(|error: de::value::Error| error);
        let instant = DateTime::from_timestamp_millis(1_769_851_800_250).unwrap();
        for text in [
            "2026-01-31T09:30:00.250Z",
            "2026-01-31T10:30:00.250+01:00",
            "2026-01-31T09:30:00.25Z",
            "2026-01-31T09:30:00.250000000Z",
            "2026-01-31t09:30:00.250z",
        ] {
            assert_eq!(read(text), Ok(instant), "{text}");
        }
        for text in [
            "",
            "2026-01-31",
            "2026-02-30T09:30:00.250Z",
            "2026-01-31T24:30:00.250Z",
            "2026-01-31T09:3a:00.250Z",
        ] {
            assert!(read(text).is_err(), "{text}");
        }
    }

    #[test]
    fn the_short_way_writes_what_the_long_way_writes() {
        let edges =
            [-62_167_219_200_000, -1, 0, 1_234, 951_782_400_000, 1_769_851_800_999, 253_402_300_799_999];
        for millis in edges {
            let instant = DateTime::from_timestamp_millis(millis).unwrap();
            let digits = Digits::of(instant).map(|digits| digits.as_str().to_owned());
            assert_eq!(digits, Some(format(instant)), "{millis}");
            assert_eq!(Digits::read(&format(instant)), Some(instant), "{millis}");
        }
        for millis in [-62_167_219_200_001, 253_402_300_800_000] {
            assert!(Digits::of(DateTime::from_timestamp_millis(millis).unwrap()).is_none(), "{millis}");
        }
    }
}
