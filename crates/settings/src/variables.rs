//! The environment variables that a service's settings have.

use crate::names::join;
use crate::shape::{Field, Shape};

/// What joins the levels of a variable's name.
pub(crate) const LEVEL: &str = "__";

/// What follows the name of a secret when its value is the path of a file that holds it.
pub(crate) const FILE: &str = "_FILE";

/// A setting as an environment variable.
#[derive(Debug)]
pub(crate) struct Variable<'a> {
    /// `REALTIME__LIVEKIT__URL`.
    pub(crate) name: String,
    /// `livekit.url`.
    pub(crate) path: String,
    pub(crate) field: &'a Field,
}

/// The name of the variable for the setting at `path`, which names no element of a list.
pub(crate) fn name_of(prefix: &str, path: &str) -> String {
    format!("{prefix}{LEVEL}{}", path.replace('.', LEVEL).to_uppercase())
}

/// Every variable, section by section. A list of tables is one variable.
pub(crate) fn all<'a>(prefix: &str, fields: &'a [Field]) -> Vec<Variable<'a>> {
    let mut variables = Vec::new();
    collect(prefix, fields, "", &mut variables);
    variables
}

fn collect<'a>(prefix: &str, fields: &'a [Field], above: &str, variables: &mut Vec<Variable<'a>>) {
    for field in fields {
        let path = join(above, &field.name);
        match &field.shape {
            Shape::Section(inner) => collect(prefix, inner, &path, variables),
            Shape::Map(_)
            | Shape::List { .. }
            | Shape::Choice(_)
            | Shape::Text(_)
            | Shape::Secret { .. }
            | Shape::Integer { .. }
            | Shape::Number { .. }
            | Shape::Bool
            | Shape::OneOf(_)
            | Shape::Any => variables.push(Variable { name: name_of(prefix, &path), path, field }),
        }
    }
}

/// The name among `candidates` that `wrong` was probably meant to be.
pub(crate) fn nearest<'a>(wrong: &str, candidates: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    // A third of the name may be wrong before the guess says more about us than about the user's intention.
    let bound = (wrong.len() / 3).clamp(1, 4);
    candidates
        .map(|candidate| (strsim::osa_distance(wrong, candidate), candidate))
        .filter(|(distance, _)| *distance <= bound)
        .min()
        .map(|(_, candidate)| candidate)
}
