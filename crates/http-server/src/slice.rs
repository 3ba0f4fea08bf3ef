//! Which part of a list is asked for.

use serde::{Deserialize, Deserializer};

/// The longest cursor that is looked at, in bytes. Every one that was given out is shorter.
const LONGEST_CURSOR: usize = 512;

/// The parameters of every list: `?limit=` (1 to 100, 50 if absent) and `?cursor=`. Extract it with
/// [`Query<Slice>`](crate::Query).
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Slice {
    /// The most items to answer with.
    #[serde(default = "usual_limit", deserialize_with = "limit")]
    pub limit: u32,
    /// Where to go on: the `next_cursor` of the part before. Not checked but for its length: only the list itself
    /// knows what it gave out.
    #[serde(default, deserialize_with = "cursor")]
    pub cursor: Option<String>,
}

const fn usual_limit() -> u32 {
    50
}

fn limit<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u32, D::Error> {
    let limit = u32::deserialize(deserializer)?;
    if (1..=100).contains(&limit) {
        Ok(limit)
    } else {
        Err(serde::de::Error::custom("must be a whole number from 1 to 100"))
    }
}

fn cursor<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    let cursor = String::deserialize(deserializer)?;
    if cursor.len() <= LONGEST_CURSOR {
        Ok(Some(cursor))
    } else {
        Err(serde::de::Error::custom("must be a `next_cursor` of this list"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::query::parse;

    #[test]
    fn a_list_is_read_in_parts_of_50_from_its_beginning() {
        assert_eq!(parse::<Slice>(""), Ok(Slice { limit: 50, cursor: None }));
        let asked = parse::<Slice>("cursor=abc&limit=100&utm=x");
        assert_eq!(asked, Ok(Slice { limit: 100, cursor: Some("abc".to_owned()) }));
    }

    #[test]
    fn what_is_out_of_bounds_is_refused_by_name() {
        let long = format!("cursor={}", "c".repeat(LONGEST_CURSOR + 1));
        for (query, field) in [
            ("limit=0", "limit"),
            ("limit=101", "limit"),
            ("limit=-1", "limit"),
            ("limit=ten", "limit"),
            ("limit=", "limit"),
            (long.as_str(), "cursor"),
            ("cursor=a&cursor=b", "cursor"),
        ] {
            let problem = parse::<Slice>(query).expect_err(query);
            assert_eq!(problem.fields()[0].field, field, "{query}: {:?}", problem.fields());
        }
    }
}
