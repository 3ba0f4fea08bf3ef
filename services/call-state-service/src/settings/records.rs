//! `CALL_STATE__RECORDS__…`

use ::settings::Faults;
use schemars::JsonSchema;
use serde::Deserialize;

use super::HookSettings;

/// What is told of calls that are over. In any case a record of each is in the log (target `records`).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct RecordsSettings {
    /// Whether the record of each call is also told to `HOOKS__URL`, as `call.record`: exactly one is enqueued by the commit that
    /// ends the call, and it is told at least once.
    pub hook: bool,
}

impl RecordsSettings {
    pub(super) fn check(self, hooks: &HookSettings, faults: &mut Faults) {
        if self.hook && hooks.url.is_none() {
            faults.add("hook", "is true, and there is no HOOKS__URL to tell records to");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_are_told_to_somebody_or_not_at_all() {
        for (hook, url, is_fault) in [
            (false, None, false),
            (false, Some("https://push.example.com/hooks"), false),
            (true, Some("https://push.example.com/hooks"), false),
            (true, None, true),
        ] {
            let hooks =
                HookSettings { url: url.map(|url| url.parse().expect("a URL")), ..HookSettings::default() };
            let mut found = Faults::new(&crate::SERVICE);
            found.section("records", |found| RecordsSettings { hook }.check(&hooks, found));
            assert_eq!(found.to_string().contains("CALL_STATE__RECORDS__HOOK "), is_fault, "{hook} {url:?}");
        }
    }
}
