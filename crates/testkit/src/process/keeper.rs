//! The one thread that starts children.
//!
//! Linux sends the parent-death signal when the *thread* that started the child ends, not the process. Test
//! frameworks and async runtimes end threads all the time, so children are started by a thread that never does.

use std::io;
use std::process::{Child, Command};
use std::sync::OnceLock;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

use crate::Failure;

struct Order {
    command: Command,
    answer: SyncSender<io::Result<Child>>,
}

static KEEPER: OnceLock<SyncSender<Order>> = OnceLock::new();

/// Starts the command on the keeper's thread.
pub(super) fn spawn(command: Command) -> Result<Child, Failure> {
    let program = command.get_program().display().to_string();
    let (answer, child) = sync_channel(1);
    let gone = || Failure::new("the thread that starts children is gone");
    keeper().send(Order { command, answer }).map_err(|_| gone())?;
    child
        .recv()
        .map_err(|_| gone())?
        .map_err(|error| Failure::because(format!("cannot start {program}"), error))
}

fn keeper() -> &'static SyncSender<Order> {
    KEEPER.get_or_init(|| {
        let (orders, inbox) = sync_channel(0);
        // Should the thread not start, its inbox is dropped with it and `spawn` says that it is gone.
        let _ = std::thread::Builder::new().name("testkit-keeper".to_owned()).spawn(move || keep(&inbox));
        orders
    })
}

fn keep(inbox: &Receiver<Order>) {
    // The sender is static: this loop ends with the process.
    while let Ok(Order { mut command, answer }) = inbox.recv() {
        // The answer has room for one, and `spawn` waits for it: it is always taken.
        let _ = answer.send(command.spawn());
    }
}
