//! Reading a JSON schema, as schemars writes it, into a [`Shape`].

use serde_json::{Map, Value};

use super::{Field, Shape, Text, Word};
use crate::Settings;

/// What a secret needs outside development: as many bytes as an HMAC-SHA-256 key.
const SECRET_MIN_BYTES: usize = 32;

impl Shape {
    /// The fields of a settings struct, with the defaults that are this service's own.
    pub(crate) fn fields_of<S: Settings>() -> Vec<Field> {
        let schema = schemars::schema_for!(S).to_value();
        let reader = Reader {
            definitions: schema.get("$defs").and_then(Value::as_object).cloned().unwrap_or_default(),
        };
        let mut fields = reader.fields(&reader.resolved(&schema));
        for (path, value) in S::defaults() {
            if let Some(field) = find(&mut fields, path) {
                field.default = Some(Value::from(*value));
            }
        }
        fields
    }
}

/// The field at a path of sections.
fn find<'a>(fields: &'a mut [Field], path: &str) -> Option<&'a mut Field> {
    let Some((section, inner)) = path.split_once('.') else {
        return fields.iter_mut().find(|field| field.name == path);
    };
    match &mut fields.iter_mut().find(|field| field.name == section)?.shape {
        Shape::Section(fields) => find(fields, inner),
        Shape::Map(_)
        | Shape::List { .. }
        | Shape::Choice(_)
        | Shape::Text(_)
        | Shape::Secret { .. }
        | Shape::Integer { .. }
        | Shape::Number { .. }
        | Shape::Bool
        | Shape::OneOf(_)
        | Shape::Any => None,
    }
}

struct Reader {
    definitions: Map<String, Value>,
}

impl Reader {
    /// A schema without its reference: what it refers to, under what it says itself.
    fn resolved(&self, schema: &Value) -> Map<String, Value> {
        let mut own = schema.as_object().cloned().unwrap_or_default();
        let Some(Value::String(reference)) = own.remove("$ref") else {
            return own;
        };
        let target = reference.strip_prefix("#/$defs/").and_then(|name| self.definitions.get(name));
        let mut whole = target.map(|target| self.resolved(target)).unwrap_or_default();
        whole.extend(own);
        whole
    }

    fn fields(&self, schema: &Map<String, Value>) -> Vec<Field> {
        let required: Vec<&str> = array(schema, "required").iter().filter_map(Value::as_str).collect();
        let Some(properties) = schema.get("properties").and_then(Value::as_object) else {
            return Vec::new();
        };
        let field = |(name, schema): (&String, &Value)| {
            let schema = self.resolved(schema);
            let (shape, optional) = self.shape(&schema);
            Field {
                name: name.clone(),
                about: text(&schema, "description"),
                shape,
                optional,
                required: required.contains(&name.as_str()),
                default: schema.get("default").cloned(),
            }
        };
        properties.iter().map(field).collect()
    }

    /// The shape that a schema describes, and whether null is another value of it.
    fn shape(&self, schema: &Map<String, Value>) -> (Shape, bool) {
        for key in ["anyOf", "oneOf"] {
            let branches = array(schema, key);
            if !branches.is_empty() {
                return self.branches(schema, branches);
            }
        }
        let (kinds, optional) = kinds(schema);
        let shape = match kinds.as_slice() {
            ["object"] => self.table(schema),
            ["array"] => self.list(schema),
            ["string"] => string(schema),
            ["integer"] => integer(schema),
            ["number"] => Shape::Number {
                min: number(schema, "minimum").unwrap_or(f64::MIN),
                max: number(schema, "maximum").unwrap_or(f64::MAX),
            },
            ["boolean"] => Shape::Bool,
            _ => Shape::Any,
        };
        (shape, optional)
    }

    fn branches(&self, schema: &Map<String, Value>, branches: &[Value]) -> (Shape, bool) {
        let resolved = branches.iter().map(|branch| self.resolved(branch));
        let (nulls, rest): (Vec<_>, Vec<_>) = resolved.partition(|branch| text(branch, "type") == "null");
        if let [only] = rest.as_slice() {
            // What the field itself says, a range for instance, stands beside `anyOf` and holds for the branch.
            let mut whole = only.clone();
            whole.extend(
                schema
                    .iter()
                    .filter(|(key, _)| *key != "anyOf" && *key != "oneOf")
                    .map(|(k, v)| (k.clone(), v.clone())),
            );
            let (shape, optional) = self.shape(&whole);
            return (shape, optional || !nulls.is_empty());
        }
        let shapes: Vec<Shape> = rest.iter().map(|branch| self.shape(branch).0).collect();
        let words = |shape: &Shape| match shape {
            Shape::Choice(words) => Some(words.clone()),
            Shape::Section(_)
            | Shape::Map(_)
            | Shape::List { .. }
            | Shape::Text(_)
            | Shape::Secret { .. }
            | Shape::Integer { .. }
            | Shape::Number { .. }
            | Shape::Bool
            | Shape::OneOf(_)
            | Shape::Any => None,
        };
        let shape = match shapes.iter().map(words).collect::<Option<Vec<_>>>() {
            Some(choices) => Shape::Choice(choices.concat()),
            None => Shape::OneOf(shapes),
        };
        (shape, !nulls.is_empty())
    }

