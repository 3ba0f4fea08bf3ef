//! One call, from the invite to its end.

use std::time::{Duration, Instant};

use rand::Rng as _;
use serde::Deserialize as _;
use serde_json::{Value, json};
use tokio::sync::{OwnedSemaphorePermit, watch};
use tokio::time::{sleep_until, timeout};

use super::fate::{Fate, Turn};
use super::{Pair, Side, signal, told};
use crate::test::witness::device::Trouble;
use crate::test::witness::ledger::What;
use crate::test::witness::messages::{Call, candidate};
use crate::test::witness::shared::so;

/// A session description that is one; nobody connects to anything.
const SDP: &str =
    "v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\nm=audio 9 UDP/TLS/RTP/SAVPF 0\r\nc=IN IP4 0.0.0.0\r\n";

/// A call has ended so long after somebody ended it, or after its deadline, or it never will. Clients that were away for long are told late.
const END_BOUND: Duration = Duration::from_mins(1);

/// A call under way.
struct Line<'a> {
    pair: &'a Pair,
    caller: (&'a Side, usize),
    callee: (&'a Side, usize),
    id: String,
    ended: watch::Receiver<bool>,
    /// How many numbered signals each side has sent.
    sent: [u32; 2],
}

impl Pair {
    /// Errors are words about what the product must not have done. `ring` is given back when it stops ringing.
    pub(super) async fn call(&self, fate: Fate, ring: OwnedSemaphorePermit) -> Result<(), String> {
        let mut line = self.invite(fate.ring).await?;
        let begun = Instant::now();
        match fate.turn {
            Turn::Left => {
                line.signal_until(begun + fate.ring.saturating_sub(fate.ring / 10), false).await?;
                if line.is_cut_short() {
                    line.end("call.cancel", "cancelled", line.caller).await
                } else {
                    line.expect_the_end(begun + fate.ring);
                    line.await_the_end(fate.ring).await;
                    Ok(())
                }
            }
            Turn::Cancelled(after) => {
                line.signal_until(begun + after, false).await?;
                line.end("call.cancel", "cancelled", line.caller).await
            }
            Turn::Declined(after) => {
                line.signal_until(begun + after, false).await?;
                line.end("call.decline", "rejected", line.callee).await
            }
            Turn::Accepted(after, talk) => {
                line.signal_until(begun + after, false).await?;
                if !*line.ended.borrow() {
                    line.accept().await?;
                    drop(ring);
                    line.signal_until(begun + after + talk, true).await?;
                }
                let whose = if rand::rng().random_bool(0.5) { line.caller } else { line.callee };
                line.end("call.hangup", "completed", whose).await
            }
        }
    }

    async fn invite(&self, ring: Duration) -> Result<Line<'_>, String> {
        let [caller, other] = self.cast();
        let body = json!({
            "callees": [other.0.user_id],
            "kind": "audio",
            "media": "p2p",
            "ring_seconds": ring.as_secs(),
            "offer": { "sdp": SDP },
        });
        let since = Instant::now();
        let answer = caller.0.devices[caller.1].1.command("call.invite", None, body).await;
        let answer = match answer {
            Ok(answer) => answer,
            Err(trouble) => {
                self.clear(caller, &trouble).await;
                return Err(told("an invite", &trouble));
            }
        };
        let call =
            Call::deserialize(&answer["call"]).map_err(|_| format!("an invite was answered {answer}"))?;
        let mut ledger = self.shared.ledger();
        let ended = ledger.begins(&call, since);
        ledger.expects(&call.id, other.0.all(), What::Ringing, since);
        ledger.expects(&call.id, caller.0.others(caller.1), What::Updated, since);
        drop(ledger);
        if call.phase != "ringing" {
            return Err(format!(
                "an invite was answered with a call that is {}, trace {}",
                call.phase, call.trace_id
            ));
        }
        Ok(Line { pair: self, caller, callee: other, id: call.id, ended, sent: [0; 2] })
    }

    /// A call that an earlier failure has left behind is hung up, or nobody of this pair would ever call again.
    async fn clear(&self, whose: (&Side, usize), trouble: &Trouble) {
        let Trouble::Refused { problem: Some(problem), .. } = trouble else { return };
        if let Some(call) = &problem.call_id {
            for reason in ["cancelled", "completed", "rejected"] {
                self.shared.ledger().asks_for_the_end(call, reason);
            }
            // The next invite tells whether it helped.
            let _ = whose.0.devices[whose.1].1.command("call.hangup", Some(call), Value::Null).await;
        }
    }
}

