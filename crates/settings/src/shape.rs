//! What the settings look like: their schema, reduced to what this crate acts on.

mod from_schema;

use serde_json::Value;

/// The kind of value that a setting takes.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Shape {
    /// A table with fixed names.
    Section(Vec<Field>),
    /// A table whose names are free.
    Map(Box<Shape>),
    List {
        items: Box<Shape>,
        least: usize,
        most: usize,
    },
    /// One of several words.
    Choice(Vec<Word>),
    Text(Text),
    Secret {
        /// How long it must be outside development.
        min_bytes: usize,
    },
    Integer {
        min: i128,
        max: i128,
    },
    Number {
        min: f64,
        max: f64,
    },
    Bool,
    /// Several shapes are possible, such as a URL or a table with more to say.
    OneOf(Vec<Shape>),
    /// The schema says nothing that could be checked here; serde decides.
    Any,
}

/// One name in a section.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Field {
    pub(crate) name: String,
    /// The doc comment of the field.
    pub(crate) about: String,
    pub(crate) shape: Shape,
    /// Whether "no value" is a value of it.
    pub(crate) optional: bool,
    pub(crate) required: bool,
    pub(crate) default: Option<Value>,
}

/// A word of a choice, and what it means.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Word {
    pub(crate) value: String,
    pub(crate) about: String,
}

/// What is known of a text.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Text {
    pub(crate) is_url: bool,
    pub(crate) shortest: usize,
    pub(crate) longest: usize,
    pub(crate) refuses_samples: bool,
}

impl Shape {
    /// Whether the setting is a secret, or a list of them: then it may also be given as a file.
    pub(crate) fn is_secret(&self) -> bool {
        match self {
            Self::Secret { .. } => true,
            Self::List { items, .. } => matches!(**items, Self::Secret { .. }),
            Self::Section(_)
            | Self::Map(_)
            | Self::Choice(_)
            | Self::Text(_)
            | Self::Integer { .. }
            | Self::Number { .. }
            | Self::Bool
            | Self::OneOf(_)
            | Self::Any => false,
        }
    }

    /// The fields of a table, if the setting is one or may be one.
    pub(crate) fn fields(&self) -> Option<&[Field]> {
        match self {
            Self::Section(fields) => Some(fields),
            Self::OneOf(shapes) => shapes.iter().find_map(Self::fields),
            Self::Map(_)
            | Self::List { .. }
            | Self::Choice(_)
            | Self::Text(_)
            | Self::Secret { .. }
            | Self::Integer { .. }
            | Self::Number { .. }
            | Self::Bool
            | Self::Any => None,
        }
    }

    /// Whether a JSON value is of the right kind, whatever its content.
    pub(crate) fn is_kind_of(&self, value: &Value) -> bool {
        match self {
            Self::Section(_) | Self::Map(_) => value.is_object(),
            Self::List { .. } => value.is_array(),
            Self::Choice(_) | Self::Text(_) | Self::Secret { .. } => value.is_string(),
            Self::Integer { .. } | Self::Number { .. } => value.is_number(),
            Self::Bool => value.is_boolean(),
            Self::OneOf(shapes) => shapes.iter().any(|shape| shape.is_kind_of(value)),
            Self::Any => true,
        }
    }

    /// What would be right, to end "it must be …".
    pub(crate) fn expected(&self) -> String {
        match self {
            Self::Section(_) | Self::Map(_) => "a table".to_owned(),
            Self::List { .. } => "a list".to_owned(),
            Self::Choice(words) => {
                let words: Vec<_> = words.iter().map(|word| format!("`{}`", word.value)).collect();
                words.join(" or ")
            }
            Self::Text(text) if text.is_url => "a URL such as `https://host.example`".to_owned(),
            Self::Text(_) | Self::Secret { .. } | Self::Any => "a text".to_owned(),
            Self::Integer { .. } => "a whole number".to_owned(),
            Self::Number { .. } => "a number".to_owned(),
            Self::Bool => "`true` or `false`".to_owned(),
            Self::OneOf(shapes) => shapes.iter().map(Self::expected).collect::<Vec<_>>().join(", or "),
        }
    }
}
