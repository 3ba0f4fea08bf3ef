//! Timers that are due, and how many there are.

use std::time::Duration;

use signal_protocol::Tenant;

use super::Redis;
use super::answer::{Answer, Unexpected, instant};
use super::exchange::Errand;
use super::failure::Effect;
use super::names::{self, Names};
use super::script::{self, Call};
use crate::metrics::Operation;
use crate::{Claimed, Due, Key, StoreError, TimerCount};

impl Redis {
    pub(crate) async fn claim_due(
        &self,
        tenant: &Tenant,
        limit: usize,
        hold: Duration,
    ) -> Result<Claimed, StoreError> {
        let call = Call::new(&script::CLAIM, vec![Names::of(tenant).timers()]);
        let call = call.arg(limit).arg(hold.as_millis());
        let key = Key::own(names::TIMERS);
        let errand = Errand { operation: Operation::ClaimDue, tenant, key: &key, effect: Effect::Changes };
        let answer = self.call(&errand, &call).await?;
        self.understood(&errand, self.claimed(answer))
    }

    fn claimed(&self, mut answer: Answer) -> Result<Claimed, Unexpected> {
        let mut claimed = Claimed { now: answer.time()?, due: Vec::new(), next: answer.instant_if_any()? };
        while !answer.is_empty() {
            let (member, at) = (answer.text()?, answer.number()?);
            match Key::parse(&member) {
                Some(member) => claimed.due.push(Due { member, at: instant(at)? }),
                // It must not keep the others from being fired.
                None => drop(self.corrupt(&Key::own(names::TIMERS))),
            }
        }
        Ok(claimed)
    }

    pub(crate) async fn timers(&self, tenant: &Tenant) -> Result<TimerCount, StoreError> {
        let call = Call::new(&script::TIMERS, vec![Names::of(tenant).timers()]);
        let key = Key::own(names::TIMERS);
        let errand = Errand { operation: Operation::Timers, tenant, key: &key, effect: Effect::None };
        let mut answer = self.call(&errand, &call).await?;
        let mut count = || Ok(TimerCount { total: answer.number()?, overdue: answer.number()? });
        self.understood(&errand, count())
    }
}
