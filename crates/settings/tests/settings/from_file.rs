//! The file below the environment.

use crate::sample::{GOOD_SECRET, SERVICE, Sample, from_both, told};

fn file(more: &str) -> String {
    format!("[livekit]\nurl = \"http://127.0.0.1:7880\"\napi_secret = \"{GOOD_SECRET}\"\n{more}")
}

#[test]
fn a_file_alone_is_enough() {
    let more =
        "token_ttl_seconds = 90\n[labels]\nzone = \"a\"\n[[issuers]]\nissuer = \"https://id.example/one\"\n";
    let settings = from_both(&file(more), &[]).expect("all is right");
    assert_eq!(settings.livekit.token_ttl_seconds, 90);
    assert_eq!(settings.labels["zone"], "a");
    assert_eq!(settings.issuers.len(), 1);
}

#[test]
fn the_environment_wins_over_the_file_setting_by_setting() {
    let more = "token_ttl_seconds = 90\nroom_seconds = 400\n";
    let settings =
        from_both(&file(more), &[("SAMPLE__LIVEKIT__TOKEN_TTL_SECONDS", "60")]).expect("all is right");
    assert_eq!(settings.livekit.token_ttl_seconds, 60);
    assert_eq!(settings.livekit.room_seconds, 400);
}

#[test]
fn variables_of_other_programs_are_left_alone() {
    let others =
        [("PATH", "/bin"), ("SAMPLE", "x"), ("SAMPLE_SERVICE_PORT", "80"), ("OTHER__LIVEKIT__URL", "x")];
    assert!(from_both(&file(""), &others).is_ok());
}

#[test]
fn faults_name_the_file_and_the_key() {
    let more = "token_ttl_seconds = \"60\"\nroom_seconds = 0.5\n[server]\nverbose = 1\nlevel = \"loud\"\n";
    assert_eq!(
        told(from_both(&file(more), &[("SAMPLE__SERVER__SAMPLE_RATIO", "7")])),
        [
            "FILE: livekit.room_seconds must be a whole number",
            "FILE: livekit.token_ttl_seconds must be a whole number",
            "FILE: server.level must be `info` or `error`",
            "SAMPLE__SERVER__SAMPLE_RATIO is 7; it must be between 0 and 1",
            "FILE: server.verbose must be `true` or `false`",
        ]
    );
}

#[test]
fn a_file_that_is_no_toml_is_told_by_its_line_and_never_quoted() {
    let faults = told(from_both("[livekit]\napi_secret = \"canary", &[]));
    let [fault] = faults.as_slice() else { panic!("{faults:?}") };
    assert!(fault.starts_with("FILE is not TOML: ") && fault.ends_with("(line 2)"), "{fault}");
    assert!(!fault.contains("canary"));
}

#[test]
fn a_file_that_is_not_there_is_one_fault() {
    let file = std::env::temp_dir().join("no-such-settings.toml");
    let faults = told(settings::load::<Sample>(&SERVICE, Some(&file), []));
    assert_eq!(faults, ["FILE cannot be read: No such file or directory (os error 2)"]);
}
