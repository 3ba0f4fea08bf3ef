//! Kinds that are installed beside Kubernetes, from their `CustomResourceDefinition`s.

use anyhow::{Context as _, Result};
use serde::Deserialize;
use serde_json::Value;

use super::{Schemas, file_name, strict::strict};

#[derive(Deserialize)]
struct Definition {
    spec: Spec,
}

#[derive(Deserialize)]
struct Spec {
    group: String,
    names: Names,
    versions: Vec<Version>,
}

#[derive(Deserialize)]
struct Names {
    kind: String,
}

#[derive(Deserialize)]
struct Version {
    name: String,
    served: bool,
    schema: Schema,
}

#[derive(Deserialize)]
struct Schema {
    #[serde(rename = "openAPIV3Schema")]
    openapi: Value,
}

/// One for each version that is served.
pub(super) fn schemas(text: &str) -> Result<Schemas> {
    let definitions: Vec<Definition> =
        serde_saphyr::from_multiple(text).context("is no definition of a resource")?;
    let mut schemas = Schemas::new();
    for Spec { group, names, versions } in definitions.into_iter().map(|definition| definition.spec) {
        for Version { name, schema, .. } in versions.into_iter().filter(|version| version.served) {
            let mut schema = schema.openapi;
            strict(&mut schema);
            schemas.insert(file_name(&names.kind, &group, &name), schema);
        }
    }
    Ok(schemas)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::schemas;

    #[test]
    fn each_version_that_is_served_has_a_schema() {
        let definition = "\
---
spec:
  group: example.com
  names: { kind: Teapot }
  versions:
    - { name: v1, served: true, schema: { openAPIV3Schema: { properties: { lid: { type: boolean } } } } }
    - { name: v1beta1, served: false, schema: { openAPIV3Schema: { type: object } } }
";
        let schemas = schemas(definition).unwrap();
        let lid = json!({ "properties": { "lid": { "type": "boolean" } }, "additionalProperties": false });
        assert_eq!(schemas, [("teapot_example.com_v1.json".to_owned(), lid)].into());
    }
}
