//! Laying the environment over the file. Values from the environment stay texts; the schema says what they mean.

use std::collections::HashMap;
use std::path::Path;

use config::{Config, File, FileFormat};
use serde_json::{Map, Value};

use crate::names::Names;
use crate::shape::Field;
use crate::variables::{self, FILE, LEVEL, Variable};
use crate::{Faults, Service, secret_rules};

/// What was given, before it was checked.
pub(crate) struct Given {
    pub(crate) values: Map<String, Value>,
    pub(crate) names: Names,
    /// What is wrong with how settings were given, such as a secret's file that cannot be read.
    pub(crate) faults: Vec<(String, String)>,
    /// Variables with our prefix that are no settings.
    pub(crate) strangers: Vec<(String, String)>,
}

/// Reads both layers. Fails only where going on would tell of faults that are none: without its file.
pub(crate) fn read(
    service: &Service,
    fields: &[Field],
    defaults: &[(&str, &str)],
    file: Option<&Path>,
    environment: impl IntoIterator<Item = (String, String)>,
) -> Result<Given, Faults> {
    let mut given = Given {
        values: Map::new(),
        names: Names::new(service.prefix),
        faults: Vec::new(),
        strangers: Vec::new(),
    };
    let text = match file {
        Some(file) => {
            let (text, table) = read_file(file).map_err(|problem| {
                let mut faults = Faults::new(service);
                faults.add_named(file.display().to_string(), problem);
                faults
            })?;
            given.names.note_file(file.display().to_string(), &table);
            text
        }
        None => String::new(),
    };
    let variables = accept_variables(service, fields, environment, &mut given);
    let layers = Config::builder().add_source(File::from_str(&text, FileFormat::Toml)).add_source(
        config::Environment::with_prefix(service.prefix)
            .prefix_separator(LEVEL)
            .separator(LEVEL)
            .source(Some(variables)),
    );
    let layers = defaults.iter().try_fold(layers, |layers, (path, value)| layers.set_default(path, *value));
    match layers.and_then(|layers| layers.build()?.try_deserialize()) {
        Ok(values) => given.values = values,
        Err(error) => {
            given.faults.push((service.name.to_owned(), format!("has unreadable settings: {error}")));
        }
    }
    Ok(given)
}

fn read_file(file: &Path) -> Result<(String, Map<String, Value>), String> {
    let text = std::fs::read_to_string(file).map_err(|error| format!("cannot be read: {error}"))?;
    match toml::from_str(&text) {
        Ok(table) => Ok((text, table)),
        // The parser's own `Display` quotes the line, and the line may hold a secret.
        Err(error) => {
            let before = error.span().map_or("", |span| &text[..span.start]);
            let line = before.lines().count().max(1);
            Err(format!("is not TOML: {} (line {line})", error.message().trim()))
        }
    }
}

/// The variables that are settings; of the rest, those with our prefix are faults.
fn accept_variables(
    service: &Service,
    fields: &[Field],
    environment: impl IntoIterator<Item = (String, String)>,
    given: &mut Given,
) -> HashMap<String, String> {
    let known = variables::all(service.prefix, fields);
    let prefix = format!("{}{LEVEL}", service.prefix);
    // Sorted, so that the same faults come in the same order on every start.
    let mut ours: Vec<_> = environment.into_iter().filter(|(name, _)| name.starts_with(&prefix)).collect();
    ours.sort();

    let mut accepted = HashMap::new();
    for (name, value) in ours {
        let direct = known.iter().find(|variable| variable.name == name);
        let by_file = || {
            let secret = name.strip_suffix(FILE)?;
            known.iter().find(|variable| variable.name == secret && variable.field.shape.is_secret())
        };
        let (variable, value) = if let Some(variable) = direct {
            (variable, Ok(value))
        } else if let Some(variable) = by_file() {
            (variable, secret_rules::read_file(&value, &variable.field.shape))
        } else {
            let problem = unknown(&name, &prefix, &known);
            given.strangers.push((name, problem));
            continue;
        };
        if given.names.is_in_environment(&variable.path) {
            given
                .faults
                .push((variable.name.clone(), format!("is given twice, by {name} too; keep one of the two")));
            continue;
        }
        given.names.note_variable(variable.path.clone(), name.clone());
        match value {
            Ok(value) => {
                accepted.insert(variable.name.clone(), value);
            }
            Err(problem) => {
                given.faults.push((name, problem));
            }
        }
    }
    accepted
}

fn unknown(name: &str, prefix: &str, known: &[Variable<'_>]) -> String {
    let section = format!("{name}{LEVEL}");
    if let Some(inner) = known.iter().find(|variable| variable.name.starts_with(&section)) {
        return format!("is a section, not a setting; set what is in it, such as {}", inner.name);
    }
    // Without the prefix, which is right anyway and would make every name look like every other.
    let own = |name| str::strip_prefix(name, prefix).unwrap_or(name);
    match variables::nearest(own(name), known.iter().map(|variable| own(variable.name.as_str()))) {
        Some(meant) => format!("is not a setting; did you mean {prefix}{meant}?"),
        None => "is not a setting".to_owned(),
    }
}
