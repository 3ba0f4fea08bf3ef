//! What a word of the bell brings with it, and how long that stays on the server.

use std::time::Duration;

use clock::Clock;
use testkit::Redis;
use tokio::time::sleep;

use super::side;
use crate::contract::bell::brought;

#[tokio::test]
async fn what_is_small_comes_with_the_word_and_is_good_for_a_moment() {
    let redis = Redis::start().await.unwrap();
    let side = side(&redis).await;
    let (small, _) = brought(&side, "small", "a payload").await;
    let small = small.unwrap();
    assert_eq!(small.page("phone").unwrap().last, 2);
    let (large, _) = brought(&side, "large", &"x".repeat(5_000)).await;
    assert_eq!(large, None);
    sleep(Duration::from_millis(1_100)).await;
    assert_eq!(small.page("phone"), None, "by now the log may have more");
}

#[tokio::test]
async fn what_was_brought_is_gone_within_a_minute() {
    let redis = Redis::start().await.unwrap();
    let side = side(&redis).await;
    let bell = format!("{{t:{}}}:bell", side.tenant);
    let number = async |command: &[&str]| redis.command(command).await.unwrap().as_i64().unwrap();
    // Words of so long ago, by the mark that the newest has.
    let ages = async |mark: usize, milliseconds: i64| {
        let marked_at = Clock::system().now().timestamp_millis() - milliseconds;
        let born = redis.command(&["XREVRANGE", &bell, "+", "-", "COUNT", "1"]).await.unwrap();
        let born = born[0][0].as_str().unwrap().split_once('-').unwrap().0.to_owned();
        let mark = format!("{mark} {marked_at}");
        let id = format!("{born}-*");
        redis.command(&["XADD", &bell, &id, "w", "aged", "m", &mark, "o", "1"]).await.unwrap();
    };
    brought(&side, "first", "a payload").await;
    assert_eq!(number(&["XLEN", &bell]).await, 2);
    let left = number(&["PTTL", &bell]).await;
    assert!((15_001..=30_000).contains(&left), "{left} ms, and each word is to be heard for 15 s");

    ages(1, 15_000).await;
    brought(&side, "second", "a payload").await;
    assert_eq!(number(&["XLEN", &bell]).await, 4, "what came before the mark is gone, and no more");
    brought(&side, "third", "a payload").await;
    assert_eq!(number(&["XLEN", &bell]).await, 6, "the mark is new");
    ages(3, 30_000).await;
    brought(&side, "fourth", "a payload").await;
    assert_eq!(number(&["XLEN", &bell]).await, 2, "nobody has rung since long before");

    // What an older release rings has no mark: somebody may still have to hear what is there.
    let newest = redis.command(&["XREVRANGE", &bell, "+", "-", "COUNT", "1"]).await.unwrap();
    let born = newest[0][0].as_str().unwrap().split_once('-').unwrap().0;
    redis.command(&["XADD", &bell, &format!("{born}-*"), "w", "older", "o", "1"]).await.unwrap();
    brought(&side, "fifth", "a payload").await;
    assert_eq!(number(&["XLEN", &bell]).await, 5);
}
