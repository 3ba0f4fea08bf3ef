//! The test vectors of sealed calls, computed again with a library of their own: what `docs/protocol.md` says, word for word.
//! The system tests compute them with another one. The server itself never opens what is sealed.
#![expect(clippy::unwrap_used, reason = "a test may panic, and its helpers are part of it")]

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use aws_lc_rs::agreement::{PrivateKey, UnparsedPublicKey, X25519, agree};
use aws_lc_rs::hkdf::{HKDF_SHA256, KeyType, Salt};
use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD as BASE64URL;
use serde_json::Value;

const SALT: &[u8] = b"realtime.v1 sealed call";
const VERSION: u8 = 1;

/// What both devices of a call derive.
struct Derived {
    context: Vec<u8>,
    /// Of what the caller's device seals.
    from_caller: Vec<u8>,
    /// Of what the callee's device seals.
    from_callee: Vec<u8>,
    safety: Vec<u8>,
}

struct Length(usize);

impl KeyType for Length {
    fn len(&self) -> usize {
        self.0
    }
}

fn vectors() -> Value {
    serde_json::from_str(include_str!("../../../docs/conformance/sealed-calls.json")).unwrap()
}

fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value[key].as_str().unwrap_or_else(|| panic!("no text {key}"))
}

fn bytes(value: &Value, key: &str) -> Vec<u8> {
    BASE64URL.decode(text(value, key)).unwrap()
}

fn number(value: &Value, key: &str) -> u64 {
    value[key].as_u64().unwrap()
}

/// Each part behind its length in two bytes.
fn parts<'a>(parts: impl IntoIterator<Item = &'a [u8]>) -> Vec<u8> {
    parts
        .into_iter()
        .flat_map(|part| [&u16::try_from(part.len()).unwrap().to_be_bytes(), part].concat())
        .collect()
}

fn shared_secret(own: &[u8], peer: &[u8]) -> Option<Vec<u8>> {
    let own = PrivateKey::from_private_key(&X25519, own).unwrap();
    agree(&own, UnparsedPublicKey::new(&X25519, peer), (), |secret| Ok(secret.to_vec())).ok()
}

fn context(call: &Value) -> Vec<u8> {
    let devices = ["caller", "callee"].map(|side| {
        let key = bytes(&call[side], "key");
        parts([text(&call[side], "user_id").as_bytes(), text(&call[side], "device").as_bytes(), &key])
    });
    [parts([text(call, "id").as_bytes()]), devices.concat()].concat()
}

fn derive(secret: &[u8], context: Vec<u8>) -> Derived {
    let extracted = Salt::new(HKDF_SHA256, SALT).extract(secret);
    let expand = |label: &str, length: usize| {
        let info = [&parts([label.as_bytes()]), context.as_slice()].concat();
        let mut output = vec![0; length];
        extracted.expand(&[&info], Length(length)).unwrap().fill(&mut output).unwrap();
        output
    };
    Derived {
        from_caller: expand("caller", 32),
        from_callee: expand("callee", 32),
        safety: expand("safety code", 60),
        context,
    }
}

fn safety_code(bytes: &[u8]) -> String {
    let groups =
        bytes.chunks(5).map(|group| group.iter().fold(0, |number: u64, byte| number << 8 | u64::from(*byte)));
    groups.map(|number| format!("{:05}", number % 100_000)).collect::<Vec<_>>().join(" ")
}

fn nonce(sequence: u64) -> [u8; 12] {
    let mut nonce = [0; 12];
    nonce[4..].copy_from_slice(&sequence.to_be_bytes());
    nonce
}

fn associated_data(call: &Value, signal: &Value, sequence: u64) -> Vec<u8> {
    let from = &call[text(signal, "from")];
    let mut data = parts([
        b"realtime.v1 sealed signal".as_slice(),
        text(call, "id").as_bytes(),
        text(from, "user_id").as_bytes(),
        text(from, "device").as_bytes(),
        text(signal, "kind").as_bytes(),
    ]);
    data.extend(u32::try_from(number(signal, "generation")).unwrap().to_be_bytes());
    data.extend(sequence.to_be_bytes());
    data
}

