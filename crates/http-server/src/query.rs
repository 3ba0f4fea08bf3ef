//! Parameters of the query.

use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest};
use serde::de::DeserializeOwned;
use signal_protocol::ErrorCode;

use crate::Problem;
use crate::json::fault;

/// The query as a struct of parameters. Unknown ones are ignored; a bad, repeated or missing one is refused by name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Query<T>(pub T);

impl<T: DeserializeOwned> FromRequest for Query<T> {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(parse(request.query_string()).map(Self))
    }
}

pub(crate) fn parse<T: DeserializeOwned>(query: &str) -> Result<T, Problem> {
    let pairs = serde_urlencoded::Deserializer::new(url::form_urlencoded::parse(query.as_bytes()));
    serde_path_to_error::deserialize(pairs).map_err(|error| {
        let (field, problem) = fault::describe(&error.path().to_string(), &error.inner().to_string());
        Problem::new(ErrorCode::InvalidField).field(field, problem)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::Deserialize;

    #[derive(Debug, Deserialize, PartialEq)]
    struct Page {
        #[serde(default)]
        limit: Option<u32>,
        #[serde(default)]
        dry_run: bool,
    }

    #[test]
    fn unknown_parameters_are_ignored_and_absent_ones_have_defaults() {
        assert_eq!(parse::<Page>(""), Ok(Page { limit: None, dry_run: false }));
        assert_eq!(parse::<Page>("limit=7&dry_run=true&utm=x"), Ok(Page { limit: Some(7), dry_run: true }));
    }

    #[test]
    fn a_bad_parameter_is_refused_by_name_without_its_value() {
        for (query, field) in [
            ("limit=many", "limit"),
            ("limit=-1", "limit"),
            ("limit=99999999999", "limit"),
            ("dry_run=perhaps", "dry_run"),
            ("limit=%ff", "limit"),
            ("limit=1&limit=2", "limit"),
        ] {
            let problem = parse::<Page>(query).expect_err(query);
            assert_eq!(problem.code(), ErrorCode::InvalidField, "{query}");
            assert_eq!(problem.fields()[0].field, field, "{query}: {:?}", problem.fields());
            assert!(!problem.fields()[0].problem.contains("many"), "{query}: {:?}", problem.fields());
        }
    }
}
