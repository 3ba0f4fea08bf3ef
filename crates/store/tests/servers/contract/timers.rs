//! Timers: due once, to one claimer, and again if that one dies.

use std::collections::BTreeSet;
use std::time::Duration;

use clock::Duration as Delta;
use store::{Claimed, Key, TimerCount, Write};
use testkit::eventually;
use tokio::task::JoinSet;

use super::{BOUND, Side, in_turn};

const LONG: Duration = Duration::from_mins(1);

pub(super) async fn all(side: &Side) {
    in_turn!(side;
        a_timer_is_due_at_its_time_and_not_before,
        a_claimed_timer_is_due_again_if_nobody_removes_it,
        a_timer_that_is_set_again_has_its_last_time,
        timers_are_claimed_in_order_and_not_more_than_asked_for,
        no_two_claimers_are_given_the_same_timer,
    );
}

impl Side {
    async fn claim(&self, limit: usize, hold: Duration) -> Claimed {
        self.store.claim_due(&self.tenant, limit, hold).await.unwrap()
    }

    async fn clear(&self, members: impl IntoIterator<Item = Key>) {
        self.write(members.into_iter().map(|member| Write::Unschedule { member }).collect()).await;
        assert_eq!(self.store.timers(&self.tenant).await.unwrap(), TimerCount { total: 0, overdue: 0 });
    }
}

async fn a_timer_is_due_at_its_time_and_not_before(side: &Side) {
    let [due, later] = ["due", "later"].map(|id| Key::new("call", id));
    let now = side.now().await;
    let at = now + Delta::minutes(1);
    let timer = |member: &Key, at| Write::Schedule { member: member.clone(), at };
    side.write(vec![timer(&due, now), timer(&later, at)]).await;
    assert_eq!(side.store.timers(&side.tenant).await.unwrap(), TimerCount { total: 2, overdue: 1 });
    let claimed = side.claim(10, Duration::from_mins(2)).await;
    assert_eq!(claimed.due.iter().map(|due| (&due.member, due.at)).collect::<Vec<_>>(), [(&due, now)]);
    assert_eq!(claimed.next, Some(at));
    assert!(claimed.now >= now);
    assert_eq!(side.claim(10, LONG).await.due, []);
    side.clear([due, later]).await;
    assert_eq!(side.claim(10, LONG).await.next, None);
}

async fn a_claimed_timer_is_due_again_if_nobody_removes_it(side: &Side) {
    let member = Key::new("call", "again");
    let at = side.now().await;
    side.write(vec![Write::Schedule { member: member.clone(), at }]).await;
    let first = side.claim(10, Duration::from_millis(20)).await;
    assert_eq!(first.due.len(), 1);
    assert_eq!(first.next, Some(first.now + Delta::milliseconds(20)));
    let again = eventually("it is due again", BOUND, async || {
        let claimed = side.claim(10, LONG).await;
        (!claimed.due.is_empty()).then_some(claimed)
    })
    .await;
    assert_eq!(again.due[0].at, first.now + Delta::milliseconds(20));
    side.clear([member]).await;
}

async fn a_timer_that_is_set_again_has_its_last_time(side: &Side) {
    let member = Key::new("call", "set");
    let now = side.now().await;
    for at in [now, now + Delta::minutes(1), now + Delta::seconds(30)] {
        side.write(vec![Write::Schedule { member: member.clone(), at }]).await;
    }
    let claimed = side.claim(10, LONG).await;
    assert_eq!((claimed.due, claimed.next), (vec![], Some(now + Delta::seconds(30))));
    side.clear([member]).await;
}

async fn timers_are_claimed_in_order_and_not_more_than_asked_for(side: &Side) {
    let members: Vec<Key> = (0..5).map(|number| Key::new("call", number)).collect();
    let now = side.now().await;
    let writes = members.iter().enumerate().rev().map(|(number, member)| Write::Schedule {
        member: member.clone(),
        at: now - Delta::milliseconds(100 - i64::try_from(number).unwrap()),
    });
    side.write(writes.collect()).await;
    for expected in [&members[..2], &members[2..4], &members[4..]] {
        let due = side.claim(2, LONG).await.due;
        assert_eq!(
            due.iter().map(|due| &due.member).collect::<Vec<_>>(),
            expected.iter().collect::<Vec<_>>()
        );
    }
    side.clear(members).await;
}

async fn no_two_claimers_are_given_the_same_timer(side: &Side) {
    let members: BTreeSet<Key> = (0..200).map(|number| Key::new("shared", number)).collect();
    let at = side.now().await;
    side.write(members.iter().map(|member| Write::Schedule { member: member.clone(), at }).collect()).await;
    let mut claimers = JoinSet::new();
    for _ in 0..4 {
        let side = side.clone();
        claimers.spawn(async move {
            let mut mine = Vec::new();
            loop {
                let due = side.claim(7, LONG).await.due;
                if due.is_empty() {
                    return mine;
                }
                mine.extend(due.into_iter().map(|due| due.member));
            }
        });
    }
    let claimed: Vec<Key> = claimers.join_all().await.into_iter().flatten().collect();
    assert_eq!(claimed.len(), members.len());
    assert_eq!(claimed.into_iter().collect::<BTreeSet<_>>(), members);
    side.clear(members).await;
}
