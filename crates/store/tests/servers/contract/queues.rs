//! Queues: every entry to one consumer at a time, until it is acknowledged.

use std::fmt::Display;
use std::time::Duration;

use store::{Key, QueueEntry, Write};
use testkit::eventually;
use tokio::task::JoinSet;

use super::{BOUND, Side, in_turn};

const LONG: Duration = Duration::from_mins(1);

pub(super) async fn all(side: &Side) {
    in_turn!(side;
        a_queue_that_never_was_gives_nothing,
        entries_are_given_in_order_and_once,
        an_entry_that_nobody_acknowledges_is_given_to_another,
        an_acknowledged_entry_never_comes_again,
        a_consumer_waits_for_an_entry,
        a_consumer_waits_no_longer_than_it_said,
        no_two_consumers_are_given_the_same_entry,
    );
}

fn enqueue(queue: &Key, entry: impl Display) -> Write {
    Write::Enqueue { queue: queue.clone(), entry: format!("{entry}").into_bytes() }
}

impl Side {
    async fn take(&self, queue: &Key, consumer: &str, limit: usize, idle: Duration) -> Vec<QueueEntry> {
        self.store.take(&self.tenant, queue, consumer, limit, Duration::ZERO, idle).await.unwrap()
    }

    async fn acknowledge(&self, queue: &Key, entry: &QueueEntry) {
        self.write(vec![Write::Acknowledge { queue: queue.clone(), id: entry.id.clone() }]).await;
    }
}

fn texts(entries: &[QueueEntry]) -> Vec<(String, u64)> {
    let text = |entry: &QueueEntry| String::from_utf8_lossy(&entry.data).into_owned();
    entries.iter().map(|entry| (text(entry), entry.deliveries)).collect()
}

async fn a_queue_that_never_was_gives_nothing(side: &Side) {
    let queue = Key::new("outbox", "never");
    assert_eq!(side.take(&queue, "anna", 10, LONG).await, []);
    assert_eq!(side.take(&queue, "anna", 10, LONG).await, []);
}

async fn entries_are_given_in_order_and_once(side: &Side) {
    let queue = Key::new("outbox", "order");
    side.write((1..=3).map(|entry| enqueue(&queue, entry)).collect()).await;
    let first = side.take(&queue, "anna", 2, LONG).await;
    assert_eq!(texts(&first), [("1".to_owned(), 1), ("2".to_owned(), 1)]);
    assert_eq!(texts(&side.take(&queue, "bert", 2, LONG).await), [("3".to_owned(), 1)]);
    assert_eq!(side.take(&queue, "anna", 2, LONG).await, []);
}

async fn an_entry_that_nobody_acknowledges_is_given_to_another(side: &Side) {
    let queue = Key::new("outbox", "abandoned");
    side.write(vec![enqueue(&queue, "x")]).await;
    let first = side.take(&queue, "anna", 1, LONG).await;
    let again = eventually("another has it", BOUND, async || {
        let taken = side.take(&queue, "bert", 1, Duration::from_millis(20)).await;
        (!taken.is_empty()).then_some(taken)
    })
    .await;
    assert_eq!(texts(&again), [("x".to_owned(), 2)]);
    assert_eq!(again[0].id, first[0].id);
    side.acknowledge(&queue, &again[0]).await;
    assert_eq!(side.take(&queue, "anna", 1, Duration::ZERO).await, []);
}

async fn an_acknowledged_entry_never_comes_again(side: &Side) {
    let queue = Key::new("outbox", "done");
    side.write(vec![enqueue(&queue, 1), enqueue(&queue, 2)]).await;
    let taken = side.take(&queue, "anna", 2, LONG).await;
    side.acknowledge(&queue, &taken[0]).await;
    side.acknowledge(&queue, &taken[0]).await;
    assert_eq!(texts(&side.take(&queue, "anna", 9, Duration::ZERO).await), [("2".to_owned(), 2)]);
}

async fn a_consumer_waits_for_an_entry(side: &Side) {
    let queue = Key::new("outbox", "waiting");
    let consumer = {
        let (side, queue) = (side.clone(), queue.clone());
        tokio::spawn(
            async move { side.store.take(&side.tenant, &queue, "anna", 1, LONG, LONG).await.unwrap() },
        )
    };
    // Whether it comes before or after the consumer waits, it is given to it.
    side.write(vec![enqueue(&queue, "x")]).await;
    let taken = tokio::time::timeout(BOUND, consumer).await.unwrap().unwrap();
    assert_eq!(texts(&taken), [("x".to_owned(), 1)]);
}

async fn a_consumer_waits_no_longer_than_it_said(side: &Side) {
    let queue = Key::new("outbox", "empty");
    let take = side.store.take(&side.tenant, &queue, "anna", 1, Duration::from_millis(20), LONG);
    assert_eq!(tokio::time::timeout(BOUND, take).await.unwrap().unwrap(), []);
}

async fn no_two_consumers_are_given_the_same_entry(side: &Side) {
    let queue = Key::new("outbox", "shared");
    side.write((0..100).map(|entry| enqueue(&queue, entry)).collect()).await;
    let mut consumers = JoinSet::new();
    for number in 0..4 {
        let (side, queue) = (side.clone(), queue.clone());
        consumers.spawn(async move {
            let mut mine = Vec::new();
            loop {
                let taken = side.take(&queue, &format!("consumer-{number}"), 3, LONG).await;
                if taken.is_empty() {
                    return mine;
                }
                mine.extend(texts(&taken));
            }
        });
    }
    let mut all: Vec<u64> =
        consumers.join_all().await.into_iter().flatten().map(|(text, _)| text.parse().unwrap()).collect();
    all.sort_unstable();
    assert_eq!(all, (0..100).collect::<Vec<_>>());
}
