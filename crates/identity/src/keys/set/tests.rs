//! Key sets: one odd key does not spoil the others.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::json;

use super::*;
use crate::Algorithm::{Ps256, Rs256};

fn jwk(kid: &str, filling: u8) -> Value {
    let modulus = URL_SAFE_NO_PAD.encode([filling | 0x80; 256]);
    json!({ "kty": "RSA", "kid": kid, "use": "sig", "alg": "RS256", "e": "AQAB", "n": modulus })
}

fn read(keys: &[Value], previous: Option<&KeySet>) -> Result<KeySet, UnusableSet> {
    KeySet::read(json!({ "keys": keys }).to_string().as_bytes(), &Algorithm::ALL, previous)
}

fn found(set: &KeySet, id: &str) -> Arc<Key> {
    match set.find(id, Rs256) {
        Lookup::Found(key) => key,
        other => panic!("{id}: {other:?}"),
    }
}

#[test]
fn one_odd_key_does_not_spoil_the_others() {
    let odd =
        [json!("key"), json!({}), json!({ "kty": 7 }), json!({ "kty": "RSA", "kid": "weak", "use": "sig" })];
    let set = read(&[&odd[..], &[jwk("good", 1)]].concat(), None).unwrap();
    assert_eq!(found(&set, "good").id, "good");
    assert_eq!(set.unusable.len(), 4);
}

#[test]
fn a_document_without_a_usable_key_is_no_key_set() {
    assert!(matches!(read(&[], None), Err(UnusableSet::Empty)));
    assert!(matches!(read(&[json!({})], None), Err(UnusableSet::Empty)));
    for document in ["", "null", "[]", "{}", "{\"keys\": {}}", "{\"keys\": []} x", "<html>"] {
        let read = KeySet::read(document.as_bytes(), &Algorithm::ALL, None);
        assert!(matches!(read, Err(UnusableSet::Malformed(_))), "{document}");
    }
}

#[test]
fn fifty_keys_are_read_and_fifty_one_are_not() {
    let keys: Vec<Value> = (0..51).map(|n| jwk(&n.to_string(), n)).collect();
    assert_eq!(read(&keys[..50], None).unwrap().keys.len(), 50);
    assert!(matches!(read(&keys, None), Err(UnusableSet::TooMany(51))));
}

#[test]
fn an_id_is_found_with_the_keys_own_algorithm_only() {
    let set = read(&[jwk("k", 1)], None).unwrap();
    assert!(matches!(set.find("k", Ps256), Lookup::OtherAlgorithm));
    assert!(matches!(set.find("K", Rs256), Lookup::Unknown));
}

#[test]
fn a_key_stays_itself_only_while_nothing_about_it_changes() {
    let first = read(&[jwk("stays", 1), jwk("changes", 2), jwk("goes", 3)], None).unwrap();
    let second = read(&[jwk("new", 4), jwk("changes", 5), jwk("stays", 1)], Some(&first)).unwrap();
    assert!(Arc::ptr_eq(&found(&first, "stays"), &found(&second, "stays")));
    let gone: Vec<&str> = first.without(&second).map(|key| key.id.as_str()).collect();
    assert_eq!(gone, ["changes", "goes"]);
}
