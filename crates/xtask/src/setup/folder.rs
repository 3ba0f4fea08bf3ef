//! The cache folder: its lock, and places in it that appear whole or not at all.

use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use tempfile::TempDir;

use crate::progress::Progress;

const UNFINISHED: &str = ".unfinished-";

/// Held while anything is installed; the operating system lets go of it with the process, however that ends.
pub(super) struct Lock {
    _file: File,
}

/// Waits for the cache folder's lock and removes what a killed setup left behind.
pub(super) async fn lock(progress: &Progress) -> Result<Lock> {
    let cache = testkit::components::cache()?;
    std::fs::create_dir_all(&cache)
        .with_context(|| format!("cannot make the cache folder {}", cache.display()))?;
    let path = cache.join(".lock");
    let file = File::options()
        .create(true)
        .truncate(false)
        .write(true)
        .open(&path)
        .with_context(|| format!("cannot write {}", path.display()))?;
    let file = match file.try_lock() {
        Ok(()) => file,
        Err(TryLockError::WouldBlock) => {
            let step = progress.step("cache", "another setup is at work; waiting for it to end");
            let file = tokio::task::spawn_blocking(move || file.lock().map(|()| file)).await??;
            step.done("it has ended");
            file
        }
        Err(TryLockError::Error(fault)) => {
            return Err(fault).with_context(|| format!("cannot lock {}", path.display()));
        }
    };
    sweep(&cache)?;
    Ok(Lock { _file: file })
}

/// An empty folder in the cache, on the same file system as the place it is moved to; gone again unless [`settle`]d.
pub(super) fn unfinished(name: &str) -> Result<TempDir> {
    let cache = testkit::components::cache()?;
    tempfile::Builder::new()
        .prefix(&format!("{UNFINISHED}{name}-"))
        .tempdir_in(&cache)
        .with_context(|| format!("cannot make a folder in {}", cache.display()))
}

/// Moves a finished folder to its place, in one step.
pub(super) fn settle(finished: &Path, name: &str) -> Result<PathBuf> {
    let place = testkit::components::folder(name)?;
    if place.exists() {
        // Whatever it is, it is not the component: that would have been found.
        std::fs::remove_dir_all(&place).with_context(|| format!("cannot remove {}", place.display()))?;
    }
    std::fs::rename(finished, &place)
        .with_context(|| format!("cannot move {} to {}", finished.display(), place.display()))?;
    Ok(place)
}

/// Only ever called under the lock: nobody else's unfinished work can be there.
fn sweep(cache: &Path) -> Result<()> {
    let entries = std::fs::read_dir(cache).with_context(|| format!("cannot read {}", cache.display()))?;
    for entry in entries {
        let entry = entry.with_context(|| format!("cannot read {}", cache.display()))?;
        if entry.file_name().to_string_lossy().starts_with(UNFINISHED) {
            std::fs::remove_dir_all(entry.path())
                .with_context(|| format!("cannot remove {}", entry.path().display()))?;
        }
    }
    Ok(())
}
