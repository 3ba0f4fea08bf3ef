//! The reference of a service's settings, generated from their schema.

use std::fmt::{Display, Write};

use serde_json::Value;

use crate::shape::{Field, Shape, Word};
use crate::variables::name_of;
use crate::{Service, Settings};

/// The reference of a service's settings as Markdown: every variable with its type, default, range and meaning.
#[must_use]
pub fn reference<S: Settings>(service: &Service) -> String {
    let mut page = format!(
        "# Settings of {name}\n\n{about}\n\nRead from `config/{name}.toml` (or the file given by `--config`), then from \
         the environment, which wins. A variable is `{prefix}__` and the path of the setting, with `__` between its \
         levels; in the file the same setting is the key of the same name in lower case, its levels being tables. Lists \
         are comma-separated in a variable; lists of tables are JSON. A secret may be given as `…_FILE`, the path of a \
         file that holds it. An unknown name stops the start, as does any other fault; `--check-config` tells them all.\n",
        name = service.name,
        about = service.about,
        prefix = service.prefix,
    );
    section(&mut page, service, &Shape::fields_of::<S>(), "");
    page
}

/// The settings of one level in a table, then each section below it under its own heading.
fn section(page: &mut String, service: &Service, fields: &[Field], path: &str) {
    let (inner, own): (Vec<_>, Vec<_>) =
        fields.iter().partition(|field| matches!(field.shape, Shape::Section(_)));
    if !own.is_empty() {
        page.push_str("\n| variable | type | default | meaning |\n|---|---|---|---|\n");
    }
    for field in &own {
        row(page, field, &name_of(service.prefix, &join(path, field)));
    }
    for field in own {
        if let Some(inner) = tables(&field.shape) {
            let name = name_of(service.prefix, &join(path, field));
            let _ = writeln!(
                page,
                "\nEach table of `{name}`:\n\n| key | type | default | meaning |\n|---|---|---|---|"
            );
            for field in inner {
                row(page, field, &field.name);
            }
        }
    }
    for field in inner {
        let path = join(path, field);
        let _ = writeln!(page, "\n## `{path}`\n\n{}", one_line(&field.about));
        if field.optional {
            page.push_str("\nOptional: without any of these the section is absent.\n");
        }
        if let Shape::Section(inner) = &field.shape {
            section(page, service, inner, &path);
        }
    }
}

fn row(page: &mut String, field: &Field, name: &str) {
    let default = match &field.default {
        _ if field.required => "**required**".to_owned(),
        None | Some(Value::Null) => "none".to_owned(),
        Some(default) => match plain(default) {
            empty if empty.is_empty() => "empty".to_owned(),
            default => format!("`{default}`"),
        },
    };
    let mut about = one_line(&field.about);
    if let Shape::Choice(words) = &field.shape {
        about.extend(words.iter().filter(|word| !word.about.is_empty()).map(explained));
    }
    let _ = writeln!(page, "| `{name}` | {} | {default} | {} |", kind(&field.shape), about.trim());
}

fn explained(word: &Word) -> String {
    format!(" `{}`: {}", word.value, one_line(&word.about))
}

/// The fields of a list of tables, if the shape is one or may be one.
fn tables(shape: &Shape) -> Option<&[Field]> {
    if let Shape::List { items, .. } = shape { items.fields() } else { None }
}

fn kind(shape: &Shape) -> String {
    match shape {
        Shape::Section(_) => "table".to_owned(),
        Shape::Map(values) => format!("table of {}", kind(values)),
        Shape::List { items, .. } => format!("list of {}", kind(items)),
        Shape::Choice(words) => {
            words.iter().map(|word| format!("`{}`", word.value)).collect::<Vec<_>>().join(", ")
        }
        Shape::Text(text) if text.is_url => "URL".to_owned(),
        Shape::Text(_) | Shape::Any => "text".to_owned(),
        Shape::Secret { min_bytes: 0 } => "secret".to_owned(),
        Shape::Secret { min_bytes } => format!("secret of ≥ {min_bytes} bytes"),
        Shape::Integer { min, max } => number(*min, *max, i64::MIN.into(), u32::MAX.into()),
        Shape::Number { min, max } => number(*min, *max, f64::MIN, f64::MAX),
        Shape::Bool => "`true`, `false`".to_owned(),
        Shape::OneOf(shapes) => shapes.iter().map(kind).collect::<Vec<_>>().join(" or "),
    }
}

/// A number's bounds, where they say more than its type does.
fn number<T: Copy + PartialOrd + Display>(min: T, max: T, lowest: T, highest: T) -> String {
    match (min <= lowest, max >= highest) {
        (true, true) => "number".to_owned(),
        (false, true) => format!("number ≥ {min}"),
        (true, false) => format!("number ≤ {max}"),
        (false, false) => format!("number, {min} to {max}"),
    }
}

/// A default the way it is written in a variable.
fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(values) if values.iter().all(|value| !value.is_object()) => {
            values.iter().map(plain).collect::<Vec<_>>().join(",")
        }
        other => other.to_string(),
    }
}

/// Text that stays within one cell of a table.
fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ").replace('|', "\\|")
}

fn join(path: &str, field: &Field) -> String {
    crate::names::join(path, &field.name)
}
