//! What the records about rooms have in common: their keys, the version of their meaning, and what a client is told when they
//! cannot be read.
//!
//! What a record means is told where it is used. Neither a room id nor a user id holds a slash, so no two pairs of them make
//! the same key.

mod keys;
mod schema;

pub(crate) use keys::{bans_key, denial_key, occupancy_key, signed_out_key, whereabouts_key};
pub(crate) use schema::Schema;

use std::time::Duration;

use http_server::Problem;
use serde::Serialize;
use store::StoreError;

/// What of LiveKit's tokens outlives the join that they began with: a token that it refreshed itself lives for ten minutes,
/// a minute of leeway comes on top, and time for it to be given at the last moment. What voids tokens is kept for so long
/// after the last of them could have been given.
pub(crate) const TOKENS_AFTERLIFE: Duration = Duration::from_mins(15);

/// Fields that a newer release wrote.
pub(crate) type Extra = serde_json::Map<String, serde_json::Value>;

/// A record as it is stored.
///
/// # Panics
/// Never: a record has text keys only, and nothing in it fails to be written.
pub(crate) fn json<T: Serialize>(record: &T) -> Vec<u8> {
    serde_json::to_vec(record).expect("a record has text keys only, and nothing in it fails to be written")
}

/// The problem that a client is given for a failure of the store.
pub(crate) fn problem_of(error: &StoreError) -> Problem {
    let problem = Problem::new(error.code());
    match error.retry_after() {
        Some(after) => problem.retry_after(u32::try_from(after.as_secs().max(1)).unwrap_or(u32::MAX)),
        None => problem,
    }
}
