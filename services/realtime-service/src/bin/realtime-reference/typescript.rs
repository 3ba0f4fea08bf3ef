//! The TypeScript types of everything on the wire, written from the JSON Schemas, so that the two cannot differ.
//!
//! Knows the part of JSON Schema that the schemas use, and refuses the rest: a type that says too little would go unnoticed.

use std::fmt::Write as _;

use serde_json::{Map, Value};

const HEAD: &str = "\
/**
 * Everything that goes over the wire, as docs/schemas/protocol.json has it. Written by `cargo xtask codegen`; do not edit.
 *
 * A server may send fields, events and words that are newer than these types: ignore what you do not know.
 */
";

/// A schema that this emitter has no type for.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("there is no TypeScript for {what} of the schema {schema}")]
pub(crate) struct Unknown {
    schema: String,
    what: String,
}

/// The types of `document`, see [`signal_protocol::schema::document`].
pub(crate) fn types(document: &Value) -> Result<String, Unknown> {
    let mut text = HEAD.to_owned();
    for (name, schema) in document["$defs"].as_object().into_iter().flatten() {
        let written = Writer { schema: name }.ty(schema, 0)?;
        text.push('\n');
        comment(&mut text, schema, 0);
        // Writing into a String cannot fail.
        let _ = if written.starts_with('{') && is_plain_object(schema) {
            writeln!(text, "export interface {name} {written}")
        } else {
            writeln!(
                text,
                "export type {name} ={}{written};",
                if written.starts_with('\n') { "" } else { " " }
            )
        };
    }
    text.push_str(&commands(document));
    Ok(text)
}

/// What each command takes and is answered, by its name.
fn commands(document: &Value) -> String {
    let mut text =
        "\n/** What each command takes and is answered, by its name. */\nexport interface Commands {\n"
            .to_owned();
    for row in document["commands"].as_array().into_iter().flatten() {
        let ty = |key: &str| row[key]["$ref"].as_str().map_or("undefined", last);
        let or_nothing = if row["body_is_optional"] == true { " | undefined" } else { "" };
        let name = row["name"].as_str().unwrap_or_default();
        let _ =
            writeln!(text, "  {name:?}: {{ body: {}{or_nothing}; answer: {} }};", ty("body"), ty("answer"));
    }
    text + "}\n"
}

/// Where in which schema.
struct Writer<'name> {
    schema: &'name str,
}

impl Writer<'_> {
    fn ty(&self, schema: &Value, depth: usize) -> Result<String, Unknown> {
        let Some(members) = schema.as_object() else { return Err(self.unknown(&schema.to_string())) };
        if let Some(reference) = members.get("$ref").and_then(Value::as_str) {
            return Ok(last(reference).to_owned());
        }
        if let Some(word) = members.get("const") {
            return Ok(word.to_string());
        }
        if let Some(words) = members.get("enum").and_then(Value::as_array) {
            return Ok(union(&words.iter().map(Value::to_string).collect::<Vec<_>>(), depth));
        }
        if let Some(choices) = members.get("oneOf").and_then(Value::as_array) {
            return Ok(union(&self.each(choices, depth + 1)?, depth));
        }
        if let Some(parts) = members.get("allOf").and_then(Value::as_array) {
            return Ok(self.each(parts, depth)?.join(" & "));
        }
        match members.get("type").and_then(Value::as_str) {
            Some("string") => Ok("string".to_owned()),
            Some("integer" | "number") => Ok("number".to_owned()),
            Some("boolean") => Ok("boolean".to_owned()),
            Some("array") => self.list(members, depth),
            Some("object") => self.object(members, depth),
            None if members.keys().all(|key| key == "description") => Ok("unknown".to_owned()),
            other => Err(self.unknown(other.unwrap_or("no type"))),
        }
    }

    fn each(&self, schemas: &[Value], depth: usize) -> Result<Vec<String>, Unknown> {
        schemas.iter().map(|schema| self.ty(schema, depth)).collect()
    }

    fn list(&self, members: &Map<String, Value>, depth: usize) -> Result<String, Unknown> {
        let item = members.get("items").ok_or_else(|| self.unknown("a list of anything"))?;
        let item = self.ty(item, depth)?;
        Ok(if item.contains([' ', '|']) { format!("({item})[]") } else { format!("{item}[]") })
    }

    fn object(&self, members: &Map<String, Value>, depth: usize) -> Result<String, Unknown> {
        let indent = "  ".repeat(depth + 1);
        let required: Vec<&str> = members
            .get("required")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
            .collect();
        let mut body = String::new();
        for (name, property) in members.get("properties").and_then(Value::as_object).into_iter().flatten() {
            comment(&mut body, property, depth + 1);
            let mark = if required.contains(&name.as_str()) { "" } else { "?" };
            let _ = writeln!(body, "{indent}{name}{mark}: {};", self.ty(property, depth + 1)?);
        }
        match members.get("additionalProperties") {
            // Beside named properties an index signature would have to fit every one of them.
            Some(rest @ Value::Object(_)) if body.is_empty() => {
                return Ok(format!("Record<string, {}>", self.ty(rest, depth)?));
            }
            Some(Value::Object(_)) => {
                let _ = writeln!(body, "{indent}[more: string]: unknown;");
            }
            Some(Value::Bool(_)) | None => {}
            Some(other) => return Err(self.unknown(&other.to_string())),
        }
        if body.is_empty() {
            // `{}` would be any value at all.
            let is_closed = members.get("additionalProperties") == Some(&Value::Bool(false));
            return Ok(format!("Record<string, {}>", if is_closed { "never" } else { "unknown" }));
        }
        Ok(format!("{{\n{body}{}}}", "  ".repeat(depth)))
    }

    fn unknown(&self, what: &str) -> Unknown {
        Unknown { schema: self.schema.to_owned(), what: what.to_owned() }
    }
}

fn is_plain_object(schema: &Value) -> bool {
    schema["type"] == "object"
}

fn last(reference: &str) -> &str {
    reference.rsplit('/').next().unwrap_or(reference)
}

/// On one line where it fits, else one choice a line.
fn union(choices: &[String], depth: usize) -> String {
    let line = choices.join(" | ");
    if line.len() <= 100 && !line.contains('\n') {
        return line;
    }
    let indent = "  ".repeat(depth + 1);
    choices.iter().fold(String::new(), |text, choice| format!("{text}\n{indent}| {choice}"))
}

fn comment(text: &mut String, schema: &Value, depth: usize) {
    if let Some(description) = schema["description"].as_str() {
        let _ = writeln!(text, "{}/** {} */", "  ".repeat(depth), description.replace("*/", "* /"));
    }
}
