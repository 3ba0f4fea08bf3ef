//! What was not signed as it stands is refused, whatever it is, and nothing that is sent makes the verifier panic.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use tokio::runtime::Runtime;

use crate::world::World;

/// Runs `property` on a world that is started once.
fn check<S: Strategy>(inputs: S, property: impl Fn(&World, &str, S::Value) -> String) {
    let runtime = Runtime::new().unwrap();
    let world = runtime.block_on(World::start());
    let token = world.token();
    let mut runner = TestRunner::new(Config { failure_persistence: None, ..Config::with_cases(1_000) });
    let outcome = runner.run(&inputs, |input| {
        let text = property(&world, &token, input);
        let verified = runtime.block_on(world.verify(&text));
        prop_assert!(verified.is_err() || text == token, "accepted: {}", text);
        Ok(())
    });
    outcome.unwrap();
    assert!(runtime.block_on(world.verify(&token)).is_ok());
}

#[test]
fn any_change_of_one_byte_is_refused() {
    check((any::<prop::sample::Index>(), 0_u8..128), |_, token, (position, byte)| {
        let mut changed = token.as_bytes().to_vec();
        changed[position.index(token.len())] = byte;
        String::from_utf8(changed).unwrap()
    });
}

#[test]
fn any_cut_or_growth_is_refused() {
    check((any::<prop::sample::Index>(), "[A-Za-z0-9._=-]{0,4}"), |_, token, (position, inserted)| {
        let position = position.index(token.len());
        let (head, tail) = token.split_at(position);
        if inserted.is_empty() { head.to_owned() } else { format!("{head}{inserted}{tail}") }
    });
}

#[test]
fn any_text_is_refused() {
    check("\\PC{0,300}", |_, _, text| text);
}

#[test]
fn any_header_and_payload_are_refused() {
    let part = prop_oneof![
        "\\PC{0,80}",
        "\\{\"(alg|kid|typ|iss|exp)\":(\"[A-Z0-9a-z]{0,6}\"|[0-9]{1,25}|null|\\[\\])\\}",
        any::<Vec<u8>>().prop_map(|bytes| String::from_utf8_lossy(&bytes).into_owned()),
    ];
    check((part.clone(), part, any::<Vec<u8>>()), |_, _, (header, payload, signature)| {
        let [header, payload] = [header, payload].map(|part| URL_SAFE_NO_PAD.encode(part));
        format!("{header}.{payload}.{}", URL_SAFE_NO_PAD.encode(signature))
    });
}

#[test]
fn any_payload_that_is_signed_makes_a_caller_or_a_refusal() {
    let payload =
        "\\{\"(aud|sub|exp|iat|nbf|typ|sid)\":(\"\\PC{0,6}\"|-?[0-9]{1,25}|1e999|null|\\[\\{\\}\\])\\}";
    check(payload, |world, _, payload| {
        let issuer = format!("{{\"iss\":\"{}\",{}", world.issuer.url(), &payload[1..]);
        let header =
            format!("{{\"alg\":\"RS256\",\"kid\":\"{}\"}}", world.issuer.issuer().signing_key().kid());
        world.issuer.issuer().signing_key().sign_text(&header, &issuer)
    });
}