fn cipher(derived: &Derived, signal: &Value) -> LessSafeKey {
    let key = if text(signal, "from") == "caller" { &derived.from_caller } else { &derived.from_callee };
    LessSafeKey::new(UnboundKey::new(&AES_256_GCM, key).unwrap())
}

fn seal(call: &Value, derived: &Derived, signal: &Value) -> String {
    let sequence = number(signal, "sequence");
    let mut sealed = text(signal, "plaintext").as_bytes().to_vec();
    let nonce = Nonce::assume_unique_for_key(nonce(sequence));
    let data = Aad::from(associated_data(call, signal, sequence));
    cipher(derived, signal).seal_in_place_append_tag(nonce, data, &mut sealed).unwrap();
    BASE64URL.encode([[VERSION].as_slice(), &sequence.to_be_bytes(), &sealed].concat())
}

fn open(call: &Value, derived: &Derived, signal: &Value) -> Option<String> {
    let envelope = BASE64URL.decode(text(signal, "sealed")).ok()?;
    let (version, rest) = envelope.split_first()?;
    let (sequence, sealed) = rest.split_first_chunk()?;
    let sequence = u64::from_be_bytes(*sequence);
    let nonce = Nonce::assume_unique_for_key(nonce(sequence));
    let data = Aad::from(associated_data(call, signal, sequence));
    let mut sealed = sealed.to_vec();
    let opened = cipher(derived, signal).open_in_place(nonce, data, &mut sealed).ok()?;
    (*version == VERSION).then(|| String::from_utf8(opened.to_vec()).unwrap())
}

#[test]
fn both_devices_derive_what_the_vectors_say() {
    for vector in vectors()["calls"].as_array().unwrap() {
        let (call, expected) = (&vector["call"], &vector["derived"]);
        for (own, peer) in [("caller", "callee"), ("callee", "caller")] {
            let secret =
                shared_secret(&bytes(&call[own], "private_key"), &bytes(&call[peer], "key")).unwrap();
            assert_eq!(secret, bytes(expected, "shared_secret"));
            let derived = derive(&secret, context(call));
            assert_eq!(derived.context, bytes(expected, "context"));
            assert_eq!(derived.from_caller, bytes(expected, "caller_key"));
            assert_eq!(derived.from_callee, bytes(expected, "callee_key"));
            assert_eq!(derived.safety, bytes(expected, "safety_bytes"));
            assert_eq!(safety_code(&derived.safety), text(expected, "safety_code"));
        }
    }
}

#[test]
fn signals_are_sealed_and_opened_as_the_vectors_say() {
    for vector in vectors()["calls"].as_array().unwrap() {
        let call = &vector["call"];
        let derived = derive(&bytes(&vector["derived"], "shared_secret"), context(call));
        for signal in vector["signals"].as_array().unwrap() {
            let sequence = number(signal, "sequence");
            assert_eq!(nonce(sequence).as_slice(), bytes(signal, "nonce"));
            assert_eq!(associated_data(call, signal, sequence), bytes(signal, "associated_data"));
            assert_eq!(seal(call, &derived, signal), text(signal, "sealed"));
            assert_eq!(open(call, &derived, signal).as_deref(), Some(text(signal, "plaintext")));
        }
    }
}

#[test]
fn what_was_tampered_with_does_not_open() {
    let vectors = vectors();
    let call = &vectors["calls"][0]["call"];
    let derived = derive(&bytes(&vectors["calls"][0]["derived"], "shared_secret"), context(call));
    for signal in vectors["must_not_open"]["signals"].as_array().unwrap() {
        assert_eq!(open(call, &derived, signal), None, "{}", signal["about"]);
    }
}

#[test]
fn keys_that_give_no_secret_are_refused() {
    let own = bytes(&vectors()["calls"][0]["call"]["caller"], "private_key");
    for key in vectors()["keys_to_refuse"]["keys"].as_array().unwrap() {
        let key = BASE64URL.decode(key.as_str().unwrap()).unwrap();
        assert_eq!(shared_secret(&own, &key), None, "{key:?}");
    }
}
