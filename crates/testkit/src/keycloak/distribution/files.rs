//! Folders that are there as a whole or not at all, and what goes into them.

use std::fs::{self, File};
use std::io::Write;
use std::os::unix::fs::{OpenOptionsExt, symlink};
use std::path::{Path, PathBuf};

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::Failure;

/// The path with something added to its last name.
pub(super) fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

/// Waits for the lock on this file. It holds until the file is dropped, or its process ends.
pub(super) async fn lock(path: PathBuf) -> Result<File, Failure> {
    let cannot = |error| Failure::because("cannot lock Keycloak's part of the cache", error);
    let locked = tokio::task::spawn_blocking(move || {
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)?;
        }
        let file = File::create(path)?;
        file.lock()?;
        Ok(file)
    });
    locked.await.map_err(std::io::Error::from).flatten().map_err(cannot)
}

/// Fills a folder under another name and gives it its own when that succeeded.
pub(super) async fn whole(
    folder: &Path,
    fill: impl AsyncFnOnce(&Path) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let unfinished = beside(folder, "-unfinished");
    let cannot = |error| Failure::because(format!("cannot make {}", folder.display()), error);
    if unfinished.exists() {
        fs::remove_dir_all(&unfinished).map_err(cannot)?;
    }
    fs::create_dir_all(&unfinished).map_err(cannot)?;
    fill(&unfinished).await?;
    fs::rename(&unfinished, folder).map_err(cannot)
}

/// Copies a file or a folder with all that is in it.
pub(super) fn copy(from: &Path, to: &Path) -> Result<(), Failure> {
    fn entry(from: &Path, to: &Path) -> std::io::Result<()> {
        if !from.is_dir() {
            return fs::copy(from, to).map(drop);
        }
        fs::create_dir_all(to)?;
        fs::read_dir(from)?.try_for_each(|inner| {
            let inner = inner?;
            entry(&inner.path(), &to.join(inner.file_name()))
        })
    }
    to.parent().map_or(Ok(()), fs::create_dir_all).and_then(|()| entry(from, to)).map_err(|error| {
        Failure::because(format!("cannot copy {} to {}", from.display(), to.display()), error)
    })
}

/// Makes a symbolic link to where the target really is, so that it stays good when links in between go.
pub(super) fn link(target: &Path, link: &Path) -> Result<(), Failure> {
    fs::canonicalize(target).and_then(|target| symlink(target, link)).map_err(|error| {
        Failure::because(format!("cannot link {} to {}", link.display(), target.display()), error)
    })
}

/// Reads a file of JSON.
pub(super) fn read_json<T: DeserializeOwned>(path: &Path) -> Result<T, Failure> {
    let cannot = || format!("cannot read {}", path.display());
    let text = fs::read(path).map_err(|error| Failure::because(cannot(), error))?;
    serde_json::from_slice(&text).map_err(|error| Failure::because(cannot(), error))
}

/// Writes a file of JSON that only its owner may read.
pub(super) fn write_private(path: &Path, value: &impl Serialize) -> Result<(), Failure> {
    let cannot = |error| Failure::because(format!("cannot write {}", path.display()), error);
    let text = serde_json::to_vec(value).map_err(|error| cannot(error.into()))?;
    let mut file = File::options().write(true).create_new(true).mode(0o600).open(path).map_err(cannot)?;
    file.write_all(&text).map_err(cannot)
}
