//! A schema as Kubernetes describes itself becomes one that refuses what Kubernetes does not know, so that a misspelt field is found.

use serde_json::{Map, Value, json};

/// What a schema says to people, or in words that JSON Schema does not have.
const DROPPED: [&str; 4] = ["description", "default", "format", "example"];

/// Makes a schema, and every one in it, strict.
pub(super) fn strict(schema: &mut Value) {
    let Some(schema) = schema.as_object_mut() else { return };
    if is_number_or_text(schema) {
        *schema = only(json!({ "type": ["integer", "string"] }));
        return;
    }
    let keeps_unknown = flag(schema, "x-kubernetes-preserve-unknown-fields");
    let nullable = flag(schema, "nullable");
    schema.retain(|key, _| !key.starts_with("x-") && key != "nullable" && !DROPPED.contains(&key.as_str()));
    if nullable && let Some(Value::String(one)) = schema.get("type").cloned() {
        schema.insert("type".to_owned(), json!([one, "null"]));
    }
    // `allOf` and its like only add conditions to what stands beside them: they name no fields of their own.
    for (key, value) in schema.iter_mut() {
        match (key.as_str(), value) {
            ("properties", Value::Object(fields)) => fields.values_mut().for_each(strict),
            ("items" | "additionalProperties", inner) => strict(inner),
            _ => {}
        }
    }
    if schema.contains_key("properties") && !schema.contains_key("additionalProperties") && !keeps_unknown {
        schema.insert("additionalProperties".to_owned(), Value::Bool(false));
    }
}

fn is_number_or_text(schema: &Map<String, Value>) -> bool {
    schema.get("format").is_some_and(|format| format == "int-or-string")
        || flag(schema, "x-kubernetes-int-or-string")
}

fn flag(schema: &Map<String, Value>, name: &str) -> bool {
    schema.get(name).and_then(Value::as_bool).unwrap_or(false)
}

fn only(schema: Value) -> Map<String, Value> {
    match schema {
        Value::Object(schema) => schema,
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => Map::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(mut schema: Value, expected: &Value) {
        strict(&mut schema);
        assert_eq!(&schema, expected);
    }

    #[test]
    fn a_field_that_is_not_known_is_refused_at_every_depth() {
        check(
            json!({ "properties": { "a": { "items": { "properties": { "b": { "type": "string" } } } } } }),
            &json!({
                "properties": { "a": { "items": {
                    "properties": { "b": { "type": "string" } }, "additionalProperties": false
                } } },
                "additionalProperties": false
            }),
        );
    }

    #[test]
    fn a_field_may_have_the_name_of_a_keyword() {
        check(
            json!({ "properties": { "default": { "type": "string" }, "format": { "type": "string" } } }),
            &json!({
                "properties": { "default": { "type": "string" }, "format": { "type": "string" } },
                "additionalProperties": false
            }),
        );
    }

    #[test]
    fn maps_and_what_is_kept_though_unknown_stay_open() {
        for (open, expected) in [
            (json!({ "type": "object" }), json!({ "type": "object" })),
            (
                json!({ "additionalProperties": { "type": "string", "format": "byte" } }),
                json!({ "additionalProperties": { "type": "string" } }),
            ),
            (
                json!({ "properties": {}, "x-kubernetes-preserve-unknown-fields": true }),
                json!({ "properties": {} }),
            ),
        ] {
            check(open, &expected);
        }
    }

    #[test]
    fn what_may_be_a_number_may_be_text_as_well() {
        for schema in [
            json!({ "type": "string", "format": "int-or-string" }),
            json!({ "anyOf": [{ "type": "integer" }], "x-kubernetes-int-or-string": true }),
        ] {
            check(schema, &json!({ "type": ["integer", "string"] }));
        }
    }
}
