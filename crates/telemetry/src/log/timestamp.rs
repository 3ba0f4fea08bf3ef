//! The time of a line: RFC 3339 in UTC with milliseconds.

use std::io::Write;

use chrono::{DateTime, Datelike, Timelike, Utc};
use clock::Clock;

/// Appends the current time. Digit by digit: the general formatter takes longer than all the rest of a line.
pub(super) fn write(buffer: &mut Vec<u8>) {
    write_time(Clock::system().now(), buffer);
}

fn write_time(now: DateTime<Utc>, buffer: &mut Vec<u8>) {
    let date = now.date_naive();
    let time = now.time();
    // The year of a clock that is far off; memory cannot fail to be written to.
    let Ok(year) = u32::try_from(date.year()) else {
        let _ = write!(buffer, "{now:?}");
        return;
    };
    // A leap second counts as a thousand milliseconds more.
    let millis = (time.nanosecond() / 1_000_000).min(999);
    digits(year, 4, buffer);
    for (separator, value, width) in [
        (b'-', date.month(), 2),
        (b'-', date.day(), 2),
        (b'T', time.hour(), 2),
        (b':', time.minute(), 2),
        (b':', time.second(), 2),
        (b'.', millis, 3),
    ] {
        buffer.push(separator);
        digits(value, width, buffer);
    }
    buffer.push(b'Z');
}

fn digits(value: u32, width: u32, buffer: &mut Vec<u8>) {
    for place in (0..width).rev() {
        let digit = value / 10_u32.pow(place) % 10;
        // Ten digits fit into a byte.
        buffer.push(b'0' + digit as u8);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_written_as_rfc_3339_with_milliseconds() {
        for text in ["2026-11-21T09:05:03.007Z", "1970-01-01T00:00:00.000Z", "2028-02-29T23:59:59.999Z"] {
            let mut buffer = Vec::new();
            write_time(text.parse().expect("it is a time"), &mut buffer);
            assert_eq!(String::from_utf8(buffer).expect("ASCII"), text);
        }
    }
}
