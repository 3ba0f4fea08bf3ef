//! Several sockets of one device, opened at once, some of which their client has left: one remains, and it is the one that came
//! last of those that somebody is behind, in whatever order they were written into the log.

use std::sync::Arc;

use proptest::prelude::*;
use signal_protocol::socket::Close;
use signalling::{Input, Limits, News, Output, Session};
use uuid::Uuid;

use crate::given::{identity, ms, state, wall};

/// One socket, and what it waits for.
struct Socket {
    session: Session,
    /// As what it stands in the log.
    opening: Option<Uuid>,
    under_way: Vec<Output>,
    closed: Option<Close>,
    /// Nobody answers its pings.
    is_left: bool,
}

/// The sockets, and the log that they share: who was opened, in order.
struct Crowd {
    sockets: Vec<Socket>,
    log: Vec<Uuid>,
    readings: u64,
}

impl Crowd {
    /// So many sockets that have said `hello`, with these cursors, and whether they are left since then.
    fn new(clients: &[(Option<&str>, bool)]) -> Self {
        let mut crowd = Self { sockets: Vec::new(), log: vec![Uuid::nil(); 3], readings: 0 };
        for (&(after, is_left), number) in clients.iter().zip(1_u128..) {
            let id = Uuid::from_u128(number);
            let session = Session::new(id, Arc::new(Limits::default()), ms(1_000));
            let under_way = Vec::new();
            crowd.sockets.push(Socket { session, opening: None, under_way, closed: None, is_left });
            let after = after.map_or(String::new(), |after| format!(r#","after":"{after}""#));
            let hello = format!(r#"{{"type":"hello","token":"t"{after}}}"#);
            crowd.tell(crowd.sockets.len() - 1, Input::Text(hello));
        }
        crowd
    }

    fn tell(&mut self, socket: usize, input: Input) {
        let socket = &mut self.sockets[socket];
        for output in socket.session.on(input, ms(1_000)) {
            match output {
                Output::Close(close) => socket.closed = Some(close),
                other => socket.under_way.push(other),
            }
        }
    }

    /// Something that one of them waits for comes to its end.
    fn finish(&mut self, socket: usize, which: usize) {
        let Socket { opening, under_way, is_left, .. } = &mut self.sockets[socket];
        let is_left = *is_left;
        if under_way.is_empty() {
            return;
        }
        let input = match under_way.remove(which % under_way.len()) {
            Output::Verify { .. } => Input::Verified(Ok(identity("alice", 3_600))),
            Output::Read { after, .. } => Input::Read(Ok(self.read(after.as_deref()))),
            Output::LoadSnapshot => Input::Snapshot(Ok(state(Vec::new()))),
            Output::Open { session } => {
                *opening = Some(session);
                self.log.push(session);
                self.tell(socket, Input::Opened(Ok(())));
                return (0..self.sockets.len()).for_each(|other| self.tell(other, Input::Rung));
            }
            Output::Send(_) => Input::Sent,
            Output::Ping if is_left => Input::Sent,
            Output::Ping => {
                self.tell(socket, Input::Sent);
                Input::Pong
            }
            other => panic!("{other:?}"),
        };
        self.tell(socket, input);
    }

    fn read(&mut self, after: Option<&str>) -> News {
        self.readings += 1;
        let end = self.log.len();
        let offset = after.map(|after| after.parse().ok().filter(|offset| *offset <= end));
        News {
            events: Vec::new(),
            cursor: end.to_string(),
            recovered: offset != Some(None),
            server_now: wall() + ms(self.readings),
            sessions: self.log[offset.flatten().unwrap_or(end)..].to_vec(),
            unconsumed: false,
        }
    }
}

proptest! {
    #[test]
    fn of_several_sockets_the_newest_that_is_not_left_remains(
        clients in prop::collection::vec(
            (prop::sample::select(vec![None, Some("3"), Some("0"), Some("99")]), prop::bool::weighted(0.3)),
            2..5,
        ),
        turns in prop::collection::vec((any::<usize>(), any::<usize>()), 0..60),
    ) {
        let mut crowd = Crowd::new(&clients);
        for (socket, which) in turns {
            crowd.finish(socket % clients.len(), which);
        }
        while let Some(busy) = crowd.sockets.iter().position(|socket| !socket.under_way.is_empty()) {
            crowd.finish(busy, 0);
        }
        let newest = crowd.log.iter().max().copied();
        for socket in crowd.sockets.iter().filter(|socket| !socket.is_left) {
            let end = (socket.opening != newest).then_some(Close::Replaced);
            prop_assert_eq!(socket.closed, end, "{:?} of {:?}", socket.opening, crowd.log);
        }
        for socket in crowd.sockets.iter().filter(|socket| socket.is_left) {
            prop_assert_eq!(socket.opening, None, "nobody is replaced by it");
        }
    }
}
