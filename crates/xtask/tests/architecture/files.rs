//! Files that are small and say what they are for.

use std::process::Command;

use crate::none;
use crate::workspace::root;

const MOST_LINES: usize = 400;

/// Names and contents of the files with one of these extensions that are, or are about to be, under version control.
pub(crate) fn sources(extensions: &[&str]) -> Vec<(String, String)> {
    let listing = Command::new("git")
        .args(["ls-files", "-z", "--cached", "--others", "--exclude-standard"])
        .current_dir(root())
        .output()
        .expect("git is installed");
    assert!(listing.status.success(), "`git ls-files` failed: {}", String::from_utf8_lossy(&listing.stderr));
    let names = String::from_utf8(listing.stdout).expect("names of files are UTF-8");
    let mut sources = Vec::new();
    for name in names.split_terminator('\0') {
        let matches = name.rsplit_once('.').is_some_and(|(_, extension)| extensions.contains(&extension));
        // A file that was deleted but not yet committed is still listed.
        if matches && let Ok(text) = std::fs::read_to_string(root().join(name)) {
            sources.push((name.to_owned(), text));
        }
    }
    assert!(!sources.is_empty(), "git lists no {extensions:?}: is this a clone of the repository?");
    sources
}

#[test]
fn no_file_is_too_long_to_be_read() {
    let broken: Vec<String> = sources(&["rs", "ts"])
        .into_iter()
        // What is written from the code is for compilers; people read the code.
        .filter(|(name, _)| !name.contains("/generated/"))
        .map(|(name, text)| (name, text.lines().count()))
        .filter(|(_, lines)| *lines > MOST_LINES)
        .map(|(name, lines)| {
            format!("{name} has {lines} lines: take one idea out of it into a file of its own")
        })
        .collect();
    none(&format!("no source file is longer than {MOST_LINES} lines"), &broken);
}

#[test]
fn every_module_says_what_it_is_for() {
    let broken: Vec<String> = sources(&["rs"])
        .into_iter()
        .filter(|(_, text)| !text.starts_with("//! "))
        .map(|(name, _)| format!("{name} must open with `//!`: what it is for, and what it does not do"))
        .collect();
    none("every Rust module opens with its purpose", &broken);
}

#[test]
fn modules_are_files_beside_their_folders() {
    let broken: Vec<String> = sources(&["rs"])
        .into_iter()
        .filter(|(name, _)| name.ends_with("/mod.rs"))
        .map(|(name, _)| format!("{name}: name it like its folder and put it beside that"))
        .collect();
    none("`foo.rs` beside `foo/`, never `mod.rs`", &broken);
}
