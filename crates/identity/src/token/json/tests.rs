//! What is read is what `serde_json::Value` would be, and what that refuses is refused.

use proptest::prelude::*;
use serde_json::Value;

use super::*;

/// Whether `ours` says of each value what `theirs` does.
fn agrees(ours: &Json<'_>, theirs: &Value) -> bool {
    match theirs {
        Value::String(text) => ours.as_text() == Some(text),
        Value::Number(number) => match number.as_i64() {
            Some(integer) => ours.as_integer() == Some(integer),
            None => matches!(ours, Json::Other),
        },
        Value::Array(list) => ours.as_list().is_some_and(|ours| {
            ours.len() == list.len() && ours.iter().zip(list).all(|(ours, theirs)| agrees(ours, theirs))
        }),
        Value::Object(members) => {
            members.iter().all(|(name, value)| ours.get(name).is_some_and(|ours| agrees(ours, value)))
        }
        Value::Null | Value::Bool(_) => matches!(ours, Json::Other),
    }
}

fn check(text: &str) -> Result<(), String> {
    let ours = serde_json::from_str(text).map(Json::Object);
    let theirs = serde_json::from_str(text).map(Value::Object);
    match (&ours, &theirs) {
        (Ok(ours), Ok(theirs)) if agrees(ours, theirs) => Ok(()),
        (Err(_), Err(_)) => Ok(()),
        (Ok(_) | Err(_), Ok(_) | Err(_)) => Err(format!("{text}: {ours:?}, but {theirs:?}")),
    }
}

#[test]
fn broken_text_anywhere_is_refused() {
    for value in [
        r"1e999",
        r"-1e999",
        r"01",
        r"1.",
        r"+1",
        r"-",
        r"NaN",
        r"tru",
        r"[1,]",
        r"[1 2]",
        r#"{"a":1,}"#,
        r"{a:1}",
        r"{1:1}",
        r#""\ud800""#,
        r#""\udc00\ud800""#,
        r#""\x""#,
        r#""\u12g4""#,
        "\"\n\"",
        r#"""#,
        r#"{"\ud800":1}"#,
        r"[[[1]]",
        r"[[[1]]]]",
    ] {
        for text in [format!("{{\"a\":{value}}}"), format!("{{\"a\":[{value}]}}"), value.to_owned()] {
            assert!(serde_json::from_str::<Object<'_>>(&text).is_err(), "{text}");
            check(&text).unwrap();
        }
    }
    assert!(serde_json::from_slice::<Object<'_>>(b"{\"a\": \"\xff\"}").is_err());
}

#[test]
fn nesting_is_bounded_where_that_of_the_library_is() {
    for (open, close) in [("[", "]"), ("{\"a\":", "}")] {
        let nested = |depth| format!("{{\"a\":{}1{}}}", open.repeat(depth), close.repeat(depth));
        for depth in 120..135 {
            check(&nested(depth)).unwrap();
        }
        assert!(serde_json::from_str::<Object<'_>>(&nested(120)).is_ok());
        assert!(serde_json::from_str::<Object<'_>>(&nested(10_000)).is_err());
        assert!(serde_json::from_str::<Object<'_>>(&format!("{{\"a\":{}", open.repeat(10_000))).is_err());
    }
}

#[test]
fn values_mean_what_they_say() {
    for value in [
        "0",
        "-0",
        "1.0",
        "1e3",
        "9223372036854775807",
        "9223372036854775808",
        "-9223372036854775808",
        "-9223372036854775809",
        "18446744073709551616",
        "true",
        "null",
        r#""""#,
        r#""a\u00e9\ud83d\ude00\n""#,
        "[]",
        "{}",
        r#"{"a":1,"a":2}"#,
        r#"{"\u0061":1}"#,
        r#"[1,["b",{"c":null}]]"#,
    ] {
        check(&format!(" {{ \"x\" : {value} , \"y\":{value}}} ")).unwrap();
    }
}

#[test]
fn a_name_that_occurs_twice_is_noticed_whatever_stands_between() {
    let names = |names: &[&str]| {
        let members: Vec<_> = names.iter().map(|name| format!("\"{name}\":0")).collect();
        format!("{{{}}}", members.join(","))
    };
    for (names, expected) in [
        (names(&[]), false),
        (names(&["a"]), false),
        (names(&["a", "A", "b", "aa"]), false),
        (names(&["a", "b", "a"]), true),
        (names(&["b", "a", r"\u0062"]), true),
        (names(&["", "c", "b", "a", ""]), true),
        (r#"{"a":{"b":0,"b":0},"b":0}"#.to_owned(), false),
    ] {
        let object: Object<'_> = serde_json::from_str(&names).unwrap();
        assert_eq!(object.has_duplicate(), expected, "{names}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(1_000) })]

    #[test]
    fn any_text_is_read_or_refused_as_by_the_library(
        text in "\\{(\"[ab\\\\u0061]{0,6}\"|[\\[\\]{}:,0-9e.\"-]| |null|true|\"\\\\ud8[0-9]{2}\"){0,12}\\}",
    ) {
        prop_assert_eq!(check(&text), Ok(()));
    }
}
