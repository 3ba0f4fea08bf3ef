//! What a deserializer found wrong, in words for the client.
//!
//! The library's own text quotes the value and names Rust types; neither is the client's business. Texts written by
//! this workspace's own types, such as the grammar of an identifier, are kept.

use crate::json::scan::shortened;

/// The field and what is wrong with it, from the path where `message` arose.
pub(crate) fn describe(path: &str, message: &str) -> (String, String) {
    let message = without_position(message);
    let path = if path == "." { "" } else { path };
    let (field, problem) = if let Some(name) = quoted(message, "missing field ") {
        (inside(path, name), "is missing".to_owned())
    } else if let Some(name) = quoted(message, "duplicate field ") {
        (inside(path, name), "occurs twice".to_owned())
    } else if let Some(name) = quoted(message, "unknown field ") {
        (inside(path, name), "is not known here".to_owned())
    } else if let Some((_, expected)) = message.rsplit_once(", expected ") {
        (path.to_owned(), format!("must be {}", kind(expected)))
    } else if message.starts_with("data did not match any variant") {
        (path.to_owned(), "has none of the possible forms".to_owned())
    } else if is_number_or_bool_fault(message) {
        (path.to_owned(), "has the wrong type or is out of bounds".to_owned())
    } else {
        (path.to_owned(), message.to_owned())
    };
    (shortened(&field), shortened(&problem))
}

/// `serde_json` ends its messages with where in the text it stood.
fn without_position(message: &str) -> &str {
    message.rsplit_once(" at line ").map_or(message, |(message, _)| message)
}

/// The name in backticks after `prefix`.
fn quoted<'a>(message: &'a str, prefix: &str) -> Option<&'a str> {
    let rest = message.strip_prefix(prefix)?.strip_prefix('`')?;
    // A name chosen by the client may hold a backtick; what follows it never does without ", expected".
    let name = rest.split_once("`, expected").map_or(rest, |(name, _)| name);
    Some(name.split_once("`, there are no fields").map_or(name, |(name, _)| name).trim_end_matches('`'))
}

/// `name` inside `path`, which may already end with it.
fn inside(path: &str, name: &str) -> String {
    match path.strip_suffix(name) {
        Some(parent) if parent.is_empty() || parent.ends_with('.') => path.to_owned(),
        Some(_) | None if path.is_empty() => name.to_owned(),
        Some(_) | None => format!("{path}.{name}"),
    }
}

/// The library's word for a type, as a person would say it.
fn kind(expected: &str) -> &str {
    match expected {
        "u8" | "u16" | "u32" | "u64" | "usize" | "i8" | "i16" | "i32" | "i64" | "isize" => {
            "a whole number within its bounds"
        }
        "f32" | "f64" => "a number",
        "a boolean" => "true or false",
        "a map" => "an object",
        "a sequence" => "a list",
        "a borrowed string" | "string" => "a string",
        other if other.starts_with("struct ") || other.starts_with("internally tagged enum ") => "an object",
        other if other.starts_with("a nonzero ") => "a whole number above zero",
        other => other,
    }
}

/// What the standard library says of text that is no number or boolean, as a query's parameters are parsed.
fn is_number_or_bool_fault(message: &str) -> bool {
    ["invalid digit", "number too", "cannot parse integer", "provided string was not", "invalid float"]
        .iter()
        .any(|prefix| message.starts_with(prefix))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_of_the_library_becomes_words_for_the_client() {
        for (path, message, field, problem) in [
            (".", "missing field `a` at line 1 column 2", "a", "is missing"),
            ("a.b", "unknown field `b`, expected `c` at line 1 column 9", "a.b", "is not known here"),
            (".", "unknown field `b`, there are no fields", "b", "is not known here"),
            (".", "unknown field `x`, expected y`, expected `c`", "x", "is not known here"),
            ("a", "invalid type: string \"S, expected x\", expected struct A", "a", "must be an object"),
            ("a", "unknown variant `S`, expected one of `b`, `c`", "a", "must be one of `b`, `c`"),
            ("a", "invalid digit found in string", "a", "has the wrong type or is out of bounds"),
            ("a", "must be 1 to 64 characters at line 1 column 1", "a", "must be 1 to 64 characters"),
        ] {
            assert_eq!(describe(path, message), (field.to_owned(), problem.to_owned()), "{message}");
        }
    }
}
