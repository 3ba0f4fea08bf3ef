//! Options and exit codes.

use std::ffi::OsString;
use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener};
use std::thread;

use schemars::JsonSchema;
use serde::Deserialize;

use super::{DONE, Outcome, UNWELL, WRONG, run};
use crate::{Environment, Faults, Secret, Service, Settings};

const SERVICE: Service =
    Service { name: "unit", version: "1.2.3", prefix: "UNIT", about: "A unit under test" };

/// One of what the options treat differently.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Unit {
    #[serde(default)]
    #[expect(dead_code, reason = "read by the crate itself")]
    environment: Environment,
    /// Where `/livez` is.
    listen: Option<SocketAddr>,
    /// The store.
    #[expect(dead_code, reason = "only printed")]
    store: Option<url::Url>,
    #[expect(dead_code, reason = "only printed")]
    key: Secret,
    #[serde(default = "size")]
    size: u8,
}

fn size() -> u8 {
    7
}

impl Settings for Unit {
    fn check(&self, _: &mut Faults) {}

    fn management_address(&self) -> Option<SocketAddr> {
        self.listen
    }
}

/// What a run ends with: the exit code, or none if the service starts; and what it wrote.
fn outcome(arguments: &[&str], environment: &[(&str, &str)]) -> (Option<i32>, String, String) {
    let arguments = ["unit"].iter().chain(arguments).map(OsString::from);
    let key = ("UNIT__KEY", "kTq3vX0mJc9ZsR7uYb2LdN5wPf8HgA1e");
    let environment = environment.iter().chain([&key]).map(|(name, value)| (name.into(), value.into()));
    let (mut output, mut errors) = (Vec::new(), Vec::new());
    let code = match run::<Unit>(&SERVICE, arguments, environment, &mut output, &mut errors) {
        Outcome::Start(started) => {
            assert_eq!(started.settings.size, 7);
            None
        }
        Outcome::Exit(code) => Some(code),
    };
    (code, String::from_utf8(output).expect("UTF-8"), String::from_utf8(errors).expect("UTF-8"))
}

#[test]
fn without_options_the_service_starts_silently() {
    assert_eq!(outcome(&[], &[]), (None, String::new(), String::new()));
}

#[test]
fn the_options_are_explained_with_their_exit_codes() {
    let (code, output, _) = outcome(&["--help"], &[]);
    assert_eq!(code, Some(DONE));
    for expected in
        ["A unit under test", "--check-config", "config/unit.toml", "docs/configuration.md", "Exit codes: 0"]
    {
        assert!(output.contains(expected), "{expected} is not in:\n{output}");
    }
    assert_eq!(outcome(&["--version"], &[]), (Some(DONE), "unit 1.2.3\n".to_owned(), String::new()));
}

#[test]
fn wrong_options_and_wrong_settings_end_alike() {
    for arguments in
        [["--nonsense"].as_slice(), &["--health", "--check-config"], &["--config", "/no/such/file"]]
    {
        let (code, output, errors) = outcome(arguments, &[]);
        assert_eq!((code, output.as_str()), (Some(WRONG), ""), "{arguments:?}");
        assert!(!errors.is_empty());
    }
}

#[test]
fn the_configuration_is_checked_without_starting() {
    assert_eq!(
        outcome(&["--check-config"], &[]),
        (Some(DONE), "configuration is valid\n".to_owned(), String::new())
    );
    let (code, output, errors) = outcome(&["--check-config"], &[("UNIT__SIZE", "x")]);
    assert_eq!((code, output.as_str()), (Some(WRONG), ""));
    assert_eq!(errors, "unit cannot start: 1 setting is wrong.\n\n  UNIT__SIZE   must be a whole number\n");
}

#[test]
fn the_configuration_is_printed_with_defaults_and_without_secrets() {
    let environment = [("UNIT__STORE", "redis://user:canary@127.0.0.1:6379/0")];
    let (code, output, errors) = outcome(&["--print-config"], &environment);
    assert_eq!((code, errors.as_str()), (Some(DONE), ""));
    assert_eq!(
        output,
        "environment = \"production\"\nkey = \"********\"\nsize = 7\nstore = \"redis://user:********@127.0.0.1:6379/0\"\n"
    );
}

#[test]
fn health_is_what_livez_answers() {
    for (answer, code) in
        [("HTTP/1.1 200 OK\r\n\r\n", DONE), ("HTTP/1.1 503 No\r\n\r\n", UNWELL), ("", UNWELL)]
    {
        let listener = TcpListener::bind("127.0.0.1:0").expect("there is a free port");
        // Listening everywhere is reached by the loopback.
        let address = format!("0.0.0.0:{}", listener.local_addr().expect("it is bound").port());
        let served = thread::spawn(move || {
            let (mut stream, _) = listener.accept().expect("somebody asks");
            // A socket that is closed with unread bytes in it resets the connection and takes the answer with it.
            let mut request = [0; 256];
            assert!(stream.read(&mut request).is_ok_and(|read| request[..read].starts_with(b"GET /livez ")));
            stream.write_all(answer.as_bytes()).expect("the answer fits into the socket's buffer");
        });
        assert_eq!(outcome(&["--health"], &[("UNIT__LISTEN", &address)]).0, Some(code), "{answer}");
        served.join().expect("the answer was written");
        assert_eq!(
            outcome(&["--health"], &[("UNIT__LISTEN", &address)]).0,
            Some(UNWELL),
            "nobody listens any more"
        );
    }
    assert_eq!(outcome(&["--health"], &[]).0, Some(UNWELL), "it has no such port");
}

#[cfg(unix)]
#[test]
fn a_variable_of_ours_that_is_no_text_is_a_fault() {
    use std::os::unix::ffi::OsStringExt;

    let garbage = OsString::from_vec(vec![0xff]);
    let environment = [("UNIT__KEY".into(), garbage.clone()), ("OTHER".into(), garbage)];
    let mut errors = Vec::new();
    let outcome = run::<Unit>(&SERVICE, ["unit".into()], environment, &mut Vec::new(), &mut errors);
    assert!(matches!(outcome, Outcome::Exit(WRONG)));
    assert!(String::from_utf8(errors).expect("UTF-8").contains("UNIT__KEY   is not UTF-8 text"));
}
