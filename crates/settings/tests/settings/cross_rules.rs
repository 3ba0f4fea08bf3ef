//! Rules that span several settings, and the list as its reader sees it.

use crate::sample::{LEAST, check, from_both, with};

#[test]
fn a_rule_of_the_service_is_told_under_the_name_that_its_user_wrote() {
    let problem = "is 100; it must be more than 120";
    check(
        &[("SAMPLE__LIVEKIT__ROOM_SECONDS", "100")],
        &[&format!("SAMPLE__LIVEKIT__ROOM_SECONDS {problem}")],
    );
    let faults = from_both("[livekit]\nroom_seconds = 100\n", &LEAST).expect_err("the room is too short");
    let (name, told) = faults.iter().next().expect("there is one");
    assert!(name.ends_with(": livekit.room_seconds"), "{name}");
    assert_eq!(told, problem);
}

#[test]
fn the_list_reads_well() {
    let faults =
        with(&[("SAMPLE__LIVEKIT__TOKEN_TTL_SECONDS", "10"), ("SAMPLE__LIVEKIT__TOKEN_TLL_SECONDS", "60")]);
    assert_eq!(
        faults.expect_err("two are wrong").to_string(),
        "sample-service cannot start: 2 settings are wrong.\n\
         \n\
         \x20 SAMPLE__LIVEKIT__TOKEN_TTL_SECONDS   is 10; it must be between 30 and 600\n\
         \x20 SAMPLE__LIVEKIT__TOKEN_TLL_SECONDS   is not a setting; did you mean SAMPLE__LIVEKIT__TOKEN_TTL_SECONDS?\n"
    );
    let faults = with(&[("SAMPLE__STRAY", "")]).expect_err("one is wrong").to_string();
    assert!(faults.starts_with("sample-service cannot start: 1 setting is wrong.\n"), "{faults}");
}
