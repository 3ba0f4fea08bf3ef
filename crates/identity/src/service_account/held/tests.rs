//! When a token is used, renewed and asked for.

use zeroize::Zeroizing;

use super::*;

fn at(seconds: i64) -> DateTime<Utc> {
    DateTime::UNIX_EPOCH + Duration::seconds(seconds)
}

/// A token of five minutes, asked for at second 0.
fn held() -> (Held, Arc<ServiceToken>) {
    let token = Arc::new(ServiceToken(Zeroizing::new("t".to_owned())));
    let mut held = Held::default();
    assert!(held.keep(Granted { token: Arc::clone(&token), life: Duration::minutes(5) }, at(0)));
    (held, token)
}

fn look(held: &Held, seconds: i64) -> &'static str {
    match held.look(at(seconds)) {
        Look::Fresh(_) => "fresh",
        Look::Ageing(_) => "ageing",
        Look::Failed(_) => "failed",
        Look::Absent => "absent",
    }
}

#[test]
fn a_token_is_renewed_in_its_last_quarter_and_given_to_nobody_in_its_last_seconds() {
    let (held, _) = held();
    for (seconds, expected) in
        [(0, "fresh"), (224, "fresh"), (225, "ageing"), (289, "ageing"), (290, "absent"), (400, "absent")]
    {
        assert_eq!(look(&held, seconds), expected, "{seconds}");
    }
}

#[test]
fn a_token_that_lives_shortly_is_used_for_most_of_its_life() {
    let (mut held, token) = held();
    assert!(!held.keep(Granted { token, life: Duration::seconds(20) }, at(0)), "it is no news");
    for (seconds, expected) in [(14, "fresh"), (15, "ageing"), (17, "ageing"), (18, "absent")] {
        assert_eq!(look(&held, seconds), expected, "{seconds}");
    }
}

#[test]
fn after_a_failure_the_issuer_is_left_alone_for_longer_each_time() {
    let mut held = Held::default();
    let mut paused = Vec::new();
    for _ in 0..7 {
        assert!(!held.fail(ServiceAccountFailure::Unusable, at(1_000)));
        let pause =
            (0..20_000).find(|ms| matches!(held.look(at(1_000) + Duration::milliseconds(*ms)), Look::Absent));
        paused.push(pause.unwrap());
    }
    assert_eq!(paused, [500, 1_000, 2_000, 4_000, 8_000, 10_000, 10_000]);
    assert_eq!(look(&held, 1_001), "failed");
    assert_eq!(look(&held, 900), "absent", "a clock that was set back keeps nobody waiting");
}

#[test]
fn a_renewal_that_fails_leaves_the_token_in_use() {
    let (mut held, token) = held();
    assert!(held.fail(ServiceAccountFailure::Unusable, at(230)));
    assert_eq!(look(&held, 230), "fresh", "nobody asks again at once");
    assert_eq!(look(&held, 231), "ageing");
    assert!(held.keep(Granted { token, life: Duration::minutes(5) }, at(231)), "it is news after a failure");
}

#[test]
fn a_token_that_somebody_refused_is_given_up_unless_it_is_new_or_another_one() {
    let (mut held, token) = held();
    held.give_up(&token, at(9));
    held.give_up(&ServiceToken(Zeroizing::new("t".to_owned())), at(60));
    assert_eq!(look(&held, 60), "fresh");
    held.give_up(&token, at(60));
    assert_eq!(look(&held, 60), "absent");
}
