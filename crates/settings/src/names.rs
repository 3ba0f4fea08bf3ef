//! Where each setting came from, so that a fault names it the way its user wrote it.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use crate::variables::name_of;

/// The origins of the settings that were given.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Names {
    prefix: &'static str,
    file: String,
    in_file: BTreeSet<String>,
    in_environment: BTreeMap<String, String>,
}

impl Names {
    pub(crate) fn new(prefix: &'static str) -> Self {
        Self { prefix, ..Self::default() }
    }

    /// Notes every key of a file.
    pub(crate) fn note_file(&mut self, file: String, table: &Map<String, Value>) {
        self.file = file;
        self.note_table(table, "");
    }

    fn note_table(&mut self, table: &Map<String, Value>, above: &str) {
        for (key, value) in table {
            let path = join(above, key);
            if let Value::Object(inner) = value {
                self.note_table(inner, &path);
            }
            self.in_file.insert(path);
        }
    }

    /// Notes that the setting at `path` was given by the environment variable `name`.
    pub(crate) fn note_variable(&mut self, path: String, name: String) {
        self.in_environment.insert(path, name);
    }

    /// Whether the environment gave the setting at `path`, as a whole.
    pub(crate) fn is_in_environment(&self, path: &str) -> bool {
        self.in_environment.contains_key(path)
    }

    /// How the user knows the setting at `path`.
    pub(crate) fn of(&self, path: &str) -> String {
        for (setting, name) in &self.in_environment {
            if let Some(rest) = path.strip_prefix(setting.as_str())
                && (rest.is_empty() || rest.starts_with(['.', '[']))
            {
                return format!("{name}{rest}");
            }
        }
        let setting = path.split('[').next().unwrap_or(path);
        if self.in_file.contains(setting) {
            return format!("{}: {path}", self.file);
        }
        format!("{}{}", name_of(self.prefix, setting), &path[setting.len()..])
    }
}

/// The path of `name` within the table at `above`.
pub(crate) fn join(above: &str, name: &str) -> String {
    if above.is_empty() { name.to_owned() } else { format!("{above}.{name}") }
}
