//! What is counted. No label holds anything from a token but the word for why it was refused.

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::registry::Registry;

use crate::TokenRefused;

/// The counters of one verifier. Clones count together.
#[derive(Debug, Clone)]
pub(crate) struct Metrics {
    refreshes: Family<Refreshes, Counter>,
    refusals: Family<Refusals, Counter>,
    recalls: Family<Recalls, Counter>,
    /// The two members of `recalls`, kept at hand so that verifying a token looks nothing up.
    hits: Counter,
    misses: Counter,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Refreshes {
    issuer: String,
    outcome: &'static str,
}

/// How a reading of an issuer's keys ended.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Outcome {
    /// There are other keys now.
    Changed,
    /// The same keys as before.
    Unchanged,
    /// A document could not be read.
    Unreachable,
    /// A document was read that cannot be used.
    Unusable,
}

impl Outcome {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Changed => "changed",
            Self::Unchanged => "unchanged",
            Self::Unreachable => "unreachable",
            Self::Unusable => "unusable",
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Refusals {
    reason: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Recalls {
    result: &'static str,
}

impl Default for Metrics {
    fn default() -> Self {
        let recalls = Family::<Recalls, Counter>::default();
        let hits = recalls.get_or_create_owned(&Recalls { result: "hit" });
        let misses = recalls.get_or_create_owned(&Recalls { result: "miss" });
        Self { refreshes: Family::default(), refusals: Family::default(), recalls, hits, misses }
    }
}

impl Metrics {
    pub(crate) fn register(&self, registry: &mut Registry) {
        registry.register(
            "identity_key_refreshes",
            "Readings of an issuer's keys by outcome",
            self.refreshes.clone(),
        );
        registry.register("identity_token_refusals", "Tokens refused by reason", self.refusals.clone());
        registry.register(
            "identity_remembered_tokens",
            "Tokens looked for among the remembered ones",
            self.recalls.clone(),
        );
    }

    pub(crate) fn refreshed(&self, issuer: &str, outcome: Outcome) {
        let labels = Refreshes { issuer: issuer.to_owned(), outcome: outcome.as_str() };
        self.refreshes.get_or_create(&labels).inc();
    }

    pub(crate) fn refused(&self, refused: TokenRefused) {
        self.refusals.get_or_create(&Refusals { reason: refused.reason() }).inc();
    }

    pub(crate) fn remembered(&self) {
        self.hits.inc();
    }

    pub(crate) fn not_remembered(&self) {
        self.misses.inc();
    }
}

/// How often tokens of our own were asked for. Clones count together.
#[derive(Debug, Clone, Default)]
pub(crate) struct GrantMetrics(Family<Grants, Counter>);

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Grants {
    issuer: String,
    outcome: &'static str,
}

impl GrantMetrics {
    pub(crate) fn register(&self, registry: &mut Registry) {
        registry.register(
            "identity_service_tokens",
            "Times that an issuer was asked for a token of our own, by outcome",
            self.0.clone(),
        );
    }

    pub(crate) fn asked(&self, issuer: &str, outcome: &'static str) {
        self.0.get_or_create(&Grants { issuer: issuer.to_owned(), outcome }).inc();
    }
}
