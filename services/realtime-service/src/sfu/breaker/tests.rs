//! The breaker, held against what it promises.

use proptest::collection::vec;
use proptest::prelude::*;

use super::*;

/// A call at some time after the one before, and what comes of it; none for a caller who went away.
#[derive(Debug, Clone)]
struct Step {
    after: Duration,
    verdict: Option<Verdict>,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let verdict = prop_oneof![
        4 => Just(Some(Verdict::Silent)),
        1 => Just(Some(Verdict::Answered)),
        1 => Just(Some(Verdict::Unclear)),
        1 => Just(None),
    ];
    let step = (0_u64..3_000, verdict)
        .prop_map(|(after, verdict)| Step { after: Duration::from_millis(after), verdict });
    vec(step, 0..200)
}

proptest! {
    #[test]
    fn whatever_happened_an_answer_closes_it_and_nobody_waits_for_longer_than_the_longest_rest(steps in steps()) {
        let mut now = Instant::now();
        let mut breaker = Breaker::new();
        let mut silent_in_a_row = 0;
        for Step { after, verdict } in steps {
            now += after;
            match breaker.enter(now) {
                Ok(()) => {}
                Err(rest) => {
                    prop_assert!(silent_in_a_row >= MOST_FAILURES, "it opened after {silent_in_a_row}");
                    prop_assert!(!rest.is_zero() && rest <= LONGEST_REST, "{rest:?}");
                    continue;
                }
            }
            let Some(verdict) = verdict else { continue };
            let change = breaker.conclude(verdict, now);
            match verdict {
                Verdict::Answered => {
                    prop_assert_eq!(change == Some(Change::Closed), silent_in_a_row >= MOST_FAILURES);
                    silent_in_a_row = 0;
                }
                Verdict::Silent => {
                    silent_in_a_row += 1;
                    let opened = change == Some(Change::Opened(SHORTEST_REST));
                    prop_assert_eq!(opened, silent_in_a_row == MOST_FAILURES);
                }
                Verdict::Unclear => prop_assert_eq!(change, None),
            }
        }
        now += LONGEST_REST.max(TRY_PATIENCE);
        prop_assert!(breaker.enter(now).is_ok());
        breaker.conclude(Verdict::Answered, now);
        prop_assert!(breaker.enter(now).is_ok() && breaker.enter(now).is_ok());
    }

    #[test]
    fn while_it_is_half_open_one_call_at_a_time_tries(callers in 2_usize..50, wait in 0_u64..2_000) {
        let (mut breaker, mut now) = opened();
        now += SHORTEST_REST;
        let admitted = (0..callers).filter(|_| breaker.enter(now).is_ok()).count();
        prop_assert_eq!(admitted, 1);
        now += Duration::from_millis(wait);
        prop_assert!(breaker.enter(now).is_err());
    }
}

fn opened() -> (Breaker, Instant) {
    let (mut breaker, now) = (Breaker::new(), Instant::now());
    for _ in 0..MOST_FAILURES {
        breaker.enter(now).unwrap();
        breaker.conclude(Verdict::Silent, now);
    }
    (breaker, now)
}

#[test]
fn each_try_that_fails_doubles_the_rest_up_to_the_longest() {
    let (mut breaker, mut now) = opened();
    for seconds in [1, 2, 4, 8, 8] {
        let rest = Duration::from_secs(seconds);
        assert_eq!(breaker.enter(now), Err(rest));
        now += rest;
        breaker.enter(now).unwrap();
        assert_eq!(breaker.conclude(Verdict::Silent, now), None);
    }
}

#[test]
fn a_try_that_says_nothing_leaves_it_to_the_next_and_so_does_one_that_is_never_heard_of_again() {
    let (mut breaker, mut now) = opened();
    now += SHORTEST_REST;
    breaker.enter(now).unwrap();
    breaker.conclude(Verdict::Unclear, now);
    breaker.enter(now).unwrap();
    assert!(breaker.enter(now).is_err());
    assert!(breaker.enter(now + TRY_PATIENCE).is_ok());
}

#[test]
fn what_was_begun_before_it_opened_does_not_prolong_the_rest() {
    let (mut breaker, now) = opened();
    assert_eq!(breaker.conclude(Verdict::Silent, now + SHORTEST_REST / 2), None);
    assert!(breaker.enter(now + SHORTEST_REST).is_ok());
}
