//! Which events are logged and which spans exist.

use tracing::level_filters::LevelFilter;
use tracing::subscriber::Interest;
use tracing::{Metadata, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::filter::{ParseError, Targets};
use tracing_subscriber::layer::Context;

/// Reads a level, or levels by module.
pub(crate) fn parse(text: &str) -> Result<Targets, ParseError> {
    text.parse()
}

/// The filter of everything: events as the settings say, spans from `info` on whatever the settings say. A service
/// that logs warnings only must still have trace ids in them, and export its spans.
///
/// It decides once for each place in the code; tracing remembers the answer.
pub(crate) struct Wanted(pub(crate) Targets);

impl Wanted {
    fn wants(&self, metadata: &Metadata<'_>) -> bool {
        let always = metadata.is_span() && *metadata.level() <= LevelFilter::INFO;
        always || self.0.would_enable(metadata.target(), metadata.level())
    }
}

impl<S: Subscriber> Layer<S> for Wanted {
    fn register_callsite(&self, metadata: &'static Metadata<'static>) -> Interest {
        if self.wants(metadata) { Interest::always() } else { Interest::never() }
    }

    fn enabled(&self, metadata: &Metadata<'_>, _: Context<'_, S>) -> bool {
        self.wants(metadata)
    }

    fn max_level_hint(&self) -> Option<LevelFilter> {
        let events = self.0.iter().map(|(_, level)| level).chain(self.0.default_level());
        events.chain([LevelFilter::INFO]).max()
    }
}
