//! A replica that is stopped between reading and committing while a deadline passes.
//!
//! What it reads goes through a line that holds the answers back until every accept has been read for, so that it is
//! certainly there that it is stopped: by `SIGSTOP`, with all that it needs to commit in its hands when it goes on.

use call_state_api::CallStateFailure;
use clock::{DateTime, Duration, Utc};
use rand::Rng as _;
use signal_protocol::{Call, CallPhase, ErrorCode};
use testkit::eventually;
use tokio::task::JoinSet;

use super::line::Line;
use super::round::{Round, reach};
use super::stage::{Stage, Tally};
use crate::world::{BOUND, Device};

/// How many calls are caught at once.
const CAUGHT: usize = 6;
/// The replica that is stopped; the other one goes on, or is stopped too every other time, so that nobody ends a call
/// meanwhile.
const STOPPED: usize = 1;

const SETTINGS: &[(&str, &str)] = &[
    ("CALLS__RING_SECONDS", "1"),
    // It is the stop that a command must survive, and not the patience with Redis that is tested.
    ("REDIS__TIMEOUT_MS", "5000"),
];

#[tokio::test]
async fn what_was_read_before_a_deadline_is_not_committed_after_it() {
    let (stage, line) = Stage::with_line(SETTINGS).await;
    let tally = Tally::new("stopped between read and commit");
    let mut rounds = stage.rounds("stopped between read and commit");
    for both in [true, false].into_iter().cycle() {
        let batch = rounds.split_off(rounds.len().saturating_sub(CAUGHT));
        if batch.is_empty() {
            break;
        }
        for (round, outcome) in caught(&stage, &line, batch, both).await {
            tally.add(outcome);
            round.close().await;
        }
    }
    stage.is_empty(&tally).await;
}

/// Lets everybody accept through a replica that is stopped before it commits, or both are. What came of each.
async fn caught<'stage>(
    stage: &'stage Stage,
    line: &Line,
    mut rounds: Vec<Round<'stage>>,
    both: bool,
) -> Vec<(Round<'stage>, &'static str)> {
    let mut rung = Vec::new();
    for round in &mut rounds {
        let [ann, bob] = round.people(["ann", "bob"]).await;
        let ann = Device { client: stage.client(1 - STOPPED), ..ann };
        let bob = Device { client: stage.client(STOPPED), ..bob };
        let call = round.hears(ann.rings(&[bob.user.as_str()]).await);
        rung.push((bob, call));
    }
    let deadline = |place: usize| -> DateTime<Utc> { rung[place].1.expires_at.unwrap() };
    // No command waits longer for anything than a second.
    reach(deadline(0) - Duration::milliseconds(300)).await;
    line.hold();
    let mut accepts = JoinSet::new();
    for (place, (bob, call)) in rung.iter().enumerate() {
        let (bob, call) = (bob.clone(), call.id);
        accepts.spawn(async move { (place, bob.accepts(call).await) });
    }
    eventually("everything is read", BOUND, async || {
        rung.iter().all(|(_, call)| line.has_held(&call.id.to_string()))
    })
    .await;

    // All of the deadlines have passed when it goes on, or some, or none.
    let until = deadline(rung.len() - 1) + Duration::milliseconds(rounds[0].dice.random_range(-60..=60));
    let replicas = &stage.world.replicas;
    if both {
        replicas[1 - STOPPED].process().pause();
    }
    replicas[STOPPED].process().pause();
    line.let_go();
    eventually("it has what it read", BOUND, async || line.has_let_go()).await;
    reach(until).await;
    let mut settled = Vec::new();
    for (round, (_, call)) in rounds.iter().zip(&rung) {
        settled.push(round.record(call.id).await);
    }
    replicas[STOPPED].process().resume();
    let mut answers: Vec<_> = accepts.join_all().await;
    replicas[1 - STOPPED].process().resume();

    answers.sort_by_key(|(place, _)| *place);
    let mut outcomes = Vec::new();
    for ((round, (place, answer)), (record, seen_at)) in rounds.into_iter().zip(answers).zip(settled) {
        let in_time = seen_at <= deadline(place) || record.active_since().is_some();
        outcomes.push(judged(round, &rung[place].1, answer, in_time).await);
    }
    outcomes
}

/// Checks what came of one accept: nothing, unless its deadline had yet to pass when the replica went on.
async fn judged<'stage>(
    mut round: Round<'stage>,
    call: &Call,
    answer: Result<Call, CallStateFailure>,
    may_be_accepted: bool,
) -> (Round<'stage>, &'static str) {
    let deadline = call.expires_at.unwrap();
    let outcome = match answer {
        // It was stopped for longer than it has patience: what became of the command is to be seen by asking.
        Err(CallStateFailure::Refused { problem, .. }) if problem.code == ErrorCode::StoreUnavailable => {
            "nobody knows"
        }
        answer => match round.told(answer) {
            Ok(active) => {
                assert_eq!(active.phase, CallPhase::Active);
                "accepted"
            }
            Err(refused) => {
                assert_eq!(refused.code, ErrorCode::CallEnded);
                "too late"
            }
        },
    };
    let record = eventually("it is decided", BOUND, async || {
        let (record, _) = round.record(call.id).await;
        (record.active_since().is_some() || !record.is_live()).then_some(record)
    })
    .await;
    match record.active_since() {
        Some(since) => {
            assert!(may_be_accepted, "accepted after its deadline: {record:#?}");
            assert!(since <= deadline, "{record:#?}");
            assert_ne!(outcome, "too late");
        }
        None => assert_ne!(outcome, "accepted"),
    }
    (round, outcome)
}
