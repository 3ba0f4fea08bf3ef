//! `CALL_STATE__HOOKS__…` and `CALL_STATE__BACKGROUND__…`

use std::time::Duration;

use ::settings::{Faults, Secret};
use schemars::JsonSchema;
use serde::Deserialize;
use url::Url;

use crate::background::{KeyFault, SigningKey};

/// The application's push service, which is told of rings that nobody has seen and of missed calls.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct HookSettings {
    /// Where hooks are posted to, such as `https://push.example.com/hooks`. Without it nobody is told of anything, and whose
    /// devices are all offline is never woken.
    pub url: Option<Url>,
    /// What hooks are signed with, as the Standard Webhooks conventions say: `whsec_` and base64, or any other text, which is
    /// taken as it is. Required with `url`.
    pub secret: Option<Secret>,
    /// How long the push service may take to answer, in milliseconds.
    #[schemars(range(min = 100, max = 5_000))]
    pub timeout_ms: u32,
    /// How many hooks of one tenant a replica tries at once.
    #[schemars(range(min = 1, max = 256))]
    pub in_flight: usize,
    /// The longest pause after the first try that failed, in milliseconds. It doubles with each; the pause itself is random,
    /// from half of that to all of it.
    #[schemars(range(min = 10, max = 60_000))]
    pub first_pause_ms: u64,
    /// How long such a pause becomes at most, in seconds.
    #[schemars(range(min = 1, max = 86_400))]
    pub longest_pause_seconds: u64,
    /// For how long a hook is tried, in seconds. Then it is dropped.
    #[schemars(range(min = 1, max = 604_800))]
    pub give_up_seconds: u64,
}

/// What the service does by itself: deadlines, and the reaper that puts right what a lost write left.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct BackgroundSettings {
    /// How many deadlines of one tenant a replica works on at once.
    #[schemars(range(min = 1, max = 100))]
    pub timers_in_flight: usize,
    /// How often the reaper looks at a slice of the records, in milliseconds. Each replica has its own reaper.
    #[schemars(range(min = 10, max = 600_000))]
    pub reaper_interval_ms: u64,
    /// How many records such a slice has, about.
    #[schemars(range(min = 1, max = 1_000))]
    pub reaper_slice: usize,
}

impl Default for HookSettings {
    fn default() -> Self {
        Self {
            url: None,
            secret: None,
            timeout_ms: 5_000,
            in_flight: 32,
            first_pause_ms: 1_000,
            longest_pause_seconds: 3_600,
            give_up_seconds: 86_400,
        }
    }
}

impl Default for BackgroundSettings {
    fn default() -> Self {
        Self { timers_in_flight: 32, reaper_interval_ms: 1_000, reaper_slice: 100 }
    }
}

impl HookSettings {
    /// Where hooks go and what signs them; none if they are off.
    pub(crate) fn receiver(&self) -> Result<Option<(&Url, SigningKey)>, KeyFault> {
        match (&self.url, &self.secret) {
            (Some(url), Some(secret)) => Ok(Some((url, SigningKey::parse(secret)?))),
            (Some(_), None) => Err(KeyFault::Missing),
            (None, _) => Ok(None),
        }
    }

    /// How long a pause is at most after the first try that failed.
    pub(crate) const fn first_pause(&self) -> Duration {
        Duration::from_millis(self.first_pause_ms)
    }

    /// How long any pause is at most.
    pub(crate) const fn longest_pause(&self) -> Duration {
        Duration::from_secs(self.longest_pause_seconds)
    }

    /// For how long a hook is tried.
    pub(crate) const fn give_up(&self) -> Duration {
        Duration::from_secs(self.give_up_seconds)
    }

    pub(super) fn check(&self, faults: &mut Faults) {
        if let Some(url) = &self.url {
            check_url(url, faults);
        } else if self.secret.is_some() {
            faults.add("url", "is missing; there is a HOOKS__SECRET, and nobody to sign for");
        }
        if let Err(fault) = self.receiver() {
            faults.add("secret", fault.to_string());
        }
        if self.first_pause() > self.longest_pause() {
            faults.add(
                "first_pause_ms",
                format!(
                    "is {}; it must not exceed HOOKS__LONGEST_PAUSE_SECONDS ({} s)",
                    self.first_pause_ms, self.longest_pause_seconds
                ),
            );
        }
    }
}

impl BackgroundSettings {
    /// How often the reaper looks at a slice.
    pub(crate) const fn reaper_interval(&self) -> Duration {
        Duration::from_millis(self.reaper_interval_ms)
    }
}

fn check_url(url: &Url, faults: &mut Faults) {
    if !matches!(url.scheme(), "http" | "https") {
        faults.add("url", "must be an https address, or an http one within the cluster");
    }
    if !url.username().is_empty() || url.password().is_some() {
        faults.add("url", "carries credentials; hooks are signed with HOOKS__SECRET instead");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hooks_need_a_usable_address_and_a_usable_secret_or_neither() {
        let good = "https://push.example.com/hooks";
        for (url, secret, faults) in [
            (None, None, &[] as &[_]),
            (Some(good), Some("a raw secret"), &[]),
            (Some("http://push/hooks"), Some("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"), &[]),
            (Some(good), None, &["HOOKS__SECRET"]),
            (None, Some("a raw secret"), &["HOOKS__URL"]),
            (Some(good), Some("whsec_no base64"), &["HOOKS__SECRET"]),
            (Some("ftp://push/hooks"), Some("a raw secret"), &["HOOKS__URL"]),
            (Some("https://user:word@push/hooks"), Some("whsec_c2hvcnQ="), &["HOOKS__URL", "HOOKS__SECRET"]),
        ] {
            let settings = HookSettings {
                url: url.map(|url| url.parse().expect("a URL")),
                secret: secret.map(|secret| Secret::from(secret.to_owned())),
                ..HookSettings::default()
            };
            let mut found = Faults::new(&crate::SERVICE);
            found.section("hooks", |found| settings.check(found));
            let told = found.to_string();
            for name in ["HOOKS__URL", "HOOKS__SECRET"] {
                let line = format!("CALL_STATE__{name} ");
                assert_eq!(told.contains(&line), faults.contains(&name), "{url:?} {secret:?}: {told}");
            }
            assert!(!told.contains("word") && !told.contains("c2hvcnQ"), "{told}");
        }
    }
}
