//! What addresses say, and what is said about those that say nothing.

use super::*;

fn host(name: &str, port: u16) -> Host {
    Host { name: name.to_owned(), port }
}

fn login(user: Option<&str>, password: Option<&str>) -> Login {
    Login { user: user.map(str::to_owned), password: password.map(str::to_owned) }
}

#[test]
fn one_server() {
    let plain = Address::parse("redis://redis").unwrap();
    assert_eq!(plain.servers, Servers::Single(host("redis", 6379)));
    assert_eq!((plain.tls, plain.database, plain.login), (false, 0, Login::default()));

    let secure = Address::parse("rediss://us%40er:p%2Fw%20d@redis:7000/3").unwrap();
    assert_eq!(secure.servers, Servers::Single(host("redis", 7000)));
    assert_eq!((secure.tls, secure.database), (true, 3));
    assert_eq!(secure.login, login(Some("us@er"), Some("p/w d")));
}

#[test]
fn sentinels_have_a_login_of_their_own() {
    let address = Address::parse(
        "redis+sentinel://:a@one,two:5/calls?sentinel_user=watcher&sentinel_password=b%26c&tls=true",
    )
    .unwrap();
    assert_eq!(
        address.servers,
        Servers::Sentinel {
            hosts: vec![host("one", 26379), host("two", 5)],
            name: "calls".to_owned(),
            login: login(Some("watcher"), Some("b&c")),
        }
    );
    assert_eq!((address.tls, address.login), (true, login(None, Some("a"))));
}

#[test]
fn a_cluster_has_several_hosts_and_no_database() {
    let address = Address::parse("redis+cluster://u:p@one,two:7000").unwrap();
    assert_eq!(address.servers, Servers::Cluster(vec![host("one", 6379), host("two", 7000)]));
    assert!(!address.tls);
}

#[test]
fn every_fault_is_named_and_no_password_is() {
    for (text, expected) in [
        ("memory:", "development server"),
        ("", "no `://`"),
        ("sesame", "no `://`"),
        ("http://sesame@redis", "must begin with redis://"),
        ("redis://:sesame@one,two", "several hosts"),
        ("redis://:sesame@one/x", "no number of a database"),
        ("redis://:ses/ame@one", "%2F"),
        ("redis://:ses#ame@one", "%23"),
        ("redis://:%ff@one", "UTF-8"),
        ("redis://one?sesame", "unknown parameter"),
        ("redis://one?sentinel_password=sesame", "unknown parameter"),
        ("rediss://one?tls=false", "tls="),
        ("redis+sentinel://:sesame@one", "name of the primary"),
        ("redis+sentinel://:sesame@one/a/b", "name of the primary"),
        ("redis+cluster://:sesame@one/2", "one database"),
    ] {
        let problem = Address::parse(text).unwrap_err();
        assert!(problem.contains(expected), "{text:?}: {problem}");
        assert!(!problem.contains("ses"), "{text:?}: {problem}");
    }
}

#[test]
fn passwords_are_not_in_the_debug_form() {
    let address = Address::parse("redis+sentinel://u:sesame@one/calls?sentinel_password=sesame").unwrap();
    assert!(!format!("{address:?}").contains("sesame"));
}
