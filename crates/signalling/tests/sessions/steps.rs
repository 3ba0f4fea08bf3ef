//! What may happen at random.

use proptest::prelude::*;

/// One thing that happens. Numbers choose among what is possible at that moment.
#[derive(Debug, Clone)]
pub(crate) enum Step {
    /// The client says something it may say.
    Say(Word),
    /// One of the things that are under way comes to an end.
    Finish {
        which: usize,
        fails: bool,
    },
    /// Something happens to the user, and the bell rings, sooner or later.
    Append {
        count: u8,
    },
    /// A ring arrives.
    Ring,
    /// The store loses the log, or forgets its beginning.
    Lose,
    /// Some messages leave.
    Send {
        count: u8,
    },
    /// Time passes.
    Pass {
        milliseconds: u32,
    },
    /// Time passes until the next deadline.
    Deadline,
    /// Another socket of the same device is opened.
    Replace,
    /// The server will stop, or stops.
    Drain {
        after_ms: u16,
    },
    End,
    /// The login is ended.
    Revoke,
    /// The connection breaks.
    Break,
}

/// What the client says.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Word {
    Command { subject: u8 },
    Authenticate,
    Ack,
    Ping,
    Pong,
    Bye,
    Nonsense,
}

/// What does not end the connection.
fn word() -> impl Strategy<Value = Word> {
    prop_oneof![
        8 => (0_u8..4).prop_map(|subject| Word::Command { subject }),
        2 => Just(Word::Authenticate),
        2 => Just(Word::Ack),
        2 => Just(Word::Ping),
        4 => Just(Word::Pong),
    ]
}

/// Anything, with what ends the connection seldom enough.
pub(crate) fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        200 => word().prop_map(Step::Say),
        400 => (any::<usize>(), prop::bool::weighted(0.02)).prop_map(|(which, fails)| Step::Finish { which, fails }),
        100 => (1_u8..40).prop_map(|count| Step::Append { count }),
        150 => Just(Step::Ring),
        15 => Just(Step::Lose),
        300 => (1_u8..80).prop_map(|count| Step::Send { count }),
        60 => (1_u32..2_000).prop_map(|milliseconds| Step::Pass { milliseconds }),
        6 => Just(Step::Deadline),
        3 => Just(Step::Replace),
        2 => (0_u16..10_000).prop_map(|after_ms| Step::Drain { after_ms }),
        1 => Just(Step::End),
        1 => Just(Step::Revoke),
        1 => Just(Step::Break),
        2 => prop::sample::select(vec![Word::Bye, Word::Nonsense]).prop_map(Step::Say),
    ]
}
