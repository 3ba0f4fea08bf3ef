//! What the file of secrets becomes.

use super::*;

fn lines(path: &Path) -> Vec<(String, String)> {
    let text = std::fs::read_to_string(path).unwrap();
    let lines = text.lines().filter(|line| !line.starts_with('#'));
    lines.filter_map(|line| line.split_once('=')).map(|(name, value)| (name.into(), value.into())).collect()
}

#[test]
fn each_secret_is_random_long_and_for_its_owner_alone() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(".env");
    assert_eq!(complete(&path).unwrap(), SECRETS.len() + 1);
    assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, MODE);
    let lines = lines(&path);
    let secrets: BTreeSet<&String> =
        lines.iter().filter(|(name, _)| name != "COMPOSE_PROFILES").map(|(_, value)| value).collect();
    assert_eq!(secrets.len(), SECRETS.len(), "no two are alike");
    assert!(
        secrets
            .iter()
            .all(|secret| secret.len() == 64 && secret.bytes().all(|byte| byte.is_ascii_hexdigit()))
    );
}

#[test]
fn what_is_there_stays_and_what_is_missing_is_added() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(".env");
    std::fs::write(&path, "COMPOSE_PROFILES=core\nREDIS_PASSWORD=mine\nOTHER=1").unwrap();
    assert_eq!(complete(&path).unwrap(), SECRETS.len() - 1);
    let first = lines(&path);
    for kept in [("COMPOSE_PROFILES", "core"), ("REDIS_PASSWORD", "mine"), ("OTHER", "1")] {
        assert!(first.contains(&(kept.0.to_owned(), kept.1.to_owned())), "{kept:?}");
    }
    assert_eq!(complete(&path).unwrap(), 0);
    assert_eq!(lines(&path), first, "a second time changes nothing");
    assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, MODE);
}

#[test]
fn the_compose_file_requires_these_secrets_and_no_others() {
    let text = std::fs::read_to_string(crate::tree::root().join("docker-compose.dev.yml")).unwrap();
    let required: BTreeSet<&str> = text
        .split("${")
        .skip(1)
        .filter_map(|rest| rest.split_once('}'))
        .filter_map(|(inside, _)| inside.split_once(":?"))
        .map(|(name, _)| name)
        .collect();
    assert_eq!(required, BTreeSet::from(SECRETS));
}
