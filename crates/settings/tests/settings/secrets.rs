//! Strong, from a variable or a file, and never seen.

use settings::Faults;

use crate::sample::{GOOD_SECRET, Sample, check, from_both, told, with, written};

const URL: (&str, &str) = ("SAMPLE__LIVEKIT__URL", "http://127.0.0.1:7880");
const SECRET: &str = "SAMPLE__LIVEKIT__API_SECRET";
const SECRET_FILE: &str = "SAMPLE__LIVEKIT__API_SECRET_FILE";

fn with_secret(secret: &str) -> Result<Sample, Faults> {
    from_both("", &[URL, (SECRET, secret)])
}

#[test]
fn a_weak_secret_is_refused_outside_development() {
    let short = "is too short (6 bytes); outside development it needs at least 32 random bytes, e.g. `openssl rand -base64 32`";
    let sample = "is a sample value that everybody knows; outside development it needs one of your own";
    let repeats = "repeats a few characters; outside development it needs at least 32 random bytes, e.g. `openssl rand -base64 32`";
    let spaces = " ".repeat(40);
    let cases = [
        ("", "is empty"),
        (spaces.as_str(), "is nothing but white space"),
        ("\t\u{a0}\n", "is nothing but white space"),
        ("abcdef", short),
        ("secret", sample),
        ("ChangeMe", sample),
        ("change_me", sample),
        ("development-secret-of-the-media-server", sample),
        ("00000000000000000000000000000000", sample),
        ("changeme-changeme-changeme-changeme-changeme", sample),
        ("ChangemeChangemeChangemeChangeme", sample),
        ("change-me / change_me / change me / CHANGE.ME", sample),
        ("example:password:admin:guest:test", sample),
        ("changeme123456789012345678901234", sample),
        ("1secret2secret3secret4secret5secret", sample),
        ("abcabcabcabcabcabcabcabcabcabcabcabc", repeats),
        ("0123456012345601234560123456012345", repeats),
        ("-_-_-_-_-_-_-_-_-_-_-_-_-_-_-_-_-_-_", repeats),
    ];
    for (secret, problem) in cases {
        assert_eq!(told(with_secret(secret)), [format!("{SECRET} {problem}")]);
    }
}

#[test]
fn a_long_and_varied_secret_is_accepted_however_it_is_written() {
    let cases = [
        GOOD_SECRET,
        "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
        "57392046183720596841230597163824",
        "a sample is no secret, said the guest",
        "another-secret-than-the-server-has",
    ];
    for secret in cases {
        assert!(with_secret(secret).is_ok(), "{secret}");
    }
}

#[test]
fn a_credential_that_somebody_else_issued_may_be_short_but_no_sample() {
    let with_credential =
        |credential| with(&[("SAMPLE__TURN__USERNAME", "us"), ("SAMPLE__TURN__CREDENTIAL", credential)]);
    assert!(with_credential("pin 4711").is_ok());
    let sample = "is a sample value that everybody knows; outside development it needs one of your own";
    for (credential, problem) in [("test-test", sample), (" ", "is nothing but white space")] {
        assert_eq!(told(with_credential(credential)), [format!("SAMPLE__TURN__CREDENTIAL {problem}")]);
    }
}

#[test]
fn development_takes_any_secret_but_none() {
    let with = |secret| from_both("environment = \"development\"", &[URL, (SECRET, secret)]);
    assert_eq!(with("secret").expect("development is lax").livekit.api_secret.expose(), "secret");
    assert!(with("changeme-changeme").is_ok());
    assert_eq!(told(with("")), [format!("{SECRET} is empty")]);
    assert_eq!(told(with("  ")), [format!("{SECRET} is nothing but white space")]);
}

#[test]
fn an_environment_that_is_no_word_of_ours_relaxes_nothing() {
    let faults = told(from_both("", &[URL, (SECRET, "abc"), ("SAMPLE__ENVIRONMENT", "develop")]));
    assert_eq!(faults.len(), 2, "{faults:?}");
}

#[test]
fn sample_names_of_keys_are_refused_where_the_schema_says_so() {
    let fault = "SAMPLE__LIVEKIT__API_KEY is a sample value that everybody knows; outside development it needs one of your own";
    for name in ["devkey", "DevKey", "test-test"] {
        check(&[("SAMPLE__LIVEKIT__API_KEY", name)], &[fault]);
    }
    for name in ["test2", "secret-key"] {
        assert!(with(&[("SAMPLE__LIVEKIT__API_KEY", name)]).is_ok(), "{name}");
    }
}

#[test]
fn a_secret_is_read_from_its_file_without_the_last_newline() {
    for end in ["", "\n", "\r\n"] {
        let file = written(&format!("{GOOD_SECRET}{end}"));
        let path = file.path().to_str().expect("UTF-8");
        let by_variable = from_both("", &[URL, (SECRET_FILE, path)]).expect("it is right");
        assert_eq!(by_variable.livekit.api_secret.expose(), GOOD_SECRET);
        let toml = format!("[livekit]\nurl = \"http://a\"\napi_secret_file = \"{path}\"\n");
        let by_key = from_both(&toml, &[]).expect("it is right");
        assert_eq!(by_key.livekit.api_secret.expose(), GOOD_SECRET);
    }
    let inner = written(&format!("{GOOD_SECRET}\n\n"));
    let environment = [URL, (SECRET_FILE, inner.path().to_str().expect("UTF-8"))];
    let read = from_both("", &environment).expect("it is right");
    assert_eq!(
        read.livekit.api_secret.expose(),
        format!("{GOOD_SECRET}\n"),
        "one newline is trimmed, not two"
    );
}

