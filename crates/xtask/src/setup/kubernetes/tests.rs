//! The Secrets that are made are those that the manifests mount.

use std::collections::BTreeSet;
use std::os::unix::fs::PermissionsExt as _;

use serde_json::Value;

use super::*;

/// A Secret, and a file of it.
type Entry = (String, String);

/// Comes from a certificate authority.
const CERTIFICATE: &str = "coturn-tls";

/// Every text below a folder of the tree.
fn texts(folder: &str) -> Vec<String> {
    let mut folders = vec![crate::tree::root().join(folder)];
    let mut texts = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_none_or(|end| end != "md") {
                texts.push(std::fs::read_to_string(&path).unwrap());
            }
        }
    }
    texts
}

/// Every `/run/secrets/<Secret>/<file>` that something in `k8s/` reads.
fn read() -> BTreeSet<Entry> {
    let is_of_path = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '-' | '.' | '/');
    let mut read = BTreeSet::new();
    for text in texts("k8s") {
        for rest in text.split("/run/secrets/").skip(1) {
            let path = rest.split(|letter| !is_of_path(letter)).next().unwrap_or_default();
            if let Some((secret, file)) = path.split_once('/') {
                read.insert((secret.to_owned(), file.to_owned()));
            }
        }
    }
    read
}

fn made() -> BTreeSet<Entry> {
    let of = |secret: Secret| {
        secret.files.into_iter().map(move |(file, _)| (secret.name.to_owned(), file.to_owned()))
    };
    secrets().into_iter().flat_map(of).collect()
}

fn parsed(text: &str) -> Value {
    serde_saphyr::from_str(text).unwrap()
}

#[test]
fn every_file_of_a_secret_that_a_manifest_reads_is_made() {
    let (certificate, read): (BTreeSet<Entry>, BTreeSet<Entry>) =
        read().into_iter().partition(|(secret, _)| secret == CERTIFICATE);
    assert_eq!(read, made());
    assert_eq!(certificate.len(), 2, "a certificate and its key");
}

#[test]
fn every_secret_that_a_manifest_mounts_is_made() {
    let mounted: BTreeSet<String> = texts("k8s")
        .iter()
        .flat_map(|text| text.split("secretName: ").skip(1).map(str::to_owned).collect::<Vec<_>>())
        .map(|rest| rest.split([',', ' ', '\n']).next().unwrap_or_default().to_owned())
        .filter(|secret| secret != CERTIFICATE)
        .collect();
    assert_eq!(mounted, secrets().into_iter().map(|secret| secret.name.to_owned()).collect());
}

#[test]
fn the_example_of_a_vault_makes_the_same_files() {
    let mut example = BTreeSet::new();
    for part in ["application", "media"] {
        let page = format!("k8s/components/external-secrets/{part}/secrets.yaml");
        let page = std::fs::read_to_string(crate::tree::root().join(page)).unwrap();
        for document in page.split("\n---\n").map(parsed) {
            let target = &document["spec"]["target"];
            for file in target["template"]["data"].as_object().unwrap().keys() {
                example.insert((target["name"].as_str().unwrap().to_owned(), file.clone()));
            }
        }
    }
    assert_eq!(example, made());
}

#[test]
fn what_several_parts_know_is_the_same_in_all_of_them() {
    let secrets = secrets();
    let file = |secret: &str, file: &str| {
        let found = secrets.iter().find(|one| one.name == secret).unwrap();
        found.files.iter().find(|(name, _)| *name == file).unwrap().1.clone()
    };
    let password = file("redis", "password");
    let sentinel = file("redis", "sentinel-password");
    assert_eq!(file("realtime-service", "redis-url"), file("call-state-service", "redis-url"));
    assert!(file("realtime-service", "redis-url").starts_with(&format!("redis+sentinel://:{password}@")));
    assert!(file("realtime-service", "redis-url").ends_with(&format!("/calls?sentinel_password={sentinel}")));
    let of_livekit = parsed(&file("livekit", "redis.yaml"));
    assert_eq!(of_livekit["redis"]["password"], password.as_str());
    assert_eq!(of_livekit["redis"]["sentinel_password"], sentinel.as_str());
    assert_eq!(of_livekit["redis"]["sentinel_addresses"].as_array().unwrap().len(), SENTINELS.len());
    let keys = parsed(&file("livekit", "keys.yaml"));
    assert_eq!(keys["keys"]["realtime"], file("realtime-service", "livekit-api-secret").as_str());
    assert_eq!(file("realtime-service", "turn-secrets"), file("coturn", "turn-secrets"));
    let different: BTreeSet<String> = [
        password,
        sentinel,
        file("realtime-service", "livekit-api-secret"),
        file("realtime-service", "keycloak-client-secret"),
        file("coturn", "turn-secrets"),
    ]
    .into();
    assert_eq!(different.len(), 5, "each is for one purpose");
    assert!(different.iter().all(|secret| secret.len() == 64));
}

#[test]
fn they_are_their_owners_alone_and_never_written_over() {
    let parent = tempfile::tempdir().unwrap();
    let folder = parent.path().join("secrets/kubernetes");
    assert_eq!(write(&folder).unwrap(), secrets().len());
    let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&folder), FOLDER_MODE);
    let texts = || -> BTreeSet<String> {
        let files = std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path());
        files
            .map(|path| {
                assert_eq!(mode(&path), FILE_MODE, "{}", path.display());
                std::fs::read_to_string(path).unwrap()
            })
            .collect()
    };
    let first = texts();
    for text in &first {
        let manifest = parsed(text);
        assert_eq!(manifest["kind"], "Secret");
        assert!(manifest["stringData"].as_object().is_some_and(|files| !files.is_empty()), "{manifest}");
    }
    let refused = write(&folder).unwrap_err().to_string();
    assert!(refused.contains("not written over"), "{refused}");
    assert_eq!(texts(), first);
}

#[test]
fn git_never_sees_them() {
    let ignored = std::fs::read_to_string(crate::tree::root().join(".gitignore")).unwrap();
    let top = FOLDER.split('/').next().unwrap();
    assert!(ignored.lines().any(|line| line == format!("/{top}")), "{ignored}");
}
