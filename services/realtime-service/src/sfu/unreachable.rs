//! People whom LiveKit lists and who are not there: their connection broke off while they were let in.
//!
//! LiveKit 1.13 lists somebody as joining before it answers them. If the answer does not reach them any more, it takes them out of
//! the room and leaves them in the list: until somebody of the same identity has come and gone, or the room closes. Whoever asks
//! it to send them out waits three seconds to hear that nobody answers there. It counts them out of the room's capacity, and so do
//! we: of somebody who is let in LiveKit says that they have joined within milliseconds.

use clock::{DateTime, Duration, Utc};
use moka::future::Cache;

use super::{ParticipantState, SfuParticipant};
use crate::metrics::ServiceMetrics;

/// For how long somebody may be joining. It is milliseconds in truth; the rest is for two clocks that differ.
const JOINING: Duration = Duration::seconds(10);

/// How many of them are remembered in order to be told of once. Of more, some are told of again.
const MOST_TOLD: u64 = 10_000;

impl SfuParticipant {
    /// Whether they are listed and not there, `now` being our time.
    pub(super) fn is_unreachable(&self, now: DateTime<Utc>) -> bool {
        match self.state {
            ParticipantState::Joining => self.tracks.is_empty() && now - self.joined_at > JOINING,
            // LiveKit itself takes those out who get no connection for their media.
            ParticipantState::Joined | ParticipantState::Active => false,
        }
    }
}

/// Those of one cluster who were told of already.
pub(super) struct Unreachable {
    told: Cache<String, ()>,
    metrics: ServiceMetrics,
}

impl Unreachable {
    pub(super) fn new(metrics: ServiceMetrics) -> Self {
        Self { told: Cache::new(MOST_TOLD), metrics }
    }

    /// `people` without those who are not there, who are told of when they are seen for the first time.
    pub(super) async fn leave_out(
        &self,
        sfu_room: &str,
        people: Vec<SfuParticipant>,
        now: DateTime<Utc>,
    ) -> Vec<SfuParticipant> {
        let (unreachable, there) = people.into_iter().partition::<Vec<_>, _>(|one| one.is_unreachable(now));
        for one in unreachable {
            if self.told.entry(one.sid).or_insert(()).await.is_fresh() {
                self.metrics.sfu_unreachable();
                let identity = one.identity;
                tracing::warn!(sfu.room = sfu_room, sfu.identity = identity, "sfu.participant_unreachable");
            }
        }
        there
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sfu::SfuTrack;

    fn at(second: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(1_800_000_000 + second, 0).unwrap()
    }

    fn ann(state: ParticipantState, tracks: Vec<SfuTrack>) -> SfuParticipant {
        let [identity, sid, name] = ["ann:phone", "PA_1", ""].map(str::to_owned);
        SfuParticipant { identity, sid, joined_at: at(0), name, state, tracks }
    }

    #[test]
    fn who_is_let_in_for_longer_than_that_takes_is_not_there() {
        let joining = ann(ParticipantState::Joining, Vec::new());
        for (second, is_unreachable) in [(-5, false), (0, false), (10, false), (11, true), (3_600, true)] {
            assert_eq!(joining.is_unreachable(at(second)), is_unreachable, "{second}");
        }
        for state in [ParticipantState::Joined, ParticipantState::Active] {
            assert!(!ann(state, Vec::new()).is_unreachable(at(3_600)), "{state:?}");
        }
        let track = SfuTrack { sid: "TR_1".to_owned(), source: None, muted: false };
        assert!(
            !ann(ParticipantState::Joining, vec![track]).is_unreachable(at(3_600)),
            "they send something"
        );
    }
}