#[test]
fn a_list_of_secrets_has_one_a_line() {
    let file = written(&format!("{GOOD_SECRET}\n{GOOD_SECRET},2\n"));
    let settings = with(&[("SAMPLE__LIVEKIT__TURN_SECRETS_FILE", file.path().to_str().expect("UTF-8"))]);
    let secrets = settings.expect("it is right").livekit.turn_secrets;
    assert_eq!(secrets.len(), 2);
    assert_eq!(secrets[1].expose(), format!("{GOOD_SECRET},2"));
}

#[test]
fn a_secret_within_json_may_be_a_file_too() {
    let file = written(GOOD_SECRET);
    let path = file.path().display();
    let json = format!(r#"[{{"issuer": "https://a.example", "hook_secret_file": "{path}"}}]"#);
    assert!(with(&[("SAMPLE__ISSUERS", &json)]).is_ok());
    let json = r#"[{"issuer": "https://a.example", "hook_secret": "short"}]"#;
    let faults = told(with(&[("SAMPLE__ISSUERS", json)]));
    assert!(faults[0].starts_with("SAMPLE__ISSUERS[0].hook_secret is too short (5 bytes)"), "{faults:?}");
}

#[test]
fn a_file_that_gives_no_secret_is_a_fault_that_names_it() {
    let empty = written("\n");
    let blank = written(" \t \n\n");
    let weak = written("weak\n");
    let cases = [
        (empty.path().to_str().expect("UTF-8"), "names `FILE`, which is empty"),
        (blank.path().to_str().expect("UTF-8"), "names `FILE`, which is nothing but white space"),
        (
            "/no/such/file",
            "names `/no/such/file`, which cannot be read: No such file or directory (os error 2)",
        ),
        (
            weak.path().to_str().expect("UTF-8"),
            "is too short (4 bytes); outside development it needs at least 32 random bytes, e.g. `openssl rand -base64 32`",
        ),
    ];
    for (path, problem) in cases {
        assert_eq!(told(from_both("", &[URL, (SECRET_FILE, path)])), [format!("{SECRET_FILE} {problem}")]);
    }
    let toml = "[livekit]\nurl = \"http://a\"\napi_secret_file = \"/no/such/file\"\n";
    let problem = "names `/no/such/file`, which cannot be read: No such file or directory (os error 2)";
    assert_eq!(told(from_both(toml, &[])), [format!("FILE: livekit.api_secret_file {problem}")]);
}

#[test]
fn a_secret_given_twice_in_one_layer_is_a_fault() {
    let file = written(GOOD_SECRET);
    let path = file.path().to_str().expect("UTF-8");
    assert_eq!(
        told(from_both("", &[URL, (SECRET, GOOD_SECRET), (SECRET_FILE, path)])),
        [format!("{SECRET} is given twice, by {SECRET_FILE} too; keep one of the two")]
    );
    let toml = format!(
        "[livekit]\nurl = \"http://a\"\napi_secret = \"{GOOD_SECRET}\"\napi_secret_file = \"{path}\"\n"
    );
    assert_eq!(
        told(from_both(&toml, &[])),
        ["FILE: livekit.api_secret is given twice, by api_secret_file too; keep one of the two"]
    );
}

#[test]
fn a_secret_from_the_environment_replaces_one_from_the_file_however_each_is_given() {
    let other = written(&GOOD_SECRET.to_lowercase());
    let path = other.path().to_str().expect("UTF-8");
    let toml = format!("[livekit]\nurl = \"http://a\"\napi_secret_file = \"{path}\"\n");
    let direct = from_both(&toml, &[(SECRET, GOOD_SECRET)]).expect("it is right");
    assert_eq!(direct.livekit.api_secret.expose(), GOOD_SECRET);
    let toml = format!("[livekit]\nurl = \"http://a\"\napi_secret = \"{GOOD_SECRET}\"\n");
    let by_file = from_both(&toml, &[(SECRET_FILE, path)]).expect("it is right");
    assert_eq!(by_file.livekit.api_secret.expose(), GOOD_SECRET.to_lowercase());
}

#[test]
fn no_fault_and_no_debug_output_shows_a_secret() {
    let faults = from_both(
        "[livekit]\napi_secret = 'canary-1'\napi_secret_previous = ['canary-2']\nurl = 'http://a'\nx = 'canary-3'\n",
        &[("SAMPLE__LIVEKIT__TURN_SECRETS", "canary-4,canary-5"), ("SAMPLE__ISSUERS", "[{\"hook_secret\":\"canary-6\"}]")],
    )
    .expect_err("all of them are wrong");
    assert!(faults.iter().count() >= 5, "{faults}");
    assert!(!format!("{faults}{faults:?}").contains("canary"), "{faults:?}");

    let settings = with_secret(GOOD_SECRET).expect("it is right");
    let shown = format!("{settings:?} {}", settings.livekit.api_secret);
    assert!(shown.contains("********") && !shown.contains(GOOD_SECRET), "{shown}");
}
