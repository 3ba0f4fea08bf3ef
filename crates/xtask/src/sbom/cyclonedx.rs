//! The list for machines: `CycloneDX` 1.6, as JSON.

use anyhow::Result;
use cargo_metadata::Package;
use serde_json::{Value, json};

use super::licences;
use super::parts::Parts;

/// The whole document.
pub(super) fn document(parts: &Parts) -> Result<Value> {
    let program = parts.program();
    let components = parts.all().map(|package| component(parts, package)).collect::<Result<Vec<_>>>()?;
    let dependencies: Vec<Value> =
        std::iter::once(program).chain(parts.all()).map(|package| dependency(parts, package)).collect();
    Ok(json!({
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {
            "component": {
                "type": "application",
                "bom-ref": reference(program),
                "name": program.name,
                "version": program.version,
                "licenses": [{ "expression": licences::expression(program)? }],
            },
        },
        "components": components,
        "dependencies": dependencies,
    }))
}

fn component(parts: &Parts, package: &Package) -> Result<Value> {
    let mut component = json!({
        "type": "library",
        "bom-ref": reference(package),
        "name": package.name,
        "version": package.version,
        "scope": "required",
        "licenses": [{ "expression": licences::expression(package)? }],
    });
    if !parts.is_ours(package) {
        component["purl"] = format!("pkg:cargo/{}", reference(package)).into();
    }
    if let Some(checksum) = parts.checksum(package) {
        component["hashes"] = json!([{ "alg": "SHA-256", "content": checksum }]);
    }
    if let Some(repository) = &package.repository {
        component["externalReferences"] = json!([{ "type": "vcs", "url": repository }]);
    }
    Ok(component)
}

fn dependency(parts: &Parts, package: &Package) -> Value {
    let mut needs: Vec<String> = parts.needs(package).into_iter().map(reference).collect();
    needs.sort();
    needs.dedup();
    json!({ "ref": reference(package), "dependsOn": needs })
}

fn reference(package: &Package) -> String {
    format!("{}@{}", package.name, package.version)
}
