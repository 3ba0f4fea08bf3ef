//! What a dashboard is: rows of panels, each with its expressions. How it looks in Grafana is `grafana`'s business.

/// One page.
pub(super) struct Dashboard {
    /// Its address in Grafana, and the name of its file.
    pub(super) uid: &'static str,
    pub(super) title: &'static str,
    /// What it answers, in a sentence.
    pub(super) about: &'static str,
    pub(super) rows: &'static [Row],
}

/// Panels under a heading.
pub(super) struct Row {
    pub(super) title: &'static str,
    pub(super) panels: &'static [Panel],
}

/// One graph.
pub(super) struct Panel {
    pub(super) title: &'static str,
    pub(super) unit: Unit,
    pub(super) shape: Shape,
    pub(super) queries: &'static [Query],
}

/// What the figures are. Each is one of Grafana's units.
#[derive(Clone, Copy)]
pub(super) enum Unit {
    /// Of anything.
    Number,
    /// Things a second.
    Rate,
    Seconds,
    Milliseconds,
    Nanoseconds,
    /// From 0 to 1.
    Share,
    Bytes,
    BytesPerSecond,
    /// Processors' worth of work.
    Processors,
}

#[derive(Clone, Copy, Eq, PartialEq)]
pub(super) enum Shape {
    /// Lines over time.
    Lines,
    /// Lines on top of each other, where they are parts of a whole.
    Stack,
    /// Lines, with single requests as points that open their trace.
    Traced,
    /// The latest figure.
    Figure,
}

/// An expression in `PromQL`, and how its series are called.
pub(super) struct Query {
    pub(super) expression: &'static str,
    pub(super) legend: &'static str,
}

/// Lines.
pub(super) const fn lines(title: &'static str, unit: Unit, queries: &'static [Query]) -> Panel {
    Panel { title, unit, shape: Shape::Lines, queries }
}

/// Parts of a whole.
pub(super) const fn stack(title: &'static str, unit: Unit, queries: &'static [Query]) -> Panel {
    Panel { title, unit, shape: Shape::Stack, queries }
}

/// Times of requests, from which their traces can be opened.
pub(super) const fn traced(title: &'static str, queries: &'static [Query]) -> Panel {
    Panel { title, unit: Unit::Seconds, shape: Shape::Traced, queries }
}

/// The latest figure.
pub(super) const fn figure(title: &'static str, unit: Unit, queries: &'static [Query]) -> Panel {
    Panel { title, unit, shape: Shape::Figure, queries }
}

/// An expression, and how its series are called.
pub(super) const fn query(expression: &'static str, legend: &'static str) -> Query {
    Query { expression, legend }
}
