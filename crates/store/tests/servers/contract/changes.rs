//! Changes: read, decide, commit, and again where somebody else was faster.

use std::time::Duration;

use store::{Attempts, Change, Contended, Key, Read, Snapshot, StoreError, Write};
use tokio::task::JoinSet;

use super::{Side, in_turn, put};

/// More than there are others, so that each of them is in time at last.
const PATIENT: Attempts = Attempts { change: "count", most: 64, longest_pause: Duration::from_millis(20) };

pub(super) async fn all(side: &Side) {
    in_turn!(side;
        of_changes_that_meet_none_is_lost,
        what_was_absent_must_still_be_absent,
        what_is_so_already_is_not_written,
        what_is_refused_is_not_written,
        a_change_that_is_overtaken_each_time_is_given_up,
    );
}

/// Why a change was not made.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
enum Failure {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Contended(#[from] Contended),
    #[error("it is refused")]
    Refused,
}

/// Adds one to the number at `key`, and gives what it is then.
async fn count(side: &Side, key: &Key) -> Result<u32, Failure> {
    let read = Read::new().and(key.clone(), 0);
    side.store
        .change(&side.tenant, PATIENT, read, |read| {
            let outcome = read.parse::<u32>(key)?.unwrap_or(0) + 1;
            Ok(Change { outcome, writes: vec![put(key, &outcome.to_string())] })
        })
        .await
}

async fn of_changes_that_meet_none_is_lost(side: &Side) {
    let key = Key::new("count", "together");
    let mut racers = JoinSet::new();
    for _ in 0..8 {
        let (side, key) = (side.clone(), key.clone());
        racers.spawn(async move { count(&side, &key).await.unwrap() });
    }
    let mut counted = racers.join_all().await;
    counted.sort_unstable();
    assert_eq!(counted, [1, 2, 3, 4, 5, 6, 7, 8]);
}

async fn what_was_absent_must_still_be_absent(side: &Side) {
    let [first, second] = ["first", "second"].map(|id| Key::new("absent", id));
    let read = Read::new().and(first.clone(), 0).and(second.clone(), 0);
    let mut readings = 0;
    let changed: Result<bool, Failure> = side
        .store
        .change(&side.tenant, PATIENT, read, |read| {
            readings += 1;
            if readings == 1 {
                meanwhile(side, vec![put(&second, "2")]);
            }
            Ok(Change { outcome: read.data(&second).is_some(), writes: vec![put(&first, "1")] })
        })
        .await;
    assert_eq!((changed, readings), (Ok(true), 2));
}

async fn what_is_so_already_is_not_written(side: &Side) {
    let key = Key::new("count", "known");
    side.write(vec![put(&key, "7")]).await;
    let version = side.version(&key).await;
    let known =
        side.store.change(&side.tenant, PATIENT, Read::new().and(key.clone(), 0), |read: &Snapshot| {
            Ok::<_, Failure>(Change::none(read.parse::<u32>(&key)?))
        });
    assert_eq!(known.await, Ok(Some(7)));
    assert_eq!(side.version(&key).await, version);
}

async fn what_is_refused_is_not_written(side: &Side) {
    let key = Key::new("count", "refused");
    let refused =
        side.store.change(&side.tenant, PATIENT, Read::new().and(key.clone(), 0), |_: &Snapshot| {
            Err::<Change<()>, _>(Failure::Refused)
        });
    assert_eq!(refused.await, Err(Failure::Refused));
    assert_eq!(side.data(&key).await, None);
}

async fn a_change_that_is_overtaken_each_time_is_given_up(side: &Side) {
    let key = Key::new("count", "contended");
    let attempts = Attempts { change: "contended", most: 3, longest_pause: Duration::ZERO };
    let mut readings = 0;
    let given_up =
        side.store.change(&side.tenant, attempts, Read::new().and(key.clone(), 0), |_: &Snapshot| {
            readings += 1;
            meanwhile(side, vec![put(&key, "theirs")]);
            Ok::<_, Failure>(Change { outcome: (), writes: vec![put(&key, "ours")] })
        });
    assert_eq!(given_up.await, Err(Failure::Contended(Contended { attempts: 3 })));
    assert_eq!((readings, side.data(&key).await.as_deref()), (3, Some(b"theirs".as_slice())));
}

/// Somebody else writes this, between a reading and its commit.
fn meanwhile(side: &Side, writes: Vec<Write>) {
    let side = side.clone();
    tokio::task::block_in_place(|| tokio::runtime::Handle::current().block_on(side.write(writes)));
}
