//! Which published keys are of use, and which are left alone.

use serde_json::{Value, json};

use super::*;
use crate::Algorithm::{EdDsa, Es256, Ps256, Rs256};

/// A JWK of an RSA key whose modulus has this many bits; only its size matters here.
fn rsa(bits: usize, changes: &Value) -> Value {
    let mut modulus = vec![0xff; bits.div_ceil(8)];
    if !bits.is_multiple_of(8) {
        modulus[0] = (1 << (bits % 8)) - 1;
    }
    let jwk = json!({
        "kty": "RSA", "kid": "k1", "use": "sig", "alg": "RS256", "e": "AQAB", "n": URL_SAFE_NO_PAD.encode(modulus),
    });
    changed(jwk, changes)
}

fn curve(kty: &str, crv: &str, alg: &str, changes: &Value) -> Value {
    let coordinate = URL_SAFE_NO_PAD.encode([7; 32]);
    let jwk = json!({
        "kty": kty, "crv": crv, "kid": "k1", "use": "sig", "alg": alg, "x": coordinate, "y": coordinate,
    });
    changed(jwk, changes)
}

/// The JWK with these members instead; `null` leaves one out.
fn changed(mut jwk: Value, changes: &Value) -> Value {
    let members = jwk.as_object_mut().unwrap();
    members.extend(changes.as_object().unwrap().clone());
    members.retain(|_, value| !value.is_null());
    jwk
}

fn judge(jwk: Value, allowed: &[Algorithm]) -> Result<Algorithm, Unusable> {
    serde_json::from_value::<Jwk>(jwk).unwrap().prepare(allowed).map(|key| key.algorithm)
}

#[test]
fn keys_for_signatures_are_used_with_their_own_algorithm() {
    let all = &Algorithm::ALL;
    let none = &json!({});
    let rows = [
        (rsa(2048, none), &[Rs256][..], Ok(Rs256)),
        (rsa(2048, &json!({ "alg": "PS256" })), all, Ok(Ps256)),
        (rsa(8192, none), all, Ok(Rs256)),
        (curve("EC", "P-256", "ES256", none), all, Ok(Es256)),
        (curve("OKP", "Ed25519", "EdDSA", none), all, Ok(EdDsa)),
        // Keycloak's key for encryption, by its use and by its algorithm.
        (rsa(2048, &json!({ "use": "enc", "alg": "RSA-OAEP" })), all, Err(Unusable::OtherUse)),
        (rsa(2048, &json!({ "use": "enc" })), all, Err(Unusable::OtherUse)),
        (rsa(2048, &json!({ "alg": "RSA-OAEP" })), all, Err(Unusable::Algorithm)),
        // An algorithm that is not accepted, or is that of another kind of key.
        (rsa(2048, &json!({ "alg": "PS256" })), &[Rs256], Err(Unusable::Algorithm)),
        (rsa(2048, &json!({ "alg": "RS512" })), all, Err(Unusable::Algorithm)),
        (rsa(2048, &json!({ "alg": "HS256" })), all, Err(Unusable::Algorithm)),
        (rsa(2048, &json!({ "alg": "ES256" })), all, Err(Unusable::Algorithm)),
        (curve("EC", "P-384", "ES256", none), all, Err(Unusable::Algorithm)),
        (curve("oct", "P-256", "HS256", none), all, Err(Unusable::Algorithm)),
        (curve("OKP", "Ed448", "EdDSA", none), all, Err(Unusable::Algorithm)),
    ];
    for (jwk, allowed, expected) in rows {
        assert_eq!(judge(jwk.clone(), allowed), expected, "{jwk}");
    }
}

#[test]
fn a_key_without_an_algorithm_gets_one_only_where_there_is_no_doubt() {
    let unnamed = rsa(2048, &json!({ "alg": null }));
    assert_eq!(judge(unnamed.clone(), &[Rs256]), Ok(Rs256));
    assert_eq!(judge(unnamed.clone(), &[Es256, Ps256]), Ok(Ps256));
    assert_eq!(judge(unnamed.clone(), &[Rs256, Ps256]), Err(Unusable::Algorithm));
    assert_eq!(judge(unnamed, &[Es256]), Err(Unusable::Algorithm));
    let p256 = curve("EC", "P-256", "", &json!({ "alg": null }));
    assert_eq!(judge(p256, &Algorithm::ALL), Ok(Es256));
}

#[test]
fn what_a_key_is_for_must_be_said() {
    let rows = [
        (json!({ "use": null }), false),
        (json!({ "use": null, "key_ops": ["verify"] }), true),
        (json!({ "use": null, "key_ops": ["sign"] }), false),
        (json!({ "use": null, "key_ops": [] }), false),
        (json!({ "use": "sig", "key_ops": ["verify"] }), true),
        (json!({ "use": "sig", "key_ops": ["encrypt"] }), false),
        (json!({ "use": "SIG" }), false),
        (json!({ "use": "" }), false),
    ];
    for (changes, is_usable) in rows {
        let expected = if is_usable { Ok(Rs256) } else { Err(Unusable::OtherUse) };
        assert_eq!(judge(rsa(2048, &changes), &[Rs256]), expected, "{changes}");
    }
}

#[test]
fn weak_and_broken_keys_are_left_alone() {
    let padded = URL_SAFE_NO_PAD.encode([vec![0; 128], vec![0xff; 128]].concat());
    let short = URL_SAFE_NO_PAD.encode([7; 31]);
    let rows = [
        (rsa(1024, &json!({})), Unusable::Strength),
        (rsa(2047, &json!({})), Unusable::Strength),
        (rsa(2048, &json!({ "n": padded })), Unusable::Strength),
        (rsa(8193, &json!({})), Unusable::Strength),
        (rsa(2048, &json!({ "n": null })), Unusable::Parameters),
        (rsa(2048, &json!({ "n": "not base64url!" })), Unusable::Parameters),
        (rsa(2048, &json!({ "e": null })), Unusable::Parameters),
        // 1: every padded text is its own signature. 2: no RSA. 9 bytes: only slow. 0: nothing.
        (rsa(2048, &json!({ "e": "AQ" })), Unusable::Parameters),
        (rsa(2048, &json!({ "e": "Ag" })), Unusable::Parameters),
        (rsa(2048, &json!({ "e": "AQAAAAAAAAAB" })), Unusable::Parameters),
        (rsa(2048, &json!({ "e": "AA" })), Unusable::Parameters),
        (rsa(2048, &json!({ "kid": null })), Unusable::NoId),
        (rsa(2048, &json!({ "kid": "" })), Unusable::NoId),
        (curve("EC", "P-256", "ES256", &json!({ "x": short })), Unusable::Parameters),
        (curve("EC", "P-256", "ES256", &json!({ "y": null })), Unusable::Parameters),
        (curve("OKP", "Ed25519", "EdDSA", &json!({ "x": short })), Unusable::Parameters),
    ];
    for (jwk, expected) in rows {
        assert_eq!(judge(jwk.clone(), &Algorithm::ALL), Err(expected), "{jwk}");
    }
}
