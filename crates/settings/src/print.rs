//! The settings in force, as `--print-config` shows them.

use serde_json::{Map, Value};
use url::Url;

use crate::secret::MASK;
use crate::shape::{Field, Shape};

/// The given values and the defaults of the rest as TOML, secrets masked.
pub(crate) fn to_toml(fields: &[Field], values: &Map<String, Value>) -> String {
    let shown = section(fields, values);
    toml::to_string_pretty(&shown).expect("a tree of tables, lists and plain values without null is TOML")
}

fn section(fields: &[Field], values: &Map<String, Value>) -> toml::Table {
    let shown = |field: &Field| {
        let value = match (values.get(&field.name).or(field.default.as_ref()), &field.shape) {
            (Some(value), shape) => value_of(shape, value),
            // A section without a default of its own has one for each of its fields.
            (None, Shape::Section(inner)) if !field.optional => Some(section(inner, &Map::new()).into()),
            (None, _) => None,
        };
        Some((field.name.clone(), value?))
    };
    fields.iter().filter_map(shown).collect()
}

/// A value as TOML. There is no null in it: what is not set is not shown.
fn value_of(shape: &Shape, value: &Value) -> Option<toml::Value> {
    match (shape, value) {
        (Shape::Secret { .. }, Value::String(_)) => Some(MASK.into()),
        (Shape::Section(fields), Value::Object(values)) => Some(section(fields, values).into()),
        (Shape::Map(inner), Value::Object(values)) => {
            let shown =
                values.iter().filter_map(|(name, value)| Some((name.clone(), value_of(inner, value)?)));
            Some(toml::Value::Table(shown.collect()))
        }
        (Shape::List { items, .. }, Value::Array(values)) => {
            Some(toml::Value::Array(values.iter().filter_map(|value| value_of(items, value)).collect()))
        }
        (Shape::OneOf(shapes), value) => {
            let shape = shapes.iter().find(|shape| shape.is_kind_of(value)).unwrap_or(&Shape::Any);
            value_of(shape, value)
        }
        (Shape::Text(rules), Value::String(text)) if rules.is_url => Some(without_password(text).into()),
        (_, Value::Null) => None,
        (_, value) => toml::Value::try_from(value).ok(),
    }
}

/// A URL may carry a password, as those of stores do.
fn without_password(text: &str) -> String {
    match Url::parse(text) {
        Ok(mut url) if url.password().is_some() => {
            // A URL that has a password can have another one.
            let _ = url.set_password(Some(MASK));
            url.to_string()
        }
        _ => text.to_owned(),
    }
}