impl Line<'_> {
    async fn command(
        &self,
        whose: (&Side, usize),
        name: &'static str,
        body: Value,
    ) -> Result<Value, Trouble> {
        whose.0.devices[whose.1].1.command(name, Some(&self.id), body).await
    }

    fn expects(&self, devices: impl IntoIterator<Item = usize>, what: What, since: Instant) {
        self.pair.shared.ledger().expects(&self.id, devices, what, since);
    }

    /// Whether the witness itself is about to end.
    fn is_cut_short(&self) -> bool {
        *self.pair.shared.over_calls.borrow()
    }

    /// Sends numbered signals from time to time until then, or until the call has ended or everybody goes. Both sides do so when they talk,
    /// else the caller alone, to all devices that ring.
    async fn signal_until(&mut self, until: Instant, talk: bool) -> Result<(), String> {
        let mut over = self.pair.shared.over_calls.clone();
        let mut ended = self.ended.clone();
        loop {
            // 120 s of ringing: every three seconds or so.
            let pause = (self.pair.longest / 40).mul_f64(rand::rng().random_range(0.5..1.5));
            let next = (Instant::now() + pause).min(until);
            tokio::select! {
                () = sleep_until(next.into()) => {}
                () = so(&mut over) => return Ok(()),
                () = so(&mut ended) => return Ok(()),
            }
            if next == until {
                return Ok(());
            }
            let from_caller = !talk || rand::rng().random_bool(0.5);
            self.signal(from_caller, talk).await?;
        }
    }

    async fn signal(&mut self, from_caller: bool, talk: bool) -> Result<(), String> {
        let (from, to) = if from_caller { (self.caller, self.callee) } else { (self.callee, self.caller) };
        let number = &mut self.sent[usize::from(from_caller)];
        *number += 1;
        let number = *number;
        let payload = json!({ "candidates": [{ "candidate": candidate(number), "sdp_mid": "0" }] });
        let since = Instant::now();
        match self
            .command(
                from,
                "signal.send",
                json!({ "kind": "candidates", "generation": 0, "payload": payload }),
            )
            .await
        {
            Ok(_) if talk => self.expects([to.0.devices[to.1].0], signal(from.0, number), since),
            Ok(_) => self.expects(to.0.all(), signal(from.0, number), since),
            // Its end, if nobody asked for it, is judged by itself.
            Err(Trouble::Refused { status: 409, .. }) if *self.ended.borrow() => {}
            Err(trouble) => return self.give_up("a signal", &trouble).await,
        }
        Ok(())
    }

    async fn accept(&mut self) -> Result<(), String> {
        self.pair.shared.ledger().answers(&self.id);
        let since = Instant::now();
        if let Err(trouble) = self.command(self.callee, "call.accept", Value::Null).await {
            return self.give_up("an accept", &trouble).await;
        }
        self.expects(self.caller.0.all(), What::Accepted, since);
        self.expects(self.callee.0.others(self.callee.1), What::Stopped, since);
        let answer = json!({ "kind": "answer", "generation": 0, "payload": { "sdp": SDP } });
        let connected = json!({ "state": "connected" });
        let steps = [
            (self.callee, "signal.send", answer),
            (self.callee, "call.media", connected.clone()),
            (self.caller, "call.media", connected),
        ];
        for (whose, name, body) in steps {
            if let Err(trouble) = self.command(whose, name, body).await {
                return self.give_up(name, &trouble).await;
            }
        }
        Ok(())
    }

    async fn end(
        &mut self,
        command: &'static str,
        reason: &'static str,
        whose: (&Side, usize),
    ) -> Result<(), String> {
        // It has ended already, which was judged; to end it once more would be refused.
        if *self.ended.borrow() {
            return Ok(());
        }
        self.pair.shared.ledger().asks_for_the_end(&self.id, reason);
        let since = Instant::now();
        match self.command(whose, command, Value::Null).await {
            Ok(_) => {
                self.expect_the_end(since);
                self.await_the_end(Duration::ZERO).await;
                Ok(())
            }
            Err(trouble) => self.give_up(command, &trouble).await,
        }
    }

    /// Everybody must be told, whoever ended it.
    fn expect_the_end(&self, since: Instant) {
        self.expects(self.caller.0.all().chain(self.callee.0.all()), What::Ended, since);
    }

    /// The two are free for the next call once the first of them was told. Whether all were is in the ledger.
    async fn await_the_end(&mut self, more: Duration) {
        let mut ended = self.ended.clone();
        let _ = timeout(END_BOUND + more, so(&mut ended)).await;
    }

    /// Frees both for the next call.
    async fn give_up(&self, what: &str, trouble: &Trouble) -> Result<(), String> {
        for reason in ["cancelled", "completed", "rejected"] {
            self.pair.shared.ledger().asks_for_the_end(&self.id, reason);
        }
        // If this fails as well, the next invite tells.
        let _ = self.command(self.caller, "call.hangup", Value::Null).await;
        Err(told(what, trouble))
    }
}
