//! A line for a person at a terminal: time, level, message, fields.

use std::error::Error;
use std::fmt::{Debug, Write};

use tracing::Event;
use tracing::field::{Field, Visit};

use super::{Line, timestamp};

pub(super) fn write(event: &Event<'_>, line: &Line, buffer: &mut Vec<u8>) {
    let metadata = event.metadata();
    timestamp::write(buffer);
    let mut words = Words { message: String::new(), fields: String::new() };
    event.record(&mut words);
    for (name, value) in line.inherited.iter().flat_map(super::Inherited::iter) {
        if metadata.fields().field(name).is_none() {
            words.add(name, value);
        }
    }
    if let Some(ids) = line.ids {
        words.add("trace_id", &String::from_utf8_lossy(&ids.trace));
    }
    let start = format!(" {:<5} {}: ", metadata.level(), metadata.target());
    for part in [start, words.message, words.fields] {
        buffer.extend_from_slice(part.as_bytes());
    }
}

struct Words {
    message: String,
    fields: String,
}

impl Words {
    fn add(&mut self, name: &str, value: &str) {
        // Writing to a string cannot fail.
        let _ = if value.is_empty() || value.contains([' ', '"', '=']) || value.chars().any(char::is_control)
        {
            write!(self.fields, " {name}={value:?}")
        } else {
            write!(self.fields, " {name}={value}")
        };
    }
}

impl Visit for Words {
    fn record_str(&mut self, field: &Field, value: &str) {
        if field.name() == "message" {
            // A line stays a line, and a terminal is told nothing but text.
            for character in value.chars() {
                if character.is_control() {
                    self.message.extend(character.escape_default());
                } else {
                    self.message.push(character);
                }
            }
        } else {
            self.add(field.name(), value);
        }
    }

    fn record_error(&mut self, field: &Field, value: &(dyn Error + 'static)) {
        self.record_str(field, &super::with_causes(value));
    }

    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.record_str(field, &format!("{value:?}"));
    }
}
