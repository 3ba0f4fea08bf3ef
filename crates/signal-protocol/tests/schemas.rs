//! The schemas against the code that they describe.
#![expect(clippy::unwrap_used, reason = "a test may panic, and its helpers are part of it")]

use serde_json::{Map, Value, json};
use signal_protocol::schema;
use signal_protocol::socket::ClientMessage;

/// What the schema describes, made small (what must be there) or large (everything that may be there).
struct Samples {
    document: Value,
    large: bool,
}

impl Samples {
    fn resolve<'a>(&'a self, schema: &'a Value) -> &'a Value {
        match schema["$ref"].as_str() {
            Some(reference) => {
                self.document.pointer(&reference[1..]).unwrap_or_else(|| panic!("{reference} leads nowhere"))
            }
            None => schema,
        }
    }

    /// One object for each way in which the schema can be met.
    fn of(&self, schema: &Value) -> Vec<Value> {
        let schema = self.resolve(schema);
        if let Some(choices) = schema["oneOf"].as_array() {
            return choices.iter().flat_map(|choice| self.of(choice)).collect();
        }
        if let Some(parts) = schema["allOf"].as_array() {
            let [one, other] = parts.as_slice() else { panic!("two parts: {schema}") };
            let (ones, others) = (self.of(one), self.of(other));
            return ones.iter().flat_map(|one| others.iter().map(|other| merged(one, other))).collect();
        }
        if let Some(word) = schema.get("const").or_else(|| schema["enum"].get(0)) {
            return vec![word.clone()];
        }
        match schema["type"].as_str().unwrap() {
            "object" => vec![self.object(schema)],
            "array" => vec![json!([self.of(&schema["items"])[0]])],
            "integer" => vec![json!(0)],
            "boolean" => vec![json!(true)],
            "string" if schema["format"] == "uuid" => vec![json!("0198c5a0-7c3e-7d5a-8f00-0123456789ab")],
            "string" => vec![json!("eight-or-more")],
            other => panic!("no sample of {other}"),
        }
    }

    fn object(&self, schema: &Value) -> Value {
        let required = schema["required"].as_array().cloned().unwrap_or_default();
        let properties = schema["properties"].as_object().cloned().unwrap_or_default();
        let wanted = properties.iter().filter(|(name, _)| self.large || required.contains(&json!(name)));
        wanted
            .map(|(name, property)| (name.clone(), self.of(property)[0].clone()))
            .collect::<Map<_, _>>()
            .into()
    }

    fn messages(large: bool) -> Vec<Value> {
        let samples = Self { document: schema::document(), large };
        samples.of(&json!({ "$ref": "#/$defs/ClientMessage" }))
    }
}

fn merged(one: &Value, other: &Value) -> Value {
    let both = one.as_object().unwrap().iter().chain(other.as_object().unwrap());
    both.map(|(name, value)| (name.clone(), value.clone())).collect::<Map<_, _>>().into()
}

fn is_read(message: &Value) -> bool {
    ClientMessage::parse(&message.to_string()).is_ok()
}

#[test]
fn every_message_of_a_client_that_the_schema_describes_is_read() {
    for message in Samples::messages(false).into_iter().chain(Samples::messages(true)) {
        assert!(is_read(&message), "{message}");
    }
}

#[test]
fn a_message_of_a_client_is_not_read_without_what_the_schema_requires_or_with_what_it_does_not_know() {
    for message in Samples::messages(false) {
        let fields: Vec<&String> = message.as_object().unwrap().keys().collect();
        for field in fields {
            // Which call and which body are missing is told by the answer, not by closing the socket.
            if matches!(field.as_str(), "call_id" | "room_id" | "body") {
                continue;
            }
            let mut less = message.clone();
            less.as_object_mut().unwrap().remove(field);
            assert!(!is_read(&less), "{message} without {field}");
        }
        let more = merged(&message, &json!({ "another": true }));
        assert!(!is_read(&more), "{more}");
    }
}

#[test]
fn every_reference_leads_somewhere_and_every_schema_is_plain() {
    fn walk(document: &Value, at: &Value) {
        match at {
            Value::Object(members) => {
                if let Some(reference) = members.get("$ref") {
                    let target = reference.as_str().unwrap().strip_prefix('#').unwrap();
                    assert!(document.pointer(target).is_some(), "{reference}");
                }
                assert!(at["format"].as_str().is_none_or(|format| !format.starts_with("int")), "{at}");
                members.values().for_each(|member| walk(document, member));
            }
            Value::Array(items) => items.iter().for_each(|item| walk(document, item)),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        }
    }
    let document = schema::document();
    walk(&document, &document);
    assert_eq!(document, schema::document());
}