    fn table(&self, schema: &Map<String, Value>) -> Shape {
        match schema.get("additionalProperties") {
            Some(values @ Value::Object(_)) => Shape::Map(Box::new(self.shape(&self.resolved(values)).0)),
            _ => Shape::Section(self.fields(schema)),
        }
    }

    fn list(&self, schema: &Map<String, Value>) -> Shape {
        let items = schema.get("items").map_or(Shape::Any, |items| self.shape(&self.resolved(items)).0);
        Shape::List {
            items: Box::new(items),
            least: size(schema, "minItems").unwrap_or(0),
            most: size(schema, "maxItems").unwrap_or(usize::MAX),
        }
    }
}

fn string(schema: &Map<String, Value>) -> Shape {
    let word = |value: &str| Word { value: value.to_owned(), about: text(schema, "description") };
    if let Some(Value::String(constant)) = schema.get("const") {
        return Shape::Choice(vec![word(constant)]);
    }
    if schema.contains_key("enum") {
        let words = array(schema, "enum").iter().filter_map(Value::as_str);
        return Shape::Choice(
            words.map(|value| Word { value: value.to_owned(), about: String::new() }).collect(),
        );
    }
    if is_set(schema, "x-secret") {
        return Shape::Secret { min_bytes: size(schema, "x-min-bytes").unwrap_or(SECRET_MIN_BYTES) };
    }
    Shape::Text(Text {
        is_url: text(schema, "format") == "uri",
        shortest: size(schema, "minLength").unwrap_or(0),
        longest: size(schema, "maxLength").unwrap_or(usize::MAX),
        refuses_samples: is_set(schema, "x-refuse-samples"),
    })
}

fn integer(schema: &Map<String, Value>) -> Shape {
    // The width of the type bounds it too; schemars writes it as bounds for the small types only.
    let (least, most) = match text(schema, "format").as_str() {
        "uint32" => (0, i128::from(u32::MAX)),
        "int32" => (i128::from(i32::MIN), i128::from(i32::MAX)),
        "uint64" | "uint" => (0, i128::from(u64::MAX)),
        _ => (i128::from(i64::MIN), i128::from(i64::MAX)),
    };
    Shape::Integer {
        min: whole(schema, "minimum").map_or(least, |min| min.max(least)),
        max: whole(schema, "maximum").map_or(most, |max| max.min(most)),
    }
}

/// The types that a schema allows, and whether null is among them.
fn kinds(schema: &Map<String, Value>) -> (Vec<&str>, bool) {
    let kinds: Vec<&str> = match schema.get("type") {
        Some(Value::String(kind)) => vec![kind],
        Some(Value::Array(kinds)) => kinds.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    };
    let optional = kinds.contains(&"null");
    (kinds.into_iter().filter(|kind| *kind != "null").collect(), optional)
}

fn array<'a>(schema: &'a Map<String, Value>, key: &str) -> &'a [Value] {
    schema.get(key).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

fn text(schema: &Map<String, Value>, key: &str) -> String {
    schema.get(key).and_then(Value::as_str).unwrap_or_default().to_owned()
}

fn is_set(schema: &Map<String, Value>, key: &str) -> bool {
    schema.get(key) == Some(&Value::Bool(true))
}

fn number(schema: &Map<String, Value>, key: &str) -> Option<f64> {
    schema.get(key).and_then(Value::as_f64)
}

fn whole(schema: &Map<String, Value>, key: &str) -> Option<i128> {
    let value = schema.get(key)?;
    value.as_i64().map(i128::from).or_else(|| value.as_u64().map(i128::from))
}

fn size(schema: &Map<String, Value>, key: &str) -> Option<usize> {
    schema.get(key).and_then(Value::as_u64).and_then(|size| usize::try_from(size).ok())
}
