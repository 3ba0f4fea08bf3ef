//! What the queue keeps, drops and counts.

use std::io::{self, Write};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::time::Duration;

use prometheus_client::metrics::counter::Counter;

use super::{CAPACITY, Queue};

const PATIENCE: Duration = Duration::from_secs(10);

/// A reader of the log that takes a write only when it is told to.
struct Reader {
    allowed: Receiver<()>,
    read: SyncSender<Vec<u8>>,
}

impl Write for Reader {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.allowed.recv().map_err(|_| io::Error::other("nobody reads any more"))?;
        self.read.send(bytes.to_vec()).map_err(|_| io::Error::other("nobody reads any more"))?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn queue() -> (Queue, Counter, SyncSender<()>, Receiver<Vec<u8>>) {
    let dropped = Counter::default();
    let (allow, allowed) = sync_channel(16);
    let (read, lines) = sync_channel(16);
    let queue = Queue::new(dropped.clone());
    queue.drain_into(Reader { allowed, read }).expect("a thread can be made");
    (queue, dropped, allow, lines)
}

#[test]
fn lines_come_out_in_order_and_together() {
    let (queue, dropped, allow, lines) = queue();
    queue.push(b"one\n");
    queue.push(b"two\n");
    allow.send(()).expect("the reader waits");
    allow.send(()).expect("the reader waits");
    queue.flush(PATIENCE);
    assert_eq!(lines.try_iter().collect::<Vec<_>>().concat(), b"one\ntwo\n");
    assert_eq!(dropped.get(), 0);
}

#[test]
fn a_reader_that_stops_reading_costs_a_bounded_memory_and_no_time() {
    let (queue, dropped, allow, lines) = queue();
    let line = [b'x'; 1_024];
    let pushed = 4 * CAPACITY / line.len();
    for _ in 0..pushed {
        queue.push(&line);
    }
    // One buffer waits and one, at most as large, is being written.
    let kept = pushed - usize::try_from(dropped.get()).expect("it is small");
    assert!((CAPACITY / line.len()..=2 * CAPACITY / line.len()).contains(&kept), "{kept} lines of {pushed}");
    queue.flush(Duration::from_millis(1));

    for _ in 0..2 {
        allow.send(()).expect("the reader waits");
    }
    let mut read = 0;
    while read < kept * line.len() {
        read += lines.recv_timeout(PATIENCE).expect("what was kept comes out").len();
    }
    assert_eq!(read, kept * line.len());
}

#[test]
fn lines_for_a_reader_that_is_gone_are_counted() {
    let (queue, dropped, allow, _lines) = queue();
    drop(allow);
    queue.push(b"one\n");
    queue.push(b"two\n");
    queue.flush(PATIENCE);
    assert_eq!(dropped.get(), 2);
}
