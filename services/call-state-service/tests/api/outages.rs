//! What fails under the service, and one of its replicas: nothing that was answered is lost, nothing is half done, nobody is
//! left waiting, and who was told of something that is no longer so is told that too.
//!
//! How long it takes depends on the machine, and is printed: `--nocapture` shows it.

mod cluster;
mod load;
mod lost;
mod memory;
mod read_only;
mod reader;
mod replicas;
mod restart;
mod sentinel;

use std::fmt::Debug;
use std::time::Duration;

use call_state_api::CallStateFailure;
use signal_protocol::ErrorCode;

/// The promise: by then everybody has been told of what was lost, counted from when there is a server again.
const TOLD_WITHIN: Duration = Duration::from_secs(5);

/// Refused as a whole, to be tried again in a while.
#[track_caller]
fn is_put_off<T: Debug>(answer: Result<T, CallStateFailure>) {
    match answer {
        Err(CallStateFailure::Refused { problem, retry_after: Some(1..=5) }) => {
            assert_eq!(problem.code, ErrorCode::StoreUnavailable, "{problem:?}");
        }
        other => panic!("this should be put off: {other:?}"),
    }
}
