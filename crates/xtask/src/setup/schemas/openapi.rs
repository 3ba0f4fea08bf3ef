//! Kubernetes' own kinds, from the description of its API.

use std::collections::BTreeMap;

use anyhow::Result;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Schemas, file_name, strict::strict};

/// A number with a unit, which the description calls a text.
const QUANTITY: &str = "io.k8s.apimachinery.pkg.api.resource.Quantity";

const REFERENCE: &str = "#/definitions/";

#[derive(Deserialize)]
struct Description {
    definitions: BTreeMap<String, Value>,
}

/// What is called what.
#[derive(Deserialize)]
struct Name {
    group: String,
    version: String,
    kind: String,
}

/// One for each kind, with all that it refers to in it.
pub(super) fn schemas(description: Value) -> Result<Schemas> {
    let Description { mut definitions } = serde_json::from_value(description)?;
    let mut names = Vec::new();
    for (title, definition) in &definitions {
        let Some(called) = definition.get("x-kubernetes-group-version-kind") else { continue };
        let called: Vec<Name> = serde_json::from_value(called.clone())?;
        // Options of requests belong to every group at once, and stand in no manifest.
        if let [Name { group, version, kind }] = called.as_slice() {
            names.push((file_name(kind, group, version), title.clone()));
        }
    }
    definitions.values_mut().for_each(strict);
    definitions.insert(QUANTITY.to_owned(), json!({ "type": ["number", "string"] }));
    let schema = |title: &str| {
        let mut needed = BTreeMap::new();
        gather(title, &definitions, &mut needed);
        json!({ "$ref": format!("{REFERENCE}{title}"), "definitions": needed })
    };
    Ok(names.into_iter().map(|(file, title)| (file, schema(&title))).collect())
}

/// A definition and whatever it refers to, directly or not.
fn gather<'a>(
    title: &str,
    definitions: &'a BTreeMap<String, Value>,
    needed: &mut BTreeMap<&'a str, &'a Value>,
) {
    let Some((title, definition)) = definitions.get_key_value(title) else { return };
    if needed.insert(title, definition).is_none() {
        for reference in references(definition) {
            gather(reference, definitions, needed);
        }
    }
}

fn references(schema: &Value) -> Vec<&str> {
    match schema {
        Value::Object(fields) => fields
            .iter()
            .flat_map(|(key, value)| match (key.as_str(), value) {
                ("$ref", Value::String(path)) => path.strip_prefix(REFERENCE).into_iter().collect(),
                (_, value) => references(value),
            })
            .collect(),
        Value::Array(items) => items.iter().flat_map(references).collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kind_has_all_that_it_refers_to_in_it_and_nothing_else() {
        let description = json!({ "definitions": {
            "a.Pod": {
                "properties": { "spec": { "$ref": "#/definitions/a.Spec" } },
                "x-kubernetes-group-version-kind": [{ "group": "", "version": "v1", "kind": "Pod" }],
            },
            "a.Spec": { "properties": { "inner": { "$ref": "#/definitions/a.Spec" } } },
            "a.Other": { "type": "object" },
        } });
        let schemas = schemas(description).unwrap();
        let pod = &schemas["pod_v1_v1.json"];
        assert_eq!(schemas.len(), 1);
        assert_eq!(pod["$ref"], "#/definitions/a.Pod");
        let titles: Vec<&String> = pod["definitions"].as_object().unwrap().keys().collect();
        assert_eq!(titles, ["a.Pod", "a.Spec"]);
    }
}
