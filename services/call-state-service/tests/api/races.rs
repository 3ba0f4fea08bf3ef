//! Two things at once: whichever comes first, there is one outcome, and everybody is told the same.
//!
//! Each race is run many times, `REALTIME_SOAK` for more, with the sides on different replicas of the real service on one
//! real Redis and a little chance in who starts first. Chance is printed: `REALTIME_SEED` repeats it. What came of each
//! round is judged from outside, by the logs of everybody in it and by the records, see [`judge`]; how often which side
//! was first is printed and not judged.

mod answers;
mod cut;
mod deadline;
mod glare;
mod group;
mod hangup;
mod judge;
mod lease;
mod line;
mod repeated;
mod request;
mod rings;
mod round;
mod signals;
mod stage;
mod stopped;
