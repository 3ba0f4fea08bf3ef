//! How much a client may ask for, and how long things may take.

use std::time::Duration;

/// An instant, as the time since any fixed one. It never goes back. Wall-clock time stands inside messages only.
pub type Moment = Duration;

/// The bounds of one connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// How long a client may take to say `hello`.
    pub hello: Duration,
    /// How long it may then take until `welcome`. What is asked for meanwhile has shorter limits of its own; this holds if
    /// one of them fails.
    pub arrival: Duration,
    /// How often the client is pinged.
    pub ping: Duration,
    /// How often while its device is in a call.
    pub ping_in_call: Duration,
    /// How many pings may go by without a word of the client.
    pub missed_pings: u32,
    /// How many messages a client may send in the long run. Not 0.
    pub messages_per_second: u32,
    /// How many at once. Not 0.
    pub burst: u32,
    /// How many messages may wait to be sent.
    pub queue: usize,
    /// How many of them may be events. More are not read from the log until some of these were sent, so that a client who
    /// reads slowly costs no more than this. Not 0.
    pub read_ahead: usize,
    /// How long something may wait without anything being sent.
    pub stall: Duration,
    /// How long after a failure the log is read again. It doubles with each further one.
    pub retry: Duration,
    /// How long at most.
    pub retry_most: Duration,
    /// How many commands may run at once. Not 0.
    pub commands_at_once: usize,
    /// How many may wait for that.
    pub commands_waiting: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            hello: Duration::from_secs(5),
            arrival: Duration::from_secs(10),
            ping: Duration::from_secs(20),
            ping_in_call: Duration::from_secs(5),
            missed_pings: 2,
            messages_per_second: 20,
            burst: 40,
            queue: 256,
            read_ahead: 64,
            stall: Duration::from_secs(10),
            retry: Duration::from_millis(200),
            retry_most: Duration::from_secs(2),
            commands_at_once: 8,
            commands_waiting: 40,
        }
    }
}
