//! Texts of a scene that stand for many: `{id}` for a name, `{n}` for a number, `{n/7}` and `{n%7}` for what a division gives.

use paceline_model::limits::{Invalid, Rule};
use serde::Serialize;
use serde::de::DeserializeOwned;

/// The part with all its texts written out. Errors: a placeholder that is none.
pub(super) fn written_out<T: Serialize + DeserializeOwned>(part: &T, id: &str, n: u32) -> Result<T, Invalid> {
    let refused = |what: String| Invalid::new("text", what, Rule::Shape(PLACEHOLDERS.into()));
    let text = serde_json::to_string(part).map_err(|error| refused(error.to_string()))?;
    let text = expand(&text, id, n).map_err(refused)?;
    serde_json::from_str(&text).map_err(|error| refused(error.to_string()))
}

const PLACEHOLDERS: &str = "may hold {id}, {n}, {n/NUMBER} and {n%NUMBER}";

/// Errors: the placeholder that is none.
fn expand(text: &str, id: &str, n: u32) -> Result<String, String> {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(['{']) {
        let (before, from) = rest.split_at(at);
        out.push_str(before);
        let inner = from[1..].split_once('}').map(|(inner, _)| inner);
        match inner.and_then(|inner| value(inner, id, n).map(|value| (inner, value))) {
            Some((inner, value)) => {
                out.push_str(&value);
                rest = &from[inner.len() + 2..];
            }
            None if from.starts_with("{n") || from.starts_with("{id") => {
                return Err(from.chars().take(12).collect());
            }
            None => {
                out.push('{');
                rest = &from[1..];
            }
        }
    }
    out.push_str(rest);
    Ok(out)
}

fn value(inner: &str, id: &str, n: u32) -> Option<String> {
    let by = |text: &str| text.parse::<u32>().ok().filter(|by| *by > 0);
    match inner {
        "id" => Some(id.to_owned()),
        "n" => Some(n.to_string()),
        _ => match (inner.strip_prefix("n/"), inner.strip_prefix("n%")) {
            (Some(text), _) => by(text).map(|by| (n / by).to_string()),
            (_, Some(text)) => by(text).map(|by| (n % by).to_string()),
            _ => None,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::expand;

    #[test]
    fn numbers_are_written_out_and_divided() {
        let text = r#"{"rack":"t{n/7}","zone":"z{n%3}","uuid":"GPU-{id}-0"}"#;
        let expected = r#"{"rack":"t2","zone":"z1","uuid":"GPU-box-16-0"}"#;
        assert_eq!(expand(text, "box-16", 16).as_deref(), Ok(expected));
    }

    #[test]
    fn what_is_no_placeholder_is_refused() {
        assert!(expand(r#"{"rack":"t{n/0}"}"#, "b", 1).is_err());
        assert!(expand(r#"{"rack":"t{name}"}"#, "b", 1).is_err());
    }
}
