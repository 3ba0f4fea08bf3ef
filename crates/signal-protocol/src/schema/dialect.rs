//! From the dialect of OpenAPI to plain JSON Schema.

use serde_json::{Map, Value, json};

const IN_OPENAPI: &str = "#/components/schemas/";
const HERE: &str = "#/$defs/";
/// How utoipa names a list of something.
const PAGE: &str = "Page_";

/// A reference to the schema of this name.
pub(super) fn reference(name: &str) -> Value {
    json!({ "$ref": format!("{HERE}{name}") })
}

/// The schema called `theirs`, in plain words and with its name here.
pub(super) fn definition(theirs: &str, schema: &Value) -> (String, Value) {
    let mut plain = plain(schema);
    if let Some(item) = theirs.strip_prefix(PAGE) {
        // There the item of a list is written out, here it is referred to.
        plain["properties"]["items"]["items"] = reference(item);
    }
    (name(theirs), plain)
}

/// The name of a schema as it is here.
fn name(theirs: &str) -> String {
    match theirs.strip_prefix(PAGE) {
        Some(item) => format!("PageOf{item}"),
        None => theirs.to_owned(),
    }
}

fn plain(schema: &Value) -> Value {
    let mut plain = match schema {
        Value::Object(members) => {
            Value::Object(members.iter().filter_map(|(key, value)| member(key, value)).collect())
        }
        Value::Array(items) => Value::Array(items.iter().map(self::plain).collect()),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => schema.clone(),
    };
    without_null(&mut plain);
    plain
}

fn member(key: &str, value: &Value) -> Option<(String, Value)> {
    match (key, value) {
        // Widths of integers and defaults are words of OpenAPI; the bounds of integers stand beside them.
        ("format", Value::String(format)) if format.starts_with("int") => None,
        ("default", Value::Null) | ("propertyNames", _) => None,
        ("$ref", Value::String(theirs)) => {
            let theirs = theirs.strip_prefix(IN_OPENAPI).unwrap_or(theirs);
            Some((key.to_owned(), Value::String(format!("{HERE}{}", name(theirs)))))
        }
        ("enum", Value::Array(words)) if words.len() == 1 => Some(("const".to_owned(), words[0].clone())),
        ("description", Value::String(text)) => {
            let words: Vec<&str> = text.split_whitespace().collect();
            Some((key.to_owned(), Value::String(words.join(" "))))
        }
        _ => Some((key.to_owned(), plain(value))),
    }
}

/// What may be absent is never written as `null`.
fn without_null(schema: &mut Value) {
    let required: Vec<String> = schema
        .get("required")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(|name| name.as_str().map(str::to_owned))
        .collect();
    let Some(properties) = schema.get_mut("properties").and_then(Value::as_object_mut) else { return };
    for (_, property) in properties.iter_mut().filter(|(name, _)| !required.contains(name)) {
        if let Some(Value::Array(types)) = property.get_mut("type") {
            types.retain(|name| name != "null");
            if let [only] = types.as_slice() {
                property["type"] = only.clone();
            }
        }
        let choices: Vec<&Value> =
            property.get("oneOf").and_then(Value::as_array).into_iter().flatten().collect();
        let choices: Vec<&Value> =
            choices.into_iter().filter(|choice| **choice != json!({ "type": "null" })).collect();
        if let [only] = choices.as_slice() {
            *property = (*only).clone();
        }
    }
}

/// Has each variant of `definitions[name]` refuse what it does not know, what it takes from elsewhere included.
pub(super) fn close(definitions: &mut Map<String, Value>, name: &str) {
    let variants =
        definitions.get_mut(name).and_then(|schema| schema.get_mut("oneOf")).and_then(Value::as_array_mut);
    for variant in variants.into_iter().flatten().filter_map(Value::as_object_mut) {
        variant.remove("additionalProperties");
        variant.insert("unevaluatedProperties".to_owned(), Value::Bool(false));
    }
}
