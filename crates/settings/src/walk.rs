//! Going through the given values beside their shape: texts become values, and what is wrong is noted.

mod checks;
mod text;

use serde_json::{Map, Value};

use crate::names::{Names, join};
use crate::shape::{Field, Shape};
use crate::{Environment, secret_rules, variables};

/// What follows the name of a secret when its value is the path of a file, in a file or in JSON.
const FILE: &str = "_file";

/// One way through all values.
pub(crate) struct Walk<'a> {
    names: &'a Names,
    environment: Environment,
    /// Path and problem.
    pub(crate) found: Vec<(String, String)>,
    /// Whether a value had to be left out, so that what remains is not what was asked for.
    pub(crate) is_incomplete: bool,
}

/// A value was given, and was told to be unusable.
struct LeftOut;

impl<'a> Walk<'a> {
    pub(crate) fn new(names: &'a Names, environment: Environment) -> Self {
        Self { names, environment, found: Vec::new(), is_incomplete: false }
    }

    /// The values of a section, with those left out that cannot be used.
    pub(crate) fn section(
        &mut self,
        fields: &[Field],
        mut given: Map<String, Value>,
        path: &str,
    ) -> Map<String, Value> {
        let mut checked = Map::new();
        for field in fields {
            let here = join(path, &field.name);
            let by_file = given.remove(&format!("{}{FILE}", field.name)).filter(|_| field.shape.is_secret());
            let Ok(value) = self.direct_or_file(field, given.remove(&field.name), by_file, &here) else {
                continue;
            };
            let value = match (value, &field.shape) {
                (Some(value), _) => self.field(field, value, &here),
                // Each setting that a required section lacks is told by its own name.
                (None, Shape::Section(inner)) if field.required => {
                    Some(Value::Object(self.section(inner, Map::new(), &here)))
                }
                (None, _) if field.required => {
                    self.leave_out(&here, missing(field));
                    None
                }
                (None, _) => None,
            };
            checked.extend(value.map(|value| (field.name.clone(), value)));
        }
        for name in given.keys() {
            let meant = variables::nearest(name, fields.iter().map(|field| field.name.as_str()));
            let problem = match meant {
                Some(meant) => format!("is not a setting; did you mean {meant}?"),
                None => "is not a setting".to_owned(),
            };
            self.found.push((join(path, name), problem));
        }
        checked
    }

    /// A setting's value, read from the file that is named instead of it if there is one.
    fn direct_or_file(
        &mut self,
        field: &Field,
        direct: Option<Value>,
        file: Option<Value>,
        path: &str,
    ) -> Result<Option<Value>, LeftOut> {
        let Some(file) = file else { return Ok(direct) };
        if direct.is_some() {
            // The environment lies over the file, so there the one simply hides the other.
            if !self.names.is_in_environment(path) {
                let problem = format!("is given twice, by {}{FILE} too; keep one of the two", field.name);
                self.found.push((path.to_owned(), problem));
            }
            return Ok(direct);
        }
        let read = match &file {
            Value::String(file) => secret_rules::read_file(file, &field.shape),
            _ => Err("must be the path of a file".to_owned()),
        };
        read.and_then(|text| text::parse(&field.shape, &text)).map(Some).map_err(|problem| {
            self.leave_out(&format!("{path}{FILE}"), problem);
            LeftOut
        })
    }

    fn field(&mut self, field: &Field, value: Value, path: &str) -> Option<Value> {
        if field.optional && value.is_null() {
            return Some(value);
        }
        let Value::String(text) = &value else { return self.value(&field.shape, value, path) };
        if !self.names.is_in_environment(path) {
            return self.value(&field.shape, value, path);
        }
        // An empty variable is how deployments that template their environment say "none".
        if text.is_empty() && field.optional && !field.shape.is_secret() {
            return Some(Value::Null);
        }
        if text.is_empty() && field.required && !matches!(field.shape, Shape::List { .. }) {
            self.leave_out(path, "is empty".to_owned());
            return None;
        }
        match text::parse(&field.shape, text) {
            Ok(value) => self.value(&field.shape, value, path),
            Err(problem) => {
                self.leave_out(path, problem);
                None
            }
        }
    }

    /// Checks a value that is no longer a text for something else.
    fn value(&mut self, shape: &Shape, value: Value, path: &str) -> Option<Value> {
        match (shape, value) {
            (Shape::Section(fields), Value::Object(given)) => {
                Some(Value::Object(self.section(fields, given, path)))
            }
            (Shape::Map(values), Value::Object(given)) => {
                let each = |(name, value): (String, Value)| {
                    let here = join(path, &name);
                    self.value(values, value, &here).map(|value| (name, value))
                };
                Some(Value::Object(given.into_iter().filter_map(each).collect()))
            }
            (Shape::List { items, least, most }, Value::Array(given)) => {
                self.found.extend(
                    checks::count(given.len(), *least, *most).map(|problem| (path.to_owned(), problem)),
                );
                let each = |(index, value)| self.value(items, value, &format!("{path}[{index}]"));
                let checked: Vec<_> = given.into_iter().enumerate().map(each).collect();
                // Without one of its entries it would be another list, and its indices would name the wrong ones.
                checked.into_iter().collect::<Option<_>>().map(Value::Array)
            }
            (Shape::OneOf(shapes), value) => self.one_of(shapes, value, path),
            (shape, value) if checks::has_type(shape, &value) => {
                let problem = checks::problem(shape, &value, self.environment);
                self.found.extend(problem.map(|problem| (path.to_owned(), problem)));
                Some(value)
            }
            (shape, _) => {
                self.leave_out(path, format!("must be {}", shape.expected()));
                None
            }
        }
    }

    /// The first shape that a value fits without a fault; else what is wrong with it as the one it resembles.
    fn one_of(&mut self, shapes: &[Shape], value: Value, path: &str) -> Option<Value> {
        for shape in shapes {
            let mut attempt = Self::new(self.names, self.environment);
            let checked = attempt.value(shape, value.clone(), path);
            if attempt.found.is_empty() {
                return checked;
            }
        }
        if let Some(shape) = shapes.iter().find(|shape| shape.is_kind_of(&value)) {
            return self.value(shape, value, path);
        }
        let expected: Vec<_> = shapes.iter().map(Shape::expected).collect();
        self.leave_out(path, format!("must be {}", expected.join(", or ")));
        None
    }

    fn leave_out(&mut self, path: &str, problem: String) {
        self.found.push((path.to_owned(), problem));
        self.is_incomplete = true;
    }
}

/// The first paragraph of what the setting is about says what would be right.
fn missing(field: &Field) -> String {
    let paragraph = field.about.split("\n\n").next().unwrap_or_default();
    match paragraph.split_whitespace().collect::<Vec<_>>().join(" ").as_str() {
        "" => "is required and missing".to_owned(),
        about => format!("is required and missing: {about}"),
    }
}
