//! What the text of an environment variable means, which only the setting's shape can say.

use serde_json::{Number, Value};

use crate::shape::Shape;

/// The value that a text stands for, or what is wrong with it.
pub(super) fn parse(shape: &Shape, text: &str) -> Result<Value, String> {
    let refused = || format!("must be {}", shape.expected());
    match shape {
        Shape::Secret { .. } | Shape::Text(_) | Shape::Any => Ok(Value::String(text.to_owned())),
        Shape::Choice(_) => Ok(Value::String(text.trim().to_owned())),
        Shape::Bool => text.trim().parse().map(Value::Bool).map_err(|_| refused()),
        Shape::Integer { .. } => integer(text.trim()).ok_or_else(refused),
        Shape::Number { .. } => {
            let number = text.trim().parse().ok().and_then(Number::from_f64);
            number.map(Value::Number).ok_or_else(refused)
        }
        Shape::Section(_) | Shape::Map(_) => json(text),
        Shape::List { items, .. } => list(items, text),
        Shape::OneOf(shapes) => {
            if text.trim_start().starts_with(['{', '[']) {
                return json(text);
            }
            shapes.iter().find_map(|shape| parse(shape, text).ok()).ok_or_else(refused)
        }
    }
}

fn integer(text: &str) -> Option<Value> {
    let signed = text.parse::<i64>().map(Value::from);
    signed.or_else(|_| text.parse::<u64>().map(Value::from)).ok()
}

/// Entries between commas; or JSON, which is the only way to write tables.
fn list(items: &Shape, text: &str) -> Result<Value, String> {
    let text = text.trim();
    if text.starts_with('[') {
        return json(text);
    }
    let entries = text.split(',').map(str::trim).filter(|entry| !entry.is_empty());
    if matches!(items, Shape::Section(_) | Shape::Map(_)) && !text.is_empty() {
        return Err("must be a JSON list of tables, such as `[{\"name\": \"value\"}]`".to_owned());
    }
    entries.map(|entry| parse(items, entry)).collect::<Result<_, _>>().map(Value::Array)
}

/// Its errors say where, and never quote the text.
fn json(text: &str) -> Result<Value, String> {
    serde_json::from_str(text).map_err(|error| format!("is not valid JSON: {error}"))
}
