//! Private folders for servers, which do not pile up when their owners are killed.

use std::fs::File;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use crate::Failure;

const LOCK: &str = "in-use";

/// A private folder, removed with its owner.
///
/// A killed process and one that ends with the folder in a static remove nothing. So each folder holds a locked file,
/// and whoever makes a folder first removes those that nobody has locked any more.
#[derive(Debug)]
pub(crate) struct Scratch {
    folder: TempDir,
    _lock: File,
}

impl Scratch {
    pub(crate) fn new(name: &str) -> Result<Self, Failure> {
        let cannot = |error| Failure::because(format!("cannot make a private folder for {name}"), error);
        let parent = shared(name)?;
        remove_abandoned(&parent);
        let folder = tempfile::Builder::new().prefix("run-").tempdir_in(&parent).map_err(cannot)?;
        let lock = File::create(folder.path().join(LOCK)).map_err(cannot)?;
        lock.lock().map_err(cannot)?;
        Ok(Self { folder, _lock: lock })
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }
}

/// The folder of this name that all of the user's test processes share.
pub(crate) fn shared(name: &str) -> Result<PathBuf, Failure> {
    let user = rustix::process::getuid().as_raw();
    let folder = std::env::temp_dir().join(format!("realtime-calls-{user}")).join(name);
    std::fs::create_dir_all(&folder)
        .map_err(|error| Failure::because(format!("cannot make the folder {}", folder.display()), error))?;
    Ok(folder)
}

/// Tidying up is nobody's duty: what cannot be read or removed stays for the next one.
fn remove_abandoned(parent: &Path) {
    let Ok(entries) = std::fs::read_dir(parent) else { return };
    for folder in entries.filter_map(Result::ok).map(|entry| entry.path()) {
        // No lock yet: just being made by another process.
        let abandoned = File::open(folder.join(LOCK)).is_ok_and(|lock| lock.try_lock().is_ok());
        if abandoned {
            let _ = std::fs::remove_dir_all(&folder);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_abandoned_folder_is_removed_and_a_used_one_stays() {
        let used = Scratch::new("scratch-test").unwrap();
        let abandoned = used.path().with_file_name("abandoned");
        std::fs::create_dir_all(&abandoned).unwrap();
        std::fs::write(abandoned.join(LOCK), "").unwrap();

        let _another = Scratch::new("scratch-test").unwrap();
        assert!(used.path().exists());
        assert!(!abandoned.exists());
    }
}
