//! What an operator counts of the work in the background.

use std::time::Duration;

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;
use signal_protocol::Tenant;
use store::TimerCount;

/// Upper bounds in seconds of how late a deadline is: the promises are 0.25, and 1.5 when a replica died.
const LATENESS_SECONDS: [f64; 11] = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 1.5, 5.0, 60.0];

/// Upper bounds in seconds of how long the receiver of hooks takes, up to its longest timeout.
const HOOK_SECONDS: [f64; 8] = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0];

/// The metrics of the work in the background. Cheap to clone; clones count together.
#[derive(Debug, Clone)]
pub(super) struct BackgroundMetrics {
    timers_due: Family<DueLabels, Counter>,
    timer_lateness: Histogram,
    timers_backlog: Family<TenantLabels, Gauge>,
    calls_live: Family<TenantLabels, Gauge>,
    hooks: Family<HookLabels, Counter>,
    hook_requests: Family<OutcomeLabels, Histogram, fn() -> Histogram>,
    repairs: Family<RepairLabels, Counter>,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct DueLabels {
    kind: &'static str,
    outcome: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct TenantLabels {
    tenant: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct HookLabels {
    kind: &'static str,
    outcome: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OutcomeLabels {
    outcome: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct RepairLabels {
    kind: &'static str,
}

impl BackgroundMetrics {
    pub(super) fn new(registry: &mut Registry) -> Self {
        let metrics = Self {
            timers_due: Family::default(),
            timer_lateness: Histogram::new(LATENESS_SECONDS),
            timers_backlog: Family::default(),
            calls_live: Family::default(),
            hooks: Family::default(),
            hook_requests: Family::new_with_constructor(|| Histogram::new(HOOK_SECONDS)),
            repairs: Family::default(),
        };
        registry.register(
            "timers_due",
            "Timers that this replica claimed, by what they were of and what came of it",
            metrics.timers_due.clone(),
        );
        registry.register(
            "timer_lateness_seconds",
            "How late deadlines of calls were claimed, in seconds",
            metrics.timer_lateness.clone(),
        );
        registry.register(
            "timers_backlog",
            "Timers that were due and claimed by nobody when this replica looked last; the same for all replicas",
            metrics.timers_backlog.clone(),
        );
        registry.register(
            "calls_live",
            "Timers when this replica looked last: one for each call that is not over, one for each effect that waits to \
             be tried again; the same for all replicas",
            metrics.calls_live.clone(),
        );
        registry.register("hooks", "Hooks by kind and what came of a try", metrics.hooks.clone());
        registry.register(
            "hook_requests_seconds",
            "Requests to the receiver of hooks, by outcome",
            metrics.hook_requests.clone(),
        );
        registry.register("repairs", "What the reaper put right, by kind", metrics.repairs.clone());
        metrics
    }

    pub(super) fn timer_was_due(&self, kind: &'static str, outcome: &'static str) {
        self.timers_due.get_or_create(&DueLabels { kind, outcome }).inc();
    }

    pub(super) fn deadline_was_late(&self, by: Duration) {
        self.timer_lateness.observe(by.as_secs_f64());
    }

    pub(super) fn timers_counted(&self, tenant: &Tenant, count: TimerCount) {
        let labels = TenantLabels { tenant: tenant.to_string() };
        self.timers_backlog.get_or_create(&labels).set(gauged(count.overdue));
        self.calls_live.get_or_create(&labels).set(gauged(count.total));
    }

    pub(super) fn hook_ended(&self, kind: &'static str, outcome: &'static str) {
        self.hooks.get_or_create(&HookLabels { kind, outcome }).inc();
    }

    pub(super) fn hook_requested(&self, outcome: &'static str, took: Duration) {
        self.hook_requests.get_or_create(&OutcomeLabels { outcome }).observe(took.as_secs_f64());
    }

    pub(super) fn repaired(&self, kind: &'static str) {
        self.repairs.get_or_create(&RepairLabels { kind }).inc();
    }
}

fn gauged(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}
