//! Which commands run when.

use signalling::Input;

use crate::given::{ONE, TWO, answer, command, command_text};
use crate::tape::Tape;

impl Tape {
    /// The command that was the `index`th to be run is answered.
    fn answers(&mut self, index: usize, request_id: &str) -> Vec<String> {
        let ticket = self.tickets[index];
        self.hears(Input::Answered { ticket, answer: answer(request_id, 200, None) })
    }
}

#[test]
fn commands_of_one_call_run_one_after_another() {
    let mut tape = Tape::live();
    assert_eq!(tape.says(&command_text("a1", "call.accept", ONE)), ["run a1"]);
    assert!(tape.says(&command_text("a2", "signal.send", ONE)).is_empty());
    assert!(tape.says(&command_text("a3", "call.hangup", ONE)).is_empty());
    assert_eq!(tape.answers(0, "a1"), ["send answer a1 200", "run a2"]);
    assert_eq!(tape.answers(1, "a2"), ["send answer a2 200", "run a3"]);
    assert_eq!(tape.answers(2, "a3"), ["send answer a3 200"]);
}

#[test]
fn those_of_another_call_do_not_wait_for_them() {
    let mut tape = Tape::live();
    tape.says(&command_text("a1", "call.accept", ONE));
    tape.says(&command_text("a2", "call.hangup", ONE));
    assert_eq!(tape.says(&command_text("b1", "call.decline", TWO)), ["run b1"]);
    assert_eq!(
        tape.says(r#"{"type":"command","request_id":"r1","name":"room.join","room_id":"x"}"#),
        ["run r1"]
    );
    assert_eq!(tape.says(r#"{"type":"command","request_id":"n1","name":"call.invite"}"#), ["run n1"]);
    assert!(tape.says(r#"{"type":"command","request_id":"n2","name":"ice_servers.get"}"#).is_empty());
    assert_eq!(tape.answers(3, "n1"), ["send answer n1 200", "run n2"]);
}

#[test]
fn eight_run_at_once() {
    let mut tape = Tape::live();
    let ids: Vec<String> = (0..10).map(|call| format!("0198c5a0-7c3e-7d5a-8f00-00000000000{call}")).collect();
    for (count, id) in ids.iter().enumerate() {
        let started = tape.says(&command_text("r", "call.ringing", id));
        assert_eq!(started.len(), usize::from(count < 8), "{count}");
    }
    assert_eq!(tape.answers(0, "r"), ["send answer r 200", "run r"]);
}

#[test]
fn forty_may_wait_and_no_more() {
    let mut tape = Tape::live();
    for count in 0..=40 {
        tape.now += crate::given::ms(50);
        let lines = tape.says(&command_text("r", "call.ringing", ONE));
        assert_eq!(lines.len(), usize::from(count == 0), "{lines:?}");
    }
    tape.now += crate::given::ms(50);
    assert_eq!(tape.says(&command_text("r", "call.ringing", ONE)), ["close 4429 rate_limited"]);
}

#[test]
fn the_same_request_twice_is_two_runs() {
    let mut tape = Tape::live();
    assert_eq!(tape.says(&command_text("r", "call.accept", ONE)), ["run r"]);
    assert_eq!(tape.says(&command_text("r", "call.accept", TWO)), ["run r"]);
    assert_eq!(tape.answers(1, "r"), ["send answer r 200"]);
    assert!(tape.answers(1, "r").is_empty(), "a run is answered once");
    assert_eq!(tape.answers(0, "r"), ["send answer r 200"]);
}

#[test]
fn unknown_names_and_ids_that_cannot_exist_are_for_the_handler_to_refuse() {
    let mut tape = Tape::live();
    assert_eq!(tape.says(&command_text("r1", "call.explode", ONE)), ["run r1"]);
    assert_eq!(tape.says(&command_text("r2", "call.accept", "not a call")), ["run r2"]);
}

#[test]
fn a_command_may_come_from_another_subprotocol() {
    use signal_protocol::socket::{BadMessage, ClientMessage};

    let mut tape = Tape::live();
    let message = ClientMessage::Command(command("r1", "call.accept", ONE));
    assert_eq!(tape.hears(Input::Message(Ok(message))), ["run r1"]);
    assert_eq!(tape.hears(Input::Message(Err(BadMessage))), ["close 4400 bad_message"]);
}
