//! What is kept of an object: the fields that a table names, with names masked where that is asked for.

use super::mask::Mask;
use serde_json::{Map, Value};

/// What becomes of a field. Lists are gone through one by one.
pub(super) enum Form {
    /// It is kept as it is: figures, words of the API, expressions.
    Plain,
    /// A name, an identity, or the value of a label.
    Text,
    /// The key of a label.
    Key,
    /// Keys with values.
    Labels,
    /// That it is there, not what it is.
    Presence,
    /// Only these keys of a map, with their values as names.
    Only(&'static [&'static str]),
    /// Only these fields.
    Fields(Fields),
}

/// Fields by name.
pub(super) type Fields = &'static [(&'static str, Form)];

/// What these fields keep of an object.
pub(super) fn kept(fields: Fields, of: Value, mask: &Mask) -> Value {
    let Value::Object(mut of) = of else { return Value::Null };
    let kept = fields
        .iter()
        .filter_map(|(name, form)| Some(((*name).to_owned(), form.apply(of.remove(*name)?, mask))));
    Value::Object(kept.collect())
}

impl Form {
    fn apply(&self, of: Value, mask: &Mask) -> Value {
        match (self, of) {
            (Self::Plain, of) => of,
            (form, Value::Array(all)) => all.into_iter().map(|one| form.apply(one, mask)).collect(),
            (Self::Text, Value::String(text)) => mask.text(&text).into(),
            (Self::Key, Value::String(text)) => mask.key(&text).into(),
            (Self::Labels, Value::Object(labels)) => masked(labels, mask),
            (Self::Only(keys), Value::Object(mut map)) => {
                let kept = keys
                    .iter()
                    .filter_map(|key| Some(((*key).to_owned(), Self::Text.apply(map.remove(*key)?, mask))));
                Value::Object(kept.collect())
            }
            (Self::Fields(fields), of @ Value::Object(_)) => kept(fields, of, mask),
            (Self::Presence, Value::Object(_)) => Value::Object(Map::new()),
            // What is of another form than the API has it is not kept.
            _ => Value::Null,
        }
    }
}

fn masked(labels: Map<String, Value>, mask: &Mask) -> Value {
    let pairs =
        labels.into_iter().map(|(key, value)| (mask.key(&key).into_owned(), Form::Text.apply(value, mask)));
    Value::Object(pairs.collect())
}
