//! What can be wrong with one value.

use std::fmt::Display;

use serde_json::Value;
use url::Url;

use crate::shape::{Shape, Text};
use crate::{Environment, secret_rules};

/// Whether the value is of the shape's type, so that it can go on to serde even if it is out of bounds.
pub(super) fn has_type(shape: &Shape, value: &Value) -> bool {
    match (shape, value) {
        (Shape::Choice(words), Value::String(text)) => words.iter().any(|word| word.value == *text),
        (Shape::Integer { .. }, value) => whole(value).is_some(),
        (shape, value) => shape.is_kind_of(value),
    }
}

/// What is wrong with a value that has the right type, if anything. The value itself is quoted only where it cannot
/// be a secret that ended up in the wrong place.
pub(super) fn problem(shape: &Shape, value: &Value, environment: Environment) -> Option<String> {
    match shape {
        Shape::Secret { min_bytes } => secret_rules::weakness(value.as_str()?, *min_bytes, environment),
        Shape::Text(rules) => text(rules, value.as_str()?, environment),
        Shape::Integer { min, max } => {
            let whole = whole(value)?;
            let problem =
                format!("is {whole}; it must be {}", range(*min, *max, i64::MIN.into(), i64::MAX.into()));
            (!(*min..=*max).contains(&whole)).then_some(problem)
        }
        Shape::Number { min, max } => {
            let number = value.as_f64()?;
            let problem = format!("is {number}; it must be {}", range(*min, *max, f64::MIN, f64::MAX));
            (!(*min..=*max).contains(&number)).then_some(problem)
        }
        Shape::Section(_)
        | Shape::Map(_)
        | Shape::List { .. }
        | Shape::Choice(_)
        | Shape::Bool
        | Shape::OneOf(_)
        | Shape::Any => None,
    }
}

/// What is wrong with the number of entries of a list.
pub(super) fn count(count: usize, least: usize, most: usize) -> Option<String> {
    let problem = || format!("has {count} entries; there must be {}", range(least, most, 0, usize::MAX));
    (!(least..=most).contains(&count)).then(problem)
}

fn text(rules: &Text, value: &str, environment: Environment) -> Option<String> {
    if rules.is_url
        && let Err(error) = Url::parse(value)
    {
        return Some(format!("is not a URL ({error}); it must look like `https://host.example`"));
    }
    if rules.refuses_samples
        && let Some(problem) = secret_rules::sample(value, environment)
    {
        return Some(problem);
    }
    let length = value.chars().count();
    let problem = || {
        let bounds = range(rules.shortest, rules.longest, 0, usize::MAX);
        format!("has {length} characters; there must be {bounds}")
    };
    (!(rules.shortest..=rules.longest).contains(&length)).then(problem)
}

fn whole(value: &Value) -> Option<i128> {
    value.as_i64().map(i128::from).or_else(|| value.as_u64().map(i128::from))
}

/// Bounds in words. What does not bound anything is left out.
fn range<T: Copy + PartialOrd + Display>(min: T, max: T, lowest: T, highest: T) -> String {
    if max >= highest {
        format!("at least {min}")
    } else if min <= lowest {
        format!("at most {max}")
    } else {
        format!("between {min} and {max}")
    }
}
