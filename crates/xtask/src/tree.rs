//! Where things are in the source tree.

use std::path::{Path, PathBuf};

/// The root of the workspace that this program was built from.
pub(crate) fn root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.ancestors().nth(2).unwrap_or(here).to_owned()
}

/// The system tests and the demo, which are written in TypeScript.
pub(crate) fn system_tests() -> PathBuf {
    root().join("tests")
}
