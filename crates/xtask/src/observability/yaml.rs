//! JSON values as YAML that people can read: expressions over several lines stay lines.

use std::fmt::Write as _;

use serde_json::Value;

/// What stands above everything that is generated.
const HEAD: &str =
    "# Written by `cargo xtask codegen` from crates/xtask/src/observability. Change it there.\n";

/// A whole document.
pub(super) fn document(value: &Value) -> String {
    let mut text = HEAD.to_owned();
    write(&mut text, value, 0);
    text
}

fn write(text: &mut String, value: &Value, depth: usize) {
    let indent = "  ".repeat(depth);
    match value {
        Value::Object(fields) => {
            for (name, field) in fields {
                write!(text, "{indent}{}:", key(name)).expect("a String takes everything");
                nested(text, field, depth + 1);
            }
        }
        Value::Array(items) => {
            for item in items {
                let mut inner = String::new();
                write(&mut inner, item, depth + 1);
                // The first line of what is nested stands behind the dash.
                writeln!(text, "{indent}- {}", inner.trim_start().trim_end())
                    .expect("a String takes everything");
            }
        }
        Value::String(_) | Value::Number(_) | Value::Bool(_) | Value::Null => {
            writeln!(text, "{indent}{value}").expect("a String takes everything");
        }
    }
}

/// A field's value, behind its name.
fn nested(text: &mut String, value: &Value, depth: usize) {
    match value {
        Value::Object(fields) if fields.is_empty() => text.push_str(" {}\n"),
        Value::Array(items) if items.is_empty() => text.push_str(" []\n"),
        Value::Object(_) | Value::Array(_) => {
            text.push('\n');
            write(text, value, depth);
        }
        Value::String(lines) if lines.contains('\n') => {
            text.push_str(" |-\n");
            for line in lines.lines() {
                writeln!(text, "{}{line}", "  ".repeat(depth)).expect("a String takes everything");
            }
        }
        // JSON's way to write these is one of YAML's.
        Value::String(_) | Value::Number(_) | Value::Bool(_) | Value::Null => {
            writeln!(text, " {value}").expect("a String takes everything");
        }
    }
}

fn key(name: &str) -> String {
    let is_plain = name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.' | '/'));
    if is_plain { name.to_owned() } else { Value::from(name).to_string() }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn lists_maps_and_lines_are_written_as_people_would() {
        let value =
            json!({ "groups": [{ "expr": "a\n  > 1", "name": "x: y" }, { "name": "z" }], "none": [] });
        let expected =
            "groups:\n  - expr: |-\n      a\n        > 1\n    name: \"x: y\"\n  - name: \"z\"\nnone: []\n";
        assert_eq!(document(&value).strip_prefix(HEAD), Some(expected));
    }
}
