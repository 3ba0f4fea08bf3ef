//! Which tokens an ended login concerns, for how long it is known, and who is woken.

use signal_protocol::{Tenant, UserId};
use zeroize::Zeroizing;

use super::*;

fn at(second: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(1_800_000_000 + second, 0).unwrap()
}

fn user(name: &str) -> UserId {
    UserId::parse(name).unwrap()
}

fn caller(name: &str, session: Option<&str>, issued: i64) -> Caller {
    Caller {
        user: user(name),
        tenant: Tenant::parse("acme").unwrap(),
        name: None,
        session: session.map(str::to_owned),
        administrator: false,
        acts_on_calls: false,
        issued_at: at(issued),
        expires_at: at(issued + 300),
        token: Zeroizing::new(String::new()),
    }
}

fn one(session: &str, second: i64) -> Revocation {
    Revocation {
        logins: Logins::One { session: session.to_owned(), user: Some(user("alice")) },
        at: at(second),
    }
}

fn all_of(name: &str, second: i64) -> Revocation {
    Revocation { logins: Logins::AllOf(user(name)), at: at(second) }
}

#[test]
fn a_session_that_was_ended_is_over_whenever_its_token_was_issued_and_no_other_is() {
    let mut known = Known::default();
    assert!(known.add(&one("s-1", 100), at(0)));
    for issued in [0, 100, 200] {
        assert!(known.concerns(&caller("alice", Some("s-1"), issued)), "{issued}");
    }
    assert!(!known.concerns(&caller("alice", Some("s-2"), 0)));
}

#[test]
fn a_token_that_names_no_session_is_over_with_any_session_of_its_user() {
    let mut known = Known::default();
    assert!(known.add(&one("s-1", 100), at(0)));
    for (issued, is_over) in [(0, true), (100, true), (101, false)] {
        assert_eq!(known.concerns(&caller("alice", None, issued)), is_over, "{issued}");
    }
    assert!(!known.concerns(&caller("bob", None, 0)));
    assert!(known.add(&one("s-2", 200), at(0)));
    assert!(known.concerns(&caller("alice", None, 200)));
    assert!(known.add(&one("s-3", 150), at(101)), "the first one is forgotten");
    assert!(known.concerns(&caller("alice", None, 200)), "the second one is not");
    assert!(known.add(&one("s-4", 300), at(250)));
    assert!(known.concerns(&caller("alice", None, 300)) && !known.concerns(&caller("alice", None, 301)));
    let nobodys = Logins::One { session: "s-5".to_owned(), user: None };
    assert!(known.add(&Revocation { logins: nobodys, at: at(400) }, at(350)));
    assert!(
        !known.concerns(&caller("alice", None, 300)),
        "whose it was nobody said, and the others are forgotten"
    );
}

#[test]
fn of_a_user_what_was_issued_up_to_that_second_is_over() {
    let mut known = Known::default();
    assert!(known.add(&all_of("alice", 100), at(0)));
    for (issued, is_over) in [(0, true), (100, true), (101, false)] {
        assert_eq!(known.concerns(&caller("alice", Some("s-1"), issued)), is_over, "{issued}");
        assert_eq!(known.concerns(&caller("alice", None, issued)), is_over, "{issued}");
    }
    assert!(!known.concerns(&caller("bob", Some("s-1"), 0)));
}

#[test]
fn neither_the_order_nor_the_number_of_tellings_matters() {
    let mut known = Known::default();
    assert!(known.add(&all_of("alice", 100), at(0)));
    assert!(!known.add(&all_of("alice", 100), at(0)));
    assert!(!known.add(&all_of("alice", 50), at(0)));
    assert!(known.add(&all_of("alice", 120), at(0)));
    assert!(known.add(&one("s-1", 100), at(0)));
    assert!(!known.add(&one("s-1", 130), at(0)));
    assert!(known.concerns(&caller("alice", None, 120)));
}

#[test]
fn what_can_concern_no_token_any_more_is_forgotten_and_not_taken_in() {
    let mut known = Known::default();
    known.add(&one("s-1", 100), at(0));
    known.add(&all_of("alice", 100), at(0));
    known.add(&all_of("alice", 200), at(0));
    assert_eq!(known.len(), 3);
    assert!(known.add(&one("s-2", 150), at(101)));
    assert_eq!(known.len(), 2);
    assert!(!known.concerns(&caller("bob", Some("s-1"), 0)));
    assert!(known.concerns(&caller("alice", None, 200)), "more of theirs was ended since");
    assert!(!known.add(&one("s-3", 100), at(101)));
}

#[test]
fn of_more_than_there_is_room_for_the_first_are_forgotten() {
    let mut known = Known::with_room_for(2);
    for session in ["s-1", "s-2", "s-3"] {
        known.add(&one(session, 100), at(0));
    }
    assert_eq!(known.len(), 2);
    let concerns = |session| known.concerns(&caller("alice", Some(session), 0));
    assert_eq!(["s-1", "s-2", "s-3"].map(concerns), [false, true, true]);
    let mut known = Known::with_room_for(1);
    for (session, ended) in [("s-1", 200), ("s-2", 150)] {
        known.add(&one(session, ended), at(0));
    }
    assert!(known.concerns(&caller("alice", None, 150)), "one that may be theirs is still known");
}

fn revocations() -> Revocations {
    let tenants = ["acme", "other"].map(|tenant| Tenant::parse(tenant).unwrap());
    Revocations::new(tenants, &IdentitySettings::default(), Clock::manual(at(0)))
}

fn has_ended(watch: &mut LoginWatch) -> bool {
    use std::task::{Context, Waker};
    let mut context = Context::from_waker(Waker::noop());
    std::pin::pin!(watch.ended()).poll(&mut context).is_ready()
}

#[test]
fn tenants_never_meet() {
    let revocations = revocations();
    let (acme, other) = (Tenant::parse("acme").unwrap(), Tenant::parse("other").unwrap());
    assert!(revocations.revoke(&other, &one("s-1", 0)));
    let alice = caller("alice", Some("s-1"), 0);
    assert!(!revocations.concerns(&alice));
    assert!(revocations.revoke(&acme, &one("s-1", 0)));
    assert!(revocations.concerns(&alice));
    assert!(!revocations.revoke(&Tenant::parse("nobodys").unwrap(), &one("s-1", 0)));
    assert_eq!(revocations.0.shown.get(), 2);
}

#[test]
fn whoever_watches_a_login_hears_of_its_end_and_of_no_other() {
    let revocations = revocations();
    let acme = Tenant::parse("acme").unwrap();
    let watch = |name, session| revocations.watch(&Arc::new(caller(name, Some(session), 0)));
    let (mut first, mut second, mut bobs) =
        (watch("alice", "s-1"), watch("alice", "s-2"), watch("bob", "s-3"));
    revocations.revoke(&acme, &one("s-1", 0));
    assert!(has_ended(&mut first) && !has_ended(&mut second) && !has_ended(&mut bobs));
    assert!(has_ended(&mut watch("alice", "s-1")), "whoever comes late hears at once");
    revocations.revoke(&acme, &all_of("alice", 0));
    assert!(has_ended(&mut second) && !has_ended(&mut bobs));
    let nobodys = Logins::One { session: "s-3".to_owned(), user: None };
    revocations.revoke(&acme, &Revocation { logins: nobodys, at: at(0) });
    assert!(has_ended(&mut bobs), "though it was not said whose it was");
    drop((first, second, bobs));
    assert!(revocations.0.tenants.values().all(|place| place.watchers.len() == 0));
}
