//! Clients that mean harm: whatever they send, and however much or slowly, it costs nobody but them.
//!
//! No answer is a 5xx, nothing panics, what they sent stands in no log, and doing it again takes no more memory. `--soak`
//! makes it a million frames and thousands of sockets.

mod floods;
mod origins;
mod payloads;
mod raw;
mod silence;
mod slow;
mod strangers;
mod tokens;

use std::time::Duration;

use testkit::{eventually, soaking};

use crate::socket::BOUND;
use crate::world::World;

/// Nobody is held up by a limit, each of which has tests of its own.
const UNLIMITED: [(&str, &str); 10] = [
    ("CORS__ORIGINS", origins::ORIGIN),
    ("LIMITS__SIGNALS_PER_SECOND", "10000"),
    ("LIMITS__SIGNALS_BURST", "10000"),
    ("LIMITS__SIGNAL_BYTES_PER_MINUTE", "1000000000"),
    ("LIMITS__COMMANDS_PER_SECOND", "10000"),
    ("LIMITS__COMMANDS_BURST", "10000"),
    ("LIMITS__INVITES_PER_MINUTE", "10000"),
    ("LIMITS__INVITES_PER_MINUTE_TO_ONE", "10000"),
    ("LIMITS__CALLEES_PER_MINUTE", "10000"),
    ("LIMITS__READS_PER_SECOND", "10000"),
];

/// By how much the memory after one round of abuse may be more than after the one before.
const GROWTH: f64 = 1.05;

impl World {
    /// Checks that no request was answered with a 5xx, nothing panicked, and the log is sound and tells nothing of this.
    async fn is_unharmed(&self, secrets: &[&str]) {
        let metrics = self.manage("/metrics").await.text;
        let fives: Vec<_> =
            metrics.lines().filter(|line| line.contains("status=\"5") && !line.contains("_bucket")).collect();
        assert_eq!(fives, Vec::<&str>::new());
        assert!(self.figure("panics_total ").await.abs() < f64::EPSILON);
        let output = self.service.output();
        for line in output.lines() {
            let is_sound = serde_json::from_str::<serde_json::Value>(line)
                .is_ok_and(|line| line.is_object() && line["level"] != "ERROR");
            assert!(is_sound, "{line}");
        }
        for secret in secrets {
            assert!(!output.contains(secret), "{secret} stands in the log");
        }
    }

    /// Waits until no socket is open any more.
    async fn is_quiet(&self) {
        eventually("all sockets are closed", BOUND, async || {
            self.figure("signalling_sockets_open ").await.abs() < f64::EPSILON
        })
        .await;
    }

    /// The memory that the service has, in MiB.
    async fn memory(&self) -> f64 {
        self.figure("process_resident_memory_bytes ").await / f64::from(1 << 20)
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_that_is_sent_does_harm_and_the_third_time_takes_no_more_memory_than_the_second() {
    let world = World::with_calls(&UNLIMITED, &[]).await;
    let (mut frames, mut texts, mut memory) = (0, 0, Vec::new());
    for _ in 0..3 {
        origins::no_origin_passes_for_another(&world).await;
        floods::odd_frames_are_the_end_of_their_socket(&world).await;
        frames += floods::floods_of_tiny_frames_are_cut_off(&world).await;
        texts += payloads::nothing_hostile_is_relayed(&world).await;
        world.is_quiet().await;
        memory.push(world.memory().await);
    }
    world.is_unharmed(&[payloads::SECRET]).await;
    println!("{frames} tiny frames, {texts} hostile texts; {memory:.1?} MiB after each round");
    assert!(memory[2] <= memory[1] * GROWTH, "{memory:?}");
}

/// As long as the product's own default, and longer where there are thousands.
fn hello_bound() -> Duration {
    Duration::from_secs(if soaking() { 40 } else { 5 })
}
