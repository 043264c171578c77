//! Which samples of a text are meant: a metric's name and what its labels say, as Prometheus writes it. Left out: times, functions.

use paceline_model::edge::exposition::Sample;
use regex::Regex;
use std::str::FromStr;

/// Labels that a selector may speak of.
const LABELS_MAX: usize = 32;

/// Some samples.
#[derive(Clone, Debug)]
pub(crate) struct Selector {
    text: String,
    name: String,
    labels: Vec<Matcher>,
}

/// What one label has to be.
#[derive(Clone, Debug)]
struct Matcher {
    label: String,
    value: Value,
    /// Or has not to be.
    is_wanted: bool,
}

#[derive(Clone, Debug)]
enum Value {
    Is(String),
    Like(Regex),
}

impl std::fmt::Display for Selector {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.text)
    }
}

impl Selector {
    /// Whether a sample is of the metric at all.
    pub(super) fn is_of(&self, sample: &Sample<'_>) -> bool {
        sample.name == self.name
    }

    /// Whether it is meant. A label that is missing is an empty one.
    pub(super) fn takes(&self, sample: &Sample<'_>) -> bool {
        let holds = |matcher: &Matcher| {
            let value = sample.label(&matcher.label).unwrap_or_default();
            let is_so = match &matcher.value {
                Value::Is(wanted) => value == wanted,
                Value::Like(pattern) => pattern.is_match(value),
            };
            is_so == matcher.is_wanted
        };
        self.is_of(sample) && self.labels.iter().all(holds)
    }
}

impl FromStr for Selector {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let text = text.trim();
        let (name, rest) = text.split_at(text.find('{').unwrap_or(text.len()));
        let name = name.trim();
        let is_name = !name.is_empty()
            && !name.starts_with(|first: char| first.is_ascii_digit())
            && name.chars().all(|one| one.is_ascii_alphanumeric() || one == '_' || one == ':');
        if !is_name {
            return Err(
                r#"must begin with the name of a metric, such as http_requests_total{code=~"5.."}"#.into()
            );
        }
        let inner = match rest.trim().strip_prefix('{') {
            None => "",
            Some(rest) => rest.strip_suffix('}').ok_or("must end with } where it begins with {")?,
        };
        Ok(Self { text: text.into(), name: name.into(), labels: matchers(inner)? })
    }
}

fn matchers(mut rest: &str) -> Result<Vec<Matcher>, String> {
    let mut all = Vec::new();
    loop {
        rest = rest.trim_start();
        if rest.is_empty() {
            return Ok(all);
        }
        if all.len() == LABELS_MAX {
            return Err(format!("must speak of at most {LABELS_MAX} labels"));
        }
        let (matcher, after) = matcher(rest)?;
        all.push(matcher);
        let after = after.trim_start();
        rest = match after.strip_prefix(',') {
            Some(after) => after,
            None if after.is_empty() => after,
            None => return Err(format!("must have a comma before {after}")),
        };
    }
}

fn matcher(text: &str) -> Result<(Matcher, &str), String> {
    let end = text
        .find(['=', '!'])
        .ok_or_else(|| format!("must say what {text} is to be, such as code=\"500\""))?;
    let (label, rest) = text.split_at(end);
    let operators = [("=~", true, true), ("!~", true, false), ("!=", false, false), ("=", false, true)];
    let found = operators.into_iter().find_map(|(sign, is_pattern, is_wanted)| {
        rest.strip_prefix(sign).map(|rest| (is_pattern, is_wanted, rest))
    });
    let (is_pattern, is_wanted, rest) = found.ok_or("must compare by =, !=, =~ or !~")?;
    let rest = rest.trim_start().strip_prefix('"').ok_or("must have the values of labels in quotes")?;
    let (value, rest) = quoted(rest)?;
    let value = if is_pattern {
        // The whole value has to match, as in Prometheus.
        Value::Like(Regex::new(&format!("^(?:{value})$")).map_err(|error| error.to_string())?)
    } else {
        Value::Is(value)
    };
    Ok((Matcher { label: label.trim().into(), value, is_wanted }, rest))
}

/// Text up to the quote that ends it, and what follows.
fn quoted(text: &str) -> Result<(String, &str), String> {
    let mut value = String::new();
    let mut characters = text.char_indices();
    while let Some((at, character)) = characters.next() {
        match character {
            '"' => return Ok((value, &text[at + 1..])),
            '\\' => value
                .extend(characters.next().map(|(_, escaped)| if escaped == 'n' { '\n' } else { escaped })),
            other => value.push(other),
        }
    }
    Err("must have a quote after the value of a label".into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use paceline_model::edge::exposition::samples;

    fn check(selector: &str, line: &str) -> bool {
        let sample = samples(line).next().expect("a line").expect("a sample");
        selector.parse::<Selector>().expect("a selector").takes(&sample)
    }

    #[test]
    fn samples_are_taken_by_name_and_labels() {
        let line = r#"http_requests_total{code="503",path="/a,b}"} 1"#;
        assert!(check("http_requests_total", line) && !check("http_requests", line));
        assert!(check(r#"http_requests_total{code="503"}"#, line));
        assert!(check(r#"http_requests_total{ code =~ "5..", path="/a,b}", }"#, line));
        assert!(!check(r#"http_requests_total{code=~"5"}"#, line), "the whole value has to match");
        assert!(
            !check(r#"http_requests_total{code!="503"}"#, line)
                && check(r#"http_requests_total{code!~"4.."}"#, line)
        );
        assert!(check(r#"http_requests_total{zone=""}"#, line), "a label that is missing is empty");
    }

    #[test]
    fn what_is_no_selector_is_refused_with_the_rule() {
        let said = |text: &str| text.parse::<Selector>().expect_err("none");
        assert!(said("").starts_with("must begin with the name of a metric"));
        assert!(said("rate(a[5m])").starts_with("must begin with the name of a metric"));
        assert_eq!(said("a{b=\"c\""), "must end with } where it begins with {");
        assert_eq!(said("a{b=c}"), "must have the values of labels in quotes");
        assert_eq!(said("a{b}"), "must say what b is to be, such as code=\"500\"");
        assert_eq!(said("a{b=\"c\" d=\"e\"}"), "must have a comma before d=\"e\"");
        assert!(said("a{b=~\"(\"}").contains("unclosed group"));
    }
}
