//! One poll after another, each from the cursor of the one before.

use proptest::prelude::*;
use signal_protocol::EventsAnswer;
use signalling::{News, Poll, PollInput, PollOutput, Question};

use crate::given::{event, ms, state, wall};

/// What happens between a poll's question and its answer.
#[derive(Debug, Clone, Copy)]
enum Turn {
    Finish,
    Append,
    Ring,
    Pass,
    Displace,
    End,
}

/// A log of so many entries, of which entry `n` has the cursor `n`.
struct Log {
    end: u64,
    rings: usize,
}

impl Log {
    fn read(&self, after: Option<&str>, limit: usize) -> News {
        let from = after.map_or(self.end, |after| after.parse().unwrap());
        let to = self.end.min(from + u64::try_from(limit).unwrap());
        News {
            events: (from + 1..=to).map(event).collect(),
            cursor: to.to_string(),
            recovered: true,
            server_now: wall(),
            sessions: Vec::new(),
            unconsumed: false,
        }
    }
}

/// One poll, during which this happens. What is left undone at the end of it is done then.
fn poll(log: &mut Log, after: Option<String>, turns: &[Turn]) -> EventsAnswer {
    let mut now = ms(1_000);
    let question = Question { after, wait: ms(3_000), token_expires_in: ms(60_000), batch: 4 };
    let (mut poll, mut outputs) = Poll::new(question, now);
    let mut under_way = Vec::new();
    let mut answer = None;
    let afterwards = std::iter::repeat_n([Turn::End, Turn::Finish, Turn::Ring], 8).flatten();
    for turn in turns.iter().copied().chain(afterwards) {
        for output in outputs.drain(..) {
            assert!(answer.is_none(), "an answer is the last word");
            match output {
                PollOutput::Answer(last) => answer = Some(*last),
                other => under_way.push(other),
            }
        }
        assert!(under_way.len() <= 1, "one thing at a time");
        let input = match turn {
            Turn::Finish => match under_way.pop() {
                Some(PollOutput::Read { after, limit }) => {
                    PollInput::Read(Ok(log.read(after.as_deref(), limit)))
                }
                Some(PollOutput::LoadSnapshot) => PollInput::Snapshot(Ok(state(Vec::new()))),
                Some(other) => panic!("{other:?}"),
                None => PollInput::TimePassed,
            },
            Turn::Append => {
                (log.end, log.rings) = (log.end + 3, log.rings + 1);
                PollInput::TimePassed
            }
            Turn::Ring if log.rings > 0 => {
                log.rings -= 1;
                PollInput::Rung
            }
            Turn::Ring => PollInput::TimePassed,
            Turn::Pass => {
                now += ms(1_000);
                PollInput::TimePassed
            }
            Turn::Displace => PollInput::Displaced,
            Turn::End => PollInput::Ending,
        };
        outputs = poll.on(input, now);
    }
    answer.unwrap()
}

fn turn() -> impl Strategy<Value = Turn> {
    prop_oneof![
        5 => Just(Turn::Finish),
        2 => Just(Turn::Append),
        2 => Just(Turn::Ring),
        1 => Just(Turn::Pass),
        1 => prop::sample::select(vec![Turn::Displace, Turn::End]),
    ]
}

proptest! {
    #[test]
    fn a_chain_of_polls_tells_everything_once_and_in_order(
        all_turns in prop::collection::vec(prop::collection::vec(turn(), 0..12), 1..12),
    ) {
        let mut log = Log { end: 5, rings: 0 };
        let first = poll(&mut log, None, &[]);
        let mut known: u64 = first.cursor.parse().unwrap();
        // And then some in which nothing happens, for what came last.
        for turns in all_turns.iter().chain(std::iter::repeat_n(&Vec::new(), 120)) {
            let answer = poll(&mut log, Some(known.to_string()), turns);
            let told: Vec<String> = answer.events.iter().map(|event| event.id.clone()).collect();
            let cursor: u64 = answer.cursor.parse().unwrap();
            let due: Vec<String> = (known + 1..=cursor).map(|offset| format!("e{offset}")).collect();
            prop_assert_eq!(told, due);
            known = cursor;
        }
        prop_assert_eq!(known, log.end);
    }
}
