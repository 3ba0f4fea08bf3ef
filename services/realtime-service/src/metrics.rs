//! What an operator counts: joins, answers about membership, calls to LiveKit and to call-state-service.

use std::time::Duration;

use prometheus_client::encoding::{EncodeLabelSet, EncodeLabelValue};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;

use crate::membership::Answer;

/// Upper bounds in seconds for calls to LiveKit: from a fast local answer to the longest that is waited for.
const SFU_SECONDS: [f64; 9] = [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.5];

/// Upper bounds in seconds for questions to call-state-service, which needs two round trips to its store.
const CALL_STATE_SECONDS: [f64; 9] = [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0];

/// The service's own metrics. Cheap to clone; clones count together.
#[derive(Clone, Debug)]
pub(crate) struct ServiceMetrics {
    joins: Family<JoinLabels, Counter>,
    membership_answers: Family<MembershipLabels, Counter>,
    sfu_requests: Family<SfuLabels, Histogram, fn() -> Histogram>,
    sfu_retries: Family<RetryLabels, Counter>,
    sfu_breaker_open: Family<ClusterLabels, Gauge>,
    sfu_effects: Family<SfuEffectLabels, Counter>,
    sfu_unreachable: Counter,
    call_state_requests: Family<CallStateLabels, Histogram, fn() -> Histogram>,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct JoinLabels {
    outcome: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct MembershipLabels {
    source: &'static str,
    answer: MembershipAnswer,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct SfuLabels {
    cluster: String,
    method: &'static str,
    outcome: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ClusterLabels {
    cluster: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct RetryLabels {
    cluster: String,
    outcome: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct SfuEffectLabels {
    task: &'static str,
    outcome: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct CallStateLabels {
    question: &'static str,
    outcome: &'static str,
}

/// What a source of membership said, without the details.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EncodeLabelValue)]
pub(crate) enum MembershipAnswer {
    Member,
    NotMember,
    Unknown,
}

impl From<&Answer> for MembershipAnswer {
    fn from(answer: &Answer) -> Self {
        match answer {
            Answer::Member(_) => Self::Member,
            Answer::NotMember => Self::NotMember,
            Answer::Unknown => Self::Unknown,
        }
    }
}

impl ServiceMetrics {
    pub(crate) fn new(registry: &mut Registry) -> Self {
        let metrics = Self {
            joins: Family::default(),
            membership_answers: Family::default(),
            sfu_requests: Family::new_with_constructor(|| Histogram::new(SFU_SECONDS)),
            sfu_retries: Family::default(),
            sfu_breaker_open: Family::default(),
            sfu_effects: Family::default(),
            sfu_unreachable: Counter::default(),
            call_state_requests: Family::new_with_constructor(|| Histogram::new(CALL_STATE_SECONDS)),
        };
        registry.register(
            "joins",
            "Joins of callers whose token is good, by outcome: minted, explained, or the code of the refusal",
            metrics.joins.clone(),
        );
        registry.register(
            "membership_answers",
            "What the sources of membership said",
            metrics.membership_answers.clone(),
        );
        registry.register(
            "sfu_requests_seconds",
            "Tries of calls to LiveKit's API by cluster, method and outcome",
            metrics.sfu_requests.clone(),
        );
        registry.register(
            "sfu_retries",
            "Calls to LiveKit that were tried again, or were not because too many had been",
            metrics.sfu_retries.clone(),
        );
        registry.register(
            "sfu_breaker_open",
            "1 while a cluster is left alone because it has not answered lately",
            metrics.sfu_breaker_open.clone(),
        );
        registry.register(
            "sfu_effects",
            "What calls asked to be done in LiveKit: rooms closed, rooms checked",
            metrics.sfu_effects.clone(),
        );
        registry.register(
            "sfu_unreachable_participants",
            "Participants that LiveKit lists though their connection broke off while they were let in, each counted once",
            metrics.sfu_unreachable.clone(),
        );
        registry.register(
            "call_state_requests_seconds",
            "Questions to call-state-service by what was asked, and what was answered",
            metrics.call_state_requests.clone(),
        );
        metrics
    }

    /// Counts a join: `minted`, `explained` for a dry run, or the code of the refusal.
    pub(crate) fn joined(&self, outcome: &'static str) {
        self.joins.get_or_create(&JoinLabels { outcome }).inc();
    }

    pub(crate) fn membership_answered(&self, source: &'static str, answer: MembershipAnswer) {
        self.membership_answers.get_or_create(&MembershipLabels { source, answer }).inc();
    }

    pub(crate) fn sfu_answered(
        &self,
        cluster: &str,
        method: &'static str,
        outcome: &'static str,
        took: Duration,
    ) {
        let labels = SfuLabels { cluster: cluster.to_owned(), method, outcome };
        self.sfu_requests.get_or_create(&labels).observe(took.as_secs_f64());
    }

    pub(crate) fn sfu_retry(&self, cluster: &str, outcome: &'static str) {
        self.sfu_retries.get_or_create(&RetryLabels { cluster: cluster.to_owned(), outcome }).inc();
    }

    pub(crate) fn sfu_breaker(&self, cluster: &str, is_open: bool) {
        let labels = ClusterLabels { cluster: cluster.to_owned() };
        self.sfu_breaker_open.get_or_create(&labels).set(is_open.into());
    }

    pub(crate) fn sfu_effect(&self, task: &'static str, outcome: &'static str) {
        self.sfu_effects.get_or_create(&SfuEffectLabels { task, outcome }).inc();
    }

    pub(crate) fn sfu_unreachable(&self) {
        self.sfu_unreachable.inc();
    }

    pub(crate) fn call_state_answered(&self, question: &'static str, outcome: &'static str, took: Duration) {
        let labels = CallStateLabels { question, outcome };
        self.call_state_requests.get_or_create(&labels).observe(took.as_secs_f64());
    }
}
