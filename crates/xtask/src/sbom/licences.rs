//! Under which licences the crates of a program are, and their texts, which most of them ask to be passed on.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use anyhow::{Context as _, Result};
use cargo_metadata::Package;

use super::parts::Parts;

/// How the files begin that hold a licence, or a notice that goes with one.
const FILES: [&str; 5] = ["LICENSE", "LICENCE", "COPYING", "COPYRIGHT", "NOTICE"];

/// The SPDX expression of a crate.
pub(super) fn expression(package: &Package) -> Result<String> {
    let declared = package.license.as_deref();
    let declared =
        declared.with_context(|| format!("{} {} declares no licence", package.name, package.version))?;
    // Older manifests separate alternatives with a slash.
    Ok(declared.split('/').map(str::trim).collect::<Vec<_>>().join(" OR "))
}

/// A table of the crates, then every text once, with the crates that it came with.
pub(super) fn text(parts: &Parts) -> Result<String> {
    let mut table = format!(
        "{} {} contains these crates, each under the licence beside it.\n\n",
        parts.program().name,
        parts.program().version
    );
    let mut texts: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for package in parts.of_others() {
        let name = format!("{} {}", package.name, package.version);
        writeln!(table, "{name:<44} {}", expression(package)?)?;
        for text in texts_of(package)? {
            texts.entry(text).or_default().push(name.clone());
        }
    }
    for (text, crates) in texts {
        write!(table, "\n{}\n{}\n\n{text}\n", "-".repeat(80), crates.join(", "))?;
    }
    Ok(table)
}

/// What lies beside the crate's manifest, tidied so that equal texts are equal.
fn texts_of(package: &Package) -> Result<Vec<String>> {
    let folder = package.manifest_path.parent().context("a manifest is in a folder")?;
    let mut texts = Vec::new();
    for entry in std::fs::read_dir(folder).with_context(|| format!("cannot read {folder}"))? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().to_uppercase();
        if FILES.iter().any(|start| name.starts_with(start)) && entry.file_type()?.is_file() {
            let text = std::fs::read(entry.path())?;
            let text = String::from_utf8_lossy(&text);
            let lines: Vec<&str> = text.lines().map(str::trim_end).collect();
            texts.push(lines.join("\n").trim_matches('\n').to_owned());
        }
    }
    texts.sort();
    Ok(texts)
}
