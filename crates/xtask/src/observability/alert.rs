//! What an alert is, and what it needs to be one: somebody who is called, a section of the runbook, and two examples.

/// Who is told, and how soon they have to act.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Severity {
    /// People cannot do what they came for: somebody is woken.
    Page,
    /// Something needs a hand during the next working day.
    Ticket,
}

impl Severity {
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Page => "page",
            Self::Ticket => "ticket",
        }
    }
}

/// A rule that tells somebody.
#[derive(Clone, Debug)]
pub(super) struct Alert {
    pub(super) name: String,
    /// Where in the runbook it is explained: a heading.
    pub(super) section: String,
    pub(super) severity: Severity,
    /// In `PromQL`.
    pub(super) expression: String,
    /// For how long the expression must hold, as Prometheus writes durations.
    pub(super) lasting: &'static str,
    /// One sentence: what is wrong.
    pub(super) summary: String,
    /// A situation in which it fires, and the labels that it then has besides its severity.
    pub(super) fires: Played,
    pub(super) labels: Vec<(String, String)>,
    /// One that is much like it, in which it does not.
    pub(super) quiet: Played,
}

/// What was scraped, once a minute, in the notation of `promtool`, and how many minutes after the first scrape to look.
#[derive(Clone, Debug)]
pub(super) struct Played {
    pub(super) series: Vec<(String, String)>,
    pub(super) minutes: u32,
}

/// The same as a constant.
#[derive(Clone, Copy, Debug)]
pub(super) struct Example {
    pub(super) series: &'static [(&'static str, &'static str)],
    pub(super) minutes: u32,
}

/// An alert as most are written down: everything is constant, and its section is called like itself.
pub(super) struct Written {
    pub(super) name: &'static str,
    pub(super) severity: Severity,
    pub(super) expression: &'static str,
    pub(super) lasting: &'static str,
    pub(super) summary: &'static str,
    pub(super) fires: Example,
    pub(super) labels: &'static [(&'static str, &'static str)],
    pub(super) quiet: Example,
}

impl From<&Written> for Alert {
    fn from(written: &Written) -> Self {
        Self {
            name: written.name.to_owned(),
            section: written.name.to_owned(),
            severity: written.severity,
            expression: written.expression.to_owned(),
            lasting: written.lasting,
            summary: written.summary.to_owned(),
            fires: written.fires.into(),
            labels: owned(written.labels),
            quiet: written.quiet.into(),
        }
    }
}

impl From<Example> for Played {
    fn from(Example { series, minutes }: Example) -> Self {
        Self { series: owned(series), minutes }
    }
}

fn owned(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

impl Alert {
    /// The part of its link that names the section, as pages of Markdown are usually served.
    pub(super) fn anchor(&self) -> String {
        let kept = self.section.chars().filter(|c| c.is_ascii_alphanumeric() || matches!(c, ' ' | '-'));
        kept.map(|c| if c == ' ' { '-' } else { c.to_ascii_lowercase() }).collect()
    }
}
