//! A line as one JSON object. Every text goes through `serde_json`, so no value can end the line or forge another. One field holds
//! JSON by itself and stays what it is, once it was seen to be that.

use std::error::Error;
use std::fmt::{Debug, Write};

use serde::Serialize;
use tracing::Event;
use tracing::field::{Field, Visit};

use super::{Line, timestamp};

/// The names that a line has of its own; a field of the same name is put under `event.`.
const OWN: &[&str] = &["timestamp", "level", "service", "target", "trace_id", "span_id"];

/// The field that holds a JSON object: whoever reads the log finds an object there, not a text to be parsed once more.
const EMBEDDED: &str = "record";

pub(super) fn write(event: &Event<'_>, line: &Line, buffer: &mut Vec<u8>) {
    let metadata = event.metadata();
    buffer.extend_from_slice(b"{\"timestamp\":\"");
    timestamp::write(buffer);
    buffer.extend_from_slice(b"\",\"level\":\"");
    buffer.extend_from_slice(metadata.level().as_str().as_bytes());
    buffer.push(b'"');
    if let Some(ids) = line.ids {
        buffer.extend_from_slice(b",\"trace_id\":\"");
        buffer.extend_from_slice(&ids.trace);
        buffer.extend_from_slice(b"\",\"span_id\":\"");
        buffer.extend_from_slice(&ids.span);
        buffer.push(b'"');
    }
    let mut object = Object { buffer, scratch: String::new() };
    object.add("service", line.service);
    object.add("target", metadata.target());
    event.record(&mut object);
    for (name, value) in line.inherited.iter().flat_map(super::Inherited::iter) {
        if metadata.fields().field(name).is_none() {
            object.add(name, value);
        }
    }
    object.buffer.push(b'}');
}

struct Object<'a> {
    buffer: &'a mut Vec<u8>,
    /// Where values that are no texts become texts.
    scratch: String,
}

impl Object<'_> {
    fn add(&mut self, name: &str, value: impl Serialize) {
        self.buffer.push(b',');
        // Neither a text nor a number can fail to be JSON, nor can memory fail to be written to.
        let _ = serde_json::to_writer(&mut *self.buffer, name);
        self.buffer.push(b':');
        let _ = serde_json::to_writer(&mut *self.buffer, &value);
    }

    /// Adds `json` as the object that it is. Anything else, and one that is not on one line, becomes a text like any other.
    fn embed(&mut self, name: &str, json: &str) {
        let is_one_object = json.starts_with('{')
            && !json.contains('\n')
            && serde_json::from_str::<serde::de::IgnoredAny>(json).is_ok();
        if !is_one_object {
            return self.add(name, json);
        }
        self.buffer.push(b',');
        let _ = serde_json::to_writer(&mut *self.buffer, name);
        self.buffer.push(b':');
        self.buffer.extend_from_slice(json.as_bytes());
    }

    fn add_field(&mut self, field: &Field, value: impl Serialize) {
        let name = field.name();
        if OWN.contains(&name) {
            self.add(&format!("event.{name}"), value);
        } else {
            self.add(name, value);
        }
    }
}

impl Visit for Object<'_> {
    fn record_str(&mut self, field: &Field, value: &str) {
        if field.name() == EMBEDDED {
            self.embed(EMBEDDED, value);
        } else {
            self.add_field(field, value);
        }
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.add_field(field, value);
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.add_field(field, value);
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.add_field(field, value);
    }

    fn record_f64(&mut self, field: &Field, value: f64) {
        self.add_field(field, value);
    }

    fn record_error(&mut self, field: &Field, value: &(dyn Error + 'static)) {
        self.add_field(field, super::with_causes(value));
    }

    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        let mut text = std::mem::take(&mut self.scratch);
        text.clear();
        // A value that cannot be written leaves what it wrote so far.
        let _ = write!(text, "{value:?}");
        self.add_field(field, &text);
        self.scratch = text;
    }
}
