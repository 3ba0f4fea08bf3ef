//! The rules, for any times.

use proptest::prelude::*;
use serde_json::json;

use super::*;

/// Some instant that the others are told from, in whole seconds.
fn at(milliseconds: i64) -> DateTime<Utc> {
    DateTime::from_timestamp_millis(1_800_000_000_000 + milliseconds).expect("it is in range")
}

fn denial(kind: DenialKind, since: i64, until: Option<i64>, readmitted: Option<i64>) -> Denial {
    Denial {
        schema: Schema,
        kind,
        by: UserId::parse("mona").expect("an id"),
        reason: None,
        since: at(since),
        until: until.map(at),
        readmitted_at: readmitted.map(at),
        kept_until: None,
        extra: Extra::new(),
    }
}

fn kinds() -> impl Strategy<Value = DenialKind> {
    prop_oneof![Just(DenialKind::Kicked), Just(DenialKind::Banned), Just(DenialKind::Removed)]
}

/// A bar of up to an hour, whoever it bars being let in again at some moment after it, or not yet.
fn denials() -> impl Strategy<Value = Denial> {
    let times = (0..1_000_i64, 1_000..3_600_000_i64, proptest::option::of(0..3_600_000_i64));
    (kinds(), times).prop_map(|(kind, (since, bar, after))| {
        denial(kind, since, Some(since + bar), after.map(|after| since + bar + after))
    })
}

proptest! {
    #[test]
    fn a_bar_lasts_up_to_its_end_and_not_at_it(denial in denials(), now in -1_000..8_000_000_i64) {
        let until = denial.until.expect("it has an end");
        prop_assert_eq!(denial.bars(at(now)).is_some(), at(now) < until);
        let code = if denial.kind == DenialKind::Banned { ErrorCode::Banned } else { ErrorCode::Kicked };
        prop_assert!(denial.bars(at(now)).is_none_or(|told| told == code));
    }

    #[test]
    fn a_ban_without_an_end_has_none(kind in kinds(), now in 0..i64::from(u32::MAX)) {
        prop_assert!(denial(kind, 0, None, None).bars(at(now)).is_some());
    }

    #[test]
    fn what_was_given_before_is_void_for_ever(denial in denials(), before in 0..100_000_i64) {
        let since = denial.since - TimeDelta::milliseconds(before);
        prop_assert!(denial.voids(since));
        prop_assert!(denial.evicts(since, at(1_000_000_000)));
    }

    #[test]
    fn without_a_join_nothing_is_worth_anything(mut denial in denials(), given in 0..8_000_000_i64) {
        denial.readmitted_at = None;
        prop_assert!(denial.awaits_readmission());
        prop_assert!(denial.voids(at(given)), "LiveKit refreshes tokens between the denial and the removal");
        prop_assert!(denial.evicts(at(given), at(1_000_000_000)));
    }

    /// The token of the join, and all after it, by clocks that are some seconds apart; `nbf` has whole seconds.
    #[test]
    fn the_join_that_lets_them_in_again_is_worth_something(
        mut denial in denials(),
        after in 0..1_000_000_i64,
        clocks in -9_000..9_000_i64,
    ) {
        let until = denial.until.expect("it has an end");
        let now = until + TimeDelta::milliseconds(after);
        denial = denial.readmitted(now);
        let minted = now + TimeDelta::milliseconds(clocks);
        let not_before = DateTime::from_timestamp(minted.timestamp(), 0).expect("it is in range");
        // A clock that is behind by more than the whole bar: the token looks as if it were from before it.
        prop_assume!(not_before > denial.since);
        prop_assert!(!denial.voids(not_before));
        prop_assert!(!denial.evicts(not_before, now));
    }

    #[test]
    fn whoever_is_barred_must_go_and_whoever_came_by_a_void_token_too(
        denial in denials(),
        joined in 0..8_000_000_i64,
        now in 0..8_000_000_i64,
    ) {
        let must_go = denial.bars(at(now)).is_some() || denial.voids(at(joined));
        prop_assert_eq!(denial.evicts(at(joined), at(now)), must_go);
    }

    /// Ten minutes are what LiveKit gives a token that it refreshes, one is its leeway.
    #[test]
    fn the_record_outlives_every_token_that_it_voids(
        denial in denials(),
        now in 0..8_000_000_i64,
        token_life in 30..600_u64,
    ) {
        let now = at(now).max(denial.since);
        let life = Duration::from_secs(token_life);
        let kept = denial.matters_for(now, life).expect("it ends");
        let end = now + kept;
        let last_refresh = denial.until.expect("it has an end").max(now);
        prop_assert!(last_refresh + life + Duration::from_mins(11) <= end);
        prop_assert_eq!(Denial { until: None, ..denial }.matters_for(now, life), None);
    }

    #[test]
    fn lifting_ends_the_bar_and_nothing_else(mut denial in denials(), now in 0..8_000_000_i64) {
        denial.readmitted_at = None;
        let lifted = denial.clone().lifted(at(now));
        prop_assert_eq!(lifted.bars(at(now)), None);
        prop_assert!(lifted.until <= denial.until, "no bar grows by being lifted");
        prop_assert!(lifted.voids(at(now)));
    }
}

#[test]
fn a_record_of_a_newer_release_is_kept_whole_and_one_of_another_meaning_is_refused() {
    let stored = json!({
        "schema": 1, "kind": "banned", "by": "mona", "reason": "noise", "since": "2026-01-01T00:00:00.000Z",
        "until": "2026-01-02T00:00:00.000Z", "new": { "field": [1] },
    });
    let read: Denial = serde_json::from_value(stored.clone()).expect("it is a denial");
    assert_eq!(serde_json::to_value(&read).expect("it is JSON"), stored);
    let mut other = stored;
    other["schema"] = json!(2);
    assert!(serde_json::from_value::<Denial>(other).is_err());
}

#[test]
fn the_person_is_told_what_happened_to_them() {
    for (kind, reason) in [
        (DenialKind::Kicked, RemovalReason::Kicked),
        (DenialKind::Banned, RemovalReason::Banned),
        (DenialKind::Removed, RemovalReason::Removed),
    ] {
        assert_eq!(denial(kind, 0, None, None).removal_reason(), reason);
    }
}
