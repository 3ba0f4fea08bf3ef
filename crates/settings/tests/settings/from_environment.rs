//! Texts of variables become values as the schema says, or faults.

use settings::Environment;

use crate::sample::{Issuer, Level, check, from_both, told, with};

#[test]
fn without_anything_optional_the_defaults_stand() {
    let settings = with(&[]).expect("the least is enough");
    assert_eq!(settings.livekit.url.port(), Some(7880));
    assert_eq!(settings.environment, Environment::Production);
    assert_eq!(settings.server.management_listen.port(), 9081);
    assert_eq!(settings.livekit.token_ttl_seconds, 120);
    assert!(settings.server.origins.is_empty());
    assert!(settings.turn.is_none());
    assert!(settings.livekit.api_secret_previous.is_none());
}

#[test]
fn every_type_is_read_from_text() {
    let settings = with(&[
        ("SAMPLE__ENVIRONMENT", "development"),
        ("SAMPLE__SERVER__MANAGEMENT_LISTEN", "[::]:1"),
        ("SAMPLE__SERVER__TRUSTED_PROXIES", " 10.0.0.1, ::1 ,"),
        ("SAMPLE__SERVER__VERBOSE", "true"),
        ("SAMPLE__SERVER__SAMPLE_RATIO", "0.25"),
        ("SAMPLE__SERVER__LEVEL", "error"),
        ("SAMPLE__SERVER__COLLECTOR", "http://127.0.0.1:4318/base"),
        ("SAMPLE__LIVEKIT__API_KEY", "1234"),
        ("SAMPLE__LIVEKIT__TOKEN_TTL_SECONDS", "60"),
        ("SAMPLE__LABELS", r#"{"zone":"a"}"#),
        ("SAMPLE__TURN__USERNAME", "user"),
        ("SAMPLE__TURN__CREDENTIAL", "chosen by others"),
    ])
    .expect("all is right");
    assert!(settings.environment.is_development());
    assert_eq!(settings.server.management_listen.to_string(), "[::]:1");
    assert_eq!(settings.server.trusted_proxies, ["10.0.0.1", "::1"]);
    assert!(settings.server.verbose);
    assert!((settings.server.sample_ratio - 0.25).abs() < f64::EPSILON);
    assert_eq!(settings.server.level, Level::Error);
    assert_eq!(settings.server.collector.expect("it was given").path(), "/base");
    assert_eq!(settings.livekit.api_key, "1234", "a text of digits stays a text");
    assert_eq!(settings.livekit.token_ttl_seconds, 60);
    assert_eq!(settings.labels["zone"], "a");
    let turn = settings.turn.expect("it was given");
    assert_eq!((turn.username.as_str(), turn.credential.expose()), ("user", "chosen by others"));
}

#[test]
fn a_list_of_tables_is_json_and_its_simple_form_is_comma_separated() {
    let simple =
        with(&[("SAMPLE__ISSUERS", "https://a.example/1,https://b.example/2")]).expect("it is right");
    assert!(
        matches!(simple.issuers.as_slice(), [Issuer::Address(_), Issuer::Address(second)] if second.path() == "/2")
    );
    let json =
        r#"["https://a.example/1", {"issuer": "https://b.example/2", "tenant": "two", "hook_secret": null}]"#;
    let mixed = with(&[("SAMPLE__ISSUERS", json)]).expect("it is right");
    assert!(
        matches!(mixed.issuers.as_slice(), [Issuer::Address(_), Issuer::Table(table)] if table.tenant.as_deref() == Some("two"))
    );
}

#[test]
fn an_empty_variable_means_none_where_there_may_be_none() {
    let settings = with(&[("SAMPLE__SERVER__COLLECTOR", ""), ("SAMPLE__SERVER__TRUSTED_PROXIES", "")])
        .expect("it is right");
    assert!(settings.server.collector.is_none());
    assert!(settings.server.trusted_proxies.is_empty());
}

#[test]
fn what_is_wrong_is_said_with_what_would_be_right() {
    let cases: &[(&str, &str, &str)] = &[
        ("LIVEKIT__TOKEN_TTL_SECONDS", "10", "is 10; it must be between 30 and 600"),
        ("LIVEKIT__TOKEN_TTL_SECONDS", "-1", "is -1; it must be between 30 and 600"),
        ("LIVEKIT__TOKEN_TTL_SECONDS", "99999999999", "is 99999999999; it must be between 30 and 600"),
        ("LIVEKIT__TOKEN_TTL_SECONDS", "two minutes", "must be a whole number"),
        ("LIVEKIT__TOKEN_TTL_SECONDS", "60.0", "must be a whole number"),
        ("LIVEKIT__TOKEN_TTL_SECONDS", "", "must be a whole number"),
        ("LIVEKIT__ROOM_SECONDS", "-5", "is -5; it must be at least 0"),
        (
            "LIVEKIT__URL",
            "livekit",
            "is not a URL (relative URL without a base); it must look like `https://host.example`",
        ),
        ("LIVEKIT__URL", "", "is empty"),
        ("LIVEKIT__API_KEY", "ab", "has 2 characters; there must be between 3 and 20"),
        ("SERVER__SAMPLE_RATIO", "1.5", "is 1.5; it must be between 0 and 1"),
        ("SERVER__SAMPLE_RATIO", "NaN", "must be a number"),
        ("SERVER__VERBOSE", "yes", "must be `true` or `false`"),
        ("SERVER__LEVEL", "warn", "must be `info` or `error`"),
        ("SERVER__TRUSTED_PROXIES", "a,b,c,d", "has 4 entries; there must be at most 3"),
        ("SERVER__MANAGEMENT_LISTEN", "localhost", "is refused: invalid socket address syntax"),
        ("ENVIRONMENT", "Development", "must be `development` or `production`"),
        ("LABELS", "zone=a", "is not valid JSON: expected value at line 1 column 1"),
        ("LABELS", "[]", "must be a table"),
        ("ISSUERS", "[{]", "is not valid JSON: key must be a string at line 1 column 3"),
        ("ISSUERS", "5", "is not a URL"),
    ];
    for (name, value, expected) in cases {
        let name = format!("SAMPLE__{name}");
        let mut environment = crate::sample::LEAST.to_vec();
        environment.retain(|(other, _)| *other != name);
        environment.push((&name, value));
        let faults = told(from_both("", &environment));
        let [fault] = faults.as_slice() else { panic!("{name}={value}: {faults:?}") };
        let place = if name.ends_with("ISSUERS") && *value == "5" { "[0]" } else { "" };
        assert!(fault.starts_with(&format!("{name}{place} {expected}")), "{name}={value}: {fault}");
    }
}

#[test]
fn all_faults_are_told_at_once() {
    check(
        &[
            ("SAMPLE__LIVEKIT__TOKEN_TTL_SECONDS", "10"),
            ("SAMPLE__LIVEKIT__ROOM_SECONDS", "3"),
            ("SAMPLE__SERVER__MANAGEMENT_LISTEN", "here"),
            ("SAMPLE__SERVER__VERBOSE", "maybe"),
            ("SAMPLE__TURN__USERNAME", "user"),
            ("SAMPLE__ISSUERS", r#"[{"tenant": 1, "isuer": "x"}]"#),
            ("SAMPLE__STRAY", "x"),
        ],
        &[
            "SAMPLE__ISSUERS[0].issuer is required and missing: Its URL.",
            "SAMPLE__ISSUERS[0].tenant must be a text",
            "SAMPLE__ISSUERS[0].isuer is not a setting; did you mean issuer?",
            "SAMPLE__LIVEKIT__TOKEN_TTL_SECONDS is 10; it must be between 30 and 600",
            "SAMPLE__SERVER__VERBOSE must be `true` or `false`",
            "SAMPLE__TURN__CREDENTIAL is required and missing: What goes with it. The provider chose its length.",
            "SAMPLE__SERVER__MANAGEMENT_LISTEN is refused: invalid socket address syntax",
            "SAMPLE__STRAY is not a setting",
        ],
    );
}

#[test]
fn each_missing_setting_of_a_required_section_is_named() {
    let faults = told(from_both("", &[]));
    assert_eq!(
        faults,
        [
            "SAMPLE__LIVEKIT__API_SECRET is required and missing: What signs tokens.",
            "SAMPLE__LIVEKIT__URL is required and missing: Where the server is called.",
        ]
    );
}
