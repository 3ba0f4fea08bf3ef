//! A name that is no setting stops the start, and the fault guesses what was meant.

use crate::sample::{GOOD_SECRET, check, from_both, told};

#[test]
fn a_stray_variable_is_a_fault_that_says_what_was_probably_meant() {
    let cases = [
        ("SAMPLE__LIVEKIT__TOKEN_TLL_SECONDS", "; did you mean SAMPLE__LIVEKIT__TOKEN_TTL_SECONDS?"),
        ("SAMPLE__LIVEKIT_API_KEY", "; did you mean SAMPLE__LIVEKIT__API_KEY?"),
        ("SAMPLE__livekit__url", ""),
        ("SAMPLE__SERVER__VERBOSE_FILE", ""),
        ("SAMPLE__SERVER__LEVEL[0]", "; did you mean SAMPLE__SERVER__LEVEL?"),
        ("SAMPLE__", ""),
        ("SAMPLE__NOTHING_LIKE_IT", ""),
    ];
    for (name, guess) in cases {
        check(&[(name, "1")], &[&format!("{name} is not a setting{guess}")]);
    }
}

#[test]
fn a_section_is_no_setting() {
    let problem = "is a section, not a setting; set what is in it, such as SAMPLE__LIVEKIT__API_KEY";
    check(&[("SAMPLE__LIVEKIT", "{}")], &[&format!("SAMPLE__LIVEKIT {problem}")]);
}

#[test]
fn a_stray_key_of_the_file_is_a_fault_too() {
    let file = format!(
        "nothing = 1\n[livekit]\nurl = 'http://a'\napi_secret = '{GOOD_SECRET}'\ntoken_ttl = 9\napi_kei = 'x'\n"
    );
    assert_eq!(
        told(from_both(&file, &[])),
        [
            "FILE: livekit.api_kei is not a setting; did you mean api_key?",
            "FILE: livekit.token_ttl is not a setting",
            "FILE: nothing is not a setting",
        ]
    );
}
