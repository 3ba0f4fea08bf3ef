//! From what was given to a service's settings, or to everything that is wrong with it.

use std::path::Path;

use serde_json::{Map, Value};

use crate::shape::{Field, Shape};
use crate::walk::Walk;
use crate::{Environment, Faults, Service, Settings, layers};

/// Reads a service's settings from `file` and, over it, from `environment`, of which it looks at the variables with
/// the service's prefix only.
///
/// # Errors
///
/// Every fault that can be told at once, each under the name by which the setting was given.
pub fn load<S: Settings>(
    service: &Service,
    file: Option<&Path>,
    environment: impl IntoIterator<Item = (String, String)>,
) -> Result<S, Faults> {
    read(service, file, environment).map(|(settings, _)| settings)
}

/// The settings, and the values that they were made of.
pub(crate) fn read<S: Settings>(
    service: &Service,
    file: Option<&Path>,
    environment: impl IntoIterator<Item = (String, String)>,
) -> Result<(S, Map<String, Value>), Faults> {
    let fields = Shape::fields_of::<S>();
    let given = layers::read(service, &fields, S::defaults(), file, environment)?;
    let mut walk = Walk::new(&given.names, strictness(&fields, &given.values));
    let values = walk.section(&fields, given.values, "");
    let Walk { found, is_incomplete, .. } = walk;

    let mut faults = Faults::with_names(service, given.names);
    for (name, problem) in given.faults {
        faults.add_named(name, problem);
    }
    for (path, problem) in &found {
        faults.add_first(path, problem);
    }
    let told: Vec<_> = found.iter().map(|(path, _)| path.as_str()).collect();
    let settings = build::<S>(values.clone(), &told, &mut faults);
    if let Some(settings) = &settings
        && !is_incomplete
    {
        settings.check(&mut faults);
    }
    for (name, problem) in given.strangers {
        faults.add_named(name, problem);
    }
    match settings {
        Some(settings) if faults.is_empty() => Ok((settings, values)),
        _ => Err(faults),
    }
}

/// The environment decides how strict the other rules are, so it is read before them.
fn strictness(fields: &[Field], values: &Map<String, Value>) -> Environment {
    let default =
        fields.iter().find(|field| field.name == "environment").and_then(|field| field.default.as_ref());
    let value = values.get("environment").or(default).cloned().unwrap_or_default();
    // Anything else is a fault of its own, which the walk tells; until it is right the strict rules hold.
    serde_json::from_value(value).unwrap_or_default()
}

/// Lets serde make the struct. What only serde can refuse, such as an address, is told here: a refused value is
/// taken out, so that one attempt after the other tells them all, as long as the struct can do without them.
fn build<S: Settings>(values: Map<String, Value>, told: &[&str], faults: &mut Faults) -> Option<S> {
    let mut values = Value::Object(values);
    let mut refused = false;
    loop {
        match serde_path_to_error::deserialize::<_, S>(values.clone()) {
            // Made without a value that was refused, it is not what was asked for.
            Ok(settings) => return (!refused).then_some(settings),
            Err(error) => {
                let path = error.path().to_string();
                let is_missing = error.inner().to_string().starts_with("missing field");
                if is_missing && !faults.is_empty() {
                    // Refused above, and named there.
                    return None;
                }
                if !told.iter().any(|told| is_within(told, &path) || is_within(&path, told)) {
                    faults.add_first(&path, format!("is refused: {}", error.inner()));
                }
                refused = true;
                if is_missing || !take(&mut values, &path) {
                    return None;
                }
            }
        }
    }
}

/// Whether `path` is `outer` or something in it.
fn is_within(path: &str, outer: &str) -> bool {
    path.strip_prefix(outer).is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
}

/// Takes the value at `path` out of its table. For an element of a list the whole list goes.
fn take(values: &mut Value, path: &str) -> bool {
    let setting = path.split('[').next().unwrap_or(path);
    let (above, name) = setting.rsplit_once('.').unwrap_or(("", setting));
    let mut table = values;
    for level in above.split('.').filter(|level| !level.is_empty()) {
        let Some(inner) = table.get_mut(level) else { return false };
        table = inner;
    }
    table.as_object_mut().is_some_and(|table| table.remove(name).is_some())
}
