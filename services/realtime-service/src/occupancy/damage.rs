//! Records that nobody can read, told from those that a newer release can.

use serde::Deserialize;

use crate::stored::Schema;

/// Whether nobody can make anything of what is stored: it is no record at all, or says that it is one of this release's and is
/// not. What has another number is for a release that knows it.
///
/// Call it of what could not be read: of a good record it says yes as well.
pub(crate) fn is_damaged(data: &[u8]) -> bool {
    #[derive(Deserialize)]
    struct Numbered {
        schema: u64,
    }
    #[derive(Deserialize)]
    struct Ours {
        #[serde(rename = "schema")]
        _schema: Schema,
    }
    let is_another = serde_json::from_slice::<Numbered>(data).is_ok_and(|Numbered { schema }| schema > 0)
        && serde_json::from_slice::<Ours>(data).is_err();
    !is_another
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_newer_release_wrote_is_left_to_it() {
        for (data, expected) in [
            (r#"{"schema":2,"people":"elsewhere"}"#, false),
            (r#"{"schema":1,"people":7}"#, true),
            (r#"{"schema":"1"}"#, true),
            (r#"{"schema":1"#, true),
            (r#"{"people":{}}"#, true),
            ("[]", true),
            ("", true),
        ] {
            assert_eq!(is_damaged(data.as_bytes()), expected, "{data}");
        }
    }
}
