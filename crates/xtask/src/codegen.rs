//! `cargo xtask codegen`: the documents that are generated from the code, so that they cannot drift from it.

use std::process::ExitCode;

use anyhow::{Context as _, Result, bail};
use clap::Args;

use crate::{binaries, observability, shell, tree};

/// A program that prints documents, what it is asked for, and the file that its answer becomes.
struct Document {
    program: &'static str,
    name: &'static str,
    file: &'static str,
}

const DOCUMENTS: [Document; 8] = [
    Document { program: "realtime-reference", name: "openapi", file: "docs/openapi.json" },
    Document { program: "realtime-reference", name: "schemas", file: "docs/schemas/protocol.json" },
    Document { program: "realtime-reference", name: "records", file: "docs/schemas/records.json" },
    Document {
        program: "realtime-reference",
        name: "typescript",
        file: "clients/sdk/src/generated/protocol.ts",
    },
    Document { program: "realtime-reference", name: "configuration", file: "docs/configuration.md" },
    Document { program: "realtime-reference", name: "errors", file: "docs/errors.md" },
    Document {
        program: "call-state-reference",
        name: "configuration",
        file: "docs/configuration-call-state.md",
    },
    Document { program: "call-state-reference", name: "calls", file: "docs/calls.md" },
];

#[derive(Args)]
#[command(after_help = "\
Examples:
  cargo xtask codegen            write docs/openapi.json, docs/schemas/, docs/errors.md, docs/calls.md, docs/configuration*.md,
                                 docs/slo.md, deploy/observability/ and clients/sdk/src/generated/
  cargo xtask codegen --check    only tell whether they are what the code says")]
pub(crate) struct CodegenArgs {
    /// Change nothing; fail, with the difference, where a committed document differs from what the code says
    #[arg(long)]
    check: bool,
}

pub(crate) async fn run(args: CodegenArgs) -> Result<ExitCode> {
    let drifted = if args.check { drifted().await? } else { written().await? };
    for file in &drifted {
        println!(
            "{file}: {}",
            if args.check { "is not what the code says; run `cargo xtask codegen`" } else { "written" }
        );
    }
    if drifted.is_empty() {
        println!("the generated documents are what the code says");
    }
    Ok(if args.check && !drifted.is_empty() { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

/// The committed documents that are not what the code says; the differences are shown.
pub(crate) async fn drifted() -> Result<Vec<String>> {
    let fresh = tempfile::tempdir().context("cannot make a temporary folder")?;
    let mut drifted = Vec::new();
    for (file, generated) in generate().await? {
        let path = fresh.path().join(file.replace('/', "-"));
        std::fs::write(&path, generated).with_context(|| format!("cannot write {}", path.display()))?;
        let mut compare = shell::program("git");
        compare
            .args(["diff", "--no-index", "--exit-code", "--"])
            .arg(&file)
            .arg(&path)
            .current_dir(tree::root());
        if !shell::stream(compare).await?.success() {
            drifted.push(file);
        }
    }
    Ok(drifted)
}

/// Writes what differs and tells what that was.
async fn written() -> Result<Vec<String>> {
    let mut written = Vec::new();
    for (file, generated) in generate().await? {
        let path = tree::root().join(&file);
        if std::fs::read_to_string(&path).is_ok_and(|committed| committed == generated) {
            continue;
        }
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
        }
        std::fs::write(&path, generated).with_context(|| format!("cannot write {}", path.display()))?;
        written.push(file);
    }
    Ok(written)
}

async fn generate() -> Result<Vec<(String, String)>> {
    let mut generated = observability::documents();
    for Document { program, name, file } in DOCUMENTS {
        let mut print = shell::program(binaries::build(program).await?);
        print.arg(name);
        let (status, text) = shell::read(print).await?;
        if !status.success() || text.trim().is_empty() {
            bail!("`{program} {name}` gave nothing ({status})");
        }
        generated.push((file.to_owned(), text));
    }
    Ok(generated)
}
